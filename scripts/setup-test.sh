#!/usr/bin/env bash
# Installs what the tests need, where it is missing.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
"$(dirname "$0")/setup-run.sh"
# aiosmtpd and openssl: a real mail server with STARTTLS; procps: looks for processes that were left behind.
install_packages python3 python3-aiosmtpd openssl procps
command -v chromium >/dev/null || install_packages chromium
[ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null || fail "Chromium is missing: name it in the environment variable CHROMIUM"
