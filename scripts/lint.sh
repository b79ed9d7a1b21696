#!/usr/bin/env bash
# Formatting, clippy without a warning, and the rules for dependencies.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
say "cargo fmt"
cargo fmt --all --check
say "cargo clippy"
cargo clippy --workspace --all-targets -- -D warnings
say "cargo deny"
scripts/deny.sh
