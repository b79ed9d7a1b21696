#!/usr/bin/env bash
# rustc-with-database.sh RUSTC ARGUMENTS...: compiles a crate of ours with its queries asked of the database, and what it says
# of them written down (`prepare-queries.sh`). Queries of dependencies stay what they bring along.
export SQLX_OFFLINE=false DATABASE_URL="$USHER_QUERIES_URL" SQLX_OFFLINE_DIR="$USHER_QUERIES"
exec "$@"
