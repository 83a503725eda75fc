#!/bin/sh
# Starts one process of Chorus by its role. A role is web, beat, flower or a command of `chorus`; anything else is
# run as it is.
set -eu

role="${1:-web}"
[ -n "${PROCESS_NAME:-}" ] || case "$role" in web | beat | flower) export PROCESS_NAME="$role" ;; esac
case "$role" in
web)
    exec python -m gunicorn --bind "${WEB_HOST}:${WEB_PORT}" --no-control-socket \
        --workers 1 --threads 16 --graceful-timeout 3 --timeout 60 --keep-alive 30 \
        --logger-class app.adapters.gunicorn.GunicornLogger \
        --worker-tmp-dir /dev/shm "app.web:create_app()"
    ;;
beat)
    exec python -m celery --quiet -A tasks.celery beat -S tasks.scheduler.PatientScheduler --loglevel INFO
    ;;
flower)
    exec python -m celery --quiet -A tasks.flower flower --logging=none --address=0.0.0.0 --port="${FLOWER_PORT}" \
        --conf=/run/secrets/flower.py --purge_offline_workers=60
    ;;
worker | celery | poll | listen | migrate | doctor | user | bot | chat | settings | feed | providers | why | replay | simulate | telegram | token)
    exec chorus "$@"
    ;;
*)
    exec "$@"
    ;;
esac
