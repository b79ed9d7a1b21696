#!/usr/bin/env bash
# Builds for release, then measures. Arguments go to the benches.
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release -p usher -p benches
target=${CARGO_TARGET_DIR:-target}
# What starts servers itself takes this one.
export USHER_BIN="$target/release/usher"
exec "$target/release/benches" "$@"
