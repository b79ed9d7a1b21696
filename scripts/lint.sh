#!/usr/bin/env bash
# Formatting, clippy and the documentation without a warning, and the rules for dependencies.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
say "cargo fmt"
cargo fmt --all --check
say "features of sqlx"
tree=$(cargo tree --workspace --edges all --prefix none --format "{p} {f}")
if grep -E "^sqlx[a-z-]* .*[ ,]time(,| |$)" <<<"$tree"; then
    fail "sqlx's feature \`time\` is on, and with it the ledger's crates don't compile: take it off the dependency that asks for it (\`cargo tree --workspace -e features -i sqlx\` shows which)"
fi
say "cargo clippy"
cargo clippy --workspace --all-targets -- -D warnings
say "cargo doc"
RUSTDOCFLAGS="-D warnings" cargo doc -q --workspace --no-deps
say "cargo deny"
scripts/deny.sh
