#!/usr/bin/env bash
# Installs a browser for the tests in this folder when none is there and this user may install one. Never fails: without
# a browser the tests are skipped and say which command helps.
set -u
command -v chromium >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "Installing Chromium for the browser tests (once)" >&2
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } >/dev/null 2>&1 \
    || echo "Chromium could not be installed: the browser tests will be skipped" >&2
fi
exit 0
