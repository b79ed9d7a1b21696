#!/usr/bin/env bash
# Writes .sqlx, what the compiler knows of each SQL query, or with --check says whether it is current.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

if [ "${1:-}" != --inside ]; then
    export PATH="/opt/tools/bin:$(tools_folder)/bin:$PATH"
    if ! cargo sqlx --version 2>/dev/null | grep -q ' 0\.8\.'; then
        say "building sqlx-cli"
        cargo install sqlx-cli --version '^0.8.6' --locked --no-default-features --features postgres,rustls --root "$(tools_folder)"
    fi
    scripts/setup-run.sh
    exec scripts/with-postgres.sh "$0" --inside "$@"
fi
shift

psql -qX "$USHER_TEST_DATABASE_URL" -c 'CREATE DATABASE usher_queries'
export DATABASE_URL="${USHER_TEST_DATABASE_URL%/*}/usher_queries"
cargo sqlx migrate run
# What only `usher dev` makes: the simulator's and the mailbox's tables.
for schema in crates/sumsub-simulator/schema.sql crates/mail/src/mailbox/schema.sql; do
    psql -qX -v ON_ERROR_STOP=1 "$DATABASE_URL" -f "$schema"
done
# Dependencies with queries of their own are compiled here, or theirs would count as ours.
SQLX_OFFLINE=false cargo check --workspace --all-targets
cargo sqlx prepare --workspace "$@" -- --all-targets
