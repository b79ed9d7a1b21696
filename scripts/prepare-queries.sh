#!/usr/bin/env bash
# Writes .sqlx, what the compiler knows of each SQL query, or with --check says whether it is current.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

if [ "${1:-}" != --inside ]; then
    scripts/setup-run.sh
    exec scripts/with-postgres.sh "$0" --inside "$@"
fi
shift

psql -qX "$USHER_TEST_DATABASE_URL" -c 'CREATE DATABASE usher_queries'
export USHER_QUERIES_URL="${USHER_TEST_DATABASE_URL%/*}/usher_queries"
# The last two only `usher dev` makes: the simulator's and the mailbox's tables.
for schema in migrations/*.sql crates/sumsub-simulator/schema.sql crates/mail/src/mailbox/schema.sql; do
    psql -qX1 -v ON_ERROR_STOP=1 "$USHER_QUERIES_URL" -f "$schema" >/dev/null
done

USHER_QUERIES=$(mktemp -d)
export USHER_QUERIES
trap 'rm -rf "$USHER_QUERIES"' EXIT
# What was compiled this way before is compiled again: it is the compiling that writes.
touch crates/*/src/lib.rs crates/*/src/main.rs crates/*/tests/*/main.rs 2>/dev/null || true
RUSTC_WORKSPACE_WRAPPER="$PWD/scripts/rustc-with-database.sh" cargo check --workspace --all-targets

if [ "${1:-}" = --check ]; then
    diff -rq .sqlx "$USHER_QUERIES" ||
        fail "what stands in .sqlx isn't what the queries and migrations are now: run \`make queries\`, and commit .sqlx"
else
    rm -f .sqlx/query-*.json
    cp "$USHER_QUERIES"/query-*.json .sqlx/
fi
