#!/usr/bin/env bash
# Builds everything, then runs all tests beside a throw-away PostgreSQL and Keycloak. Arguments go to `cargo test`.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
say "building the tests"
if [ "$#" -gt 0 ]; then
    # The stories drive the binary, which nobody else builds then.
    cargo build -p usher
else
    set -- --workspace
fi
cargo test --no-run "$@"
say "running the tests"
scripts/with-keycloak.sh scripts/with-postgres.sh cargo test "$@"
