#!/usr/bin/env bash
# Builds everything, then runs all tests beside a throw-away PostgreSQL. Arguments go to `cargo test`.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
say "building the tests"
cargo test --workspace --no-run "$@"
say "running the tests"
scripts/with-postgres.sh cargo test --workspace "$@"
