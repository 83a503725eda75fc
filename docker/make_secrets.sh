#!/bin/sh
# Makes what is missing in docker/secrets: passwords, keys, and the addresses that hold them. Nothing is overwritten.
#
# The folder is closed to other users; the files in it are readable, because the containers' users, who are not you,
# read them through their mounts.
set -eu
cd "$(dirname "$0")"
umask 077
mkdir -p secrets

random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
keep() { [ -e "secrets/$1" ] || { cat >"secrets/$1.new" && chmod 444 "secrets/$1.new" && mv "secrets/$1.new" "secrets/$1"; }; }

random | keep postgres_password
printf 'postgresql://chorus:%s@postgres:5432/chorus\n' "$(cat secrets/postgres_password)" | keep database_url
for name in broker cache; do
    printf 'requirepass %s\n' "$(random)" | keep "redis_$name.conf"
    printf 'redis://:%s@redis-%s:6379/0\n' "$(cut -d' ' -f2 "secrets/redis_$name.conf")" "$name" | keep "${name}_url"
done
printf '%s%s\n' "$(random)" "$(random)" | keep secret_key
head -c 32 /dev/urandom | base64 | tr '+/' '-_' | keep encryption_keys
printf "basic_auth = ['admin:%s']\n" "$(random)" | keep flower.py
printf '%s' "${OPENAI_API_KEY:-${GROQ_API_KEY:-}}" | keep llm_api_key

[ -s secrets/llm_api_key ] || echo "Put your provider's key into docker/secrets/llm_api_key (chmod u+w first)." >&2
echo "docker/secrets is complete. Keep a copy of encryption_keys: without it no stored bot token can be read."
