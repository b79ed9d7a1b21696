#!/usr/bin/env bash
# Licences, bans and sources of all dependencies; known vulnerabilities too, when the advisory database can be had.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
export PATH="$(tools_folder)/bin:$PATH"
if ! cargo deny --version >/dev/null 2>&1; then
    say "building cargo-deny (once, a few minutes)"
    # It runs for seconds; building it for speed would take longer than it saves.
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
        cargo install cargo-deny --locked --root "$(tools_folder)"
fi
# It reads the crates of other systems, too, which no build here has fetched.
cargo fetch --locked --quiet || say "not every crate could be fetched"
cargo deny --offline check licenses bans sources

log=$(mktemp)
trap 'rm -f "$log"' EXIT
if timeout 120 cargo deny check advisories 2>"$log"; then
    cat "$log" >&2
elif grep -qiE 'failed to (fetch|load|open|clone|resolve)|fetch advisory|advisory database' "$log" && ! grep -qE 'error\[(vulnerability|unmaintained|unsound|yanked|notice)\]' "$log"; then
    say "advisories: SKIPPED, the advisory database can't be had from this machine"
    tail -n 3 "$log" >&2
else
    cat "$log" >&2
    fail "cargo deny check advisories has failed"
fi
