#!/bin/sh
# Starts one process of Chorus by its role. A role is web, beat, flower or a command of `chorus`; anything else is
# run as it is.
set -eu

# Workers and the poller serve their metrics on the loopback address; Prometheus is another container. METRICS_RELAY
# is the port on which it finds them.
relay_metrics() {
    if [ -n "${METRICS_RELAY:-}" ]; then
        socat "TCP-LISTEN:${METRICS_RELAY},fork,reuseaddr" "TCP:127.0.0.1:${METRICS_PORT:?METRICS_RELAY needs it}" &
    fi
}

role="${1:-web}"
case "$role" in
web)
    exec python -m gunicorn --bind "${WEB_HOST}:${WEB_PORT}" --no-control-socket \
        --workers 1 --threads 16 --graceful-timeout 3 --timeout 60 --worker-tmp-dir /dev/shm "app.web:create_app()"
    ;;
beat)
    exec python -m celery -A tasks.celery beat -S redbeat.RedBeatScheduler --loglevel INFO
    ;;
flower)
    exec python -m celery -A tasks.celery flower --address=0.0.0.0 --port="${FLOWER_PORT}" \
        --conf=/run/secrets/flower.py --purge_offline_workers=60
    ;;
worker | poll)
    relay_metrics
    exec chorus "$@"
    ;;
migrate | doctor | user | bot | chat)
    exec chorus "$@"
    ;;
*)
    exec "$@"
    ;;
esac
