#!/usr/bin/env bash
# Builds, then breaks things under load and counts. Arguments go to the program; USHER_BIN names another binary to try.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
install_postgres
# Clocks that are wrong; without it those cases say that they can't be tried.
(install_packages faketime) || say "going on without faketime"
[ -n "${USHER_BIN:-}" ] || cargo build -p usher
cargo build -p benches --bin outages
exec "${CARGO_TARGET_DIR:-target}/debug/outages" "$@"
