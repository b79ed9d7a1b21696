#!/usr/bin/env bash
# with-postgres.sh COMMAND...: runs the command beside a throw-away PostgreSQL, which ends with it whatever happens.
# The command finds it in USHER_TEST_DATABASE_URL (databases may be created there) and its programs in PATH.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
[ "$#" -gt 0 ] || fail "usage: scripts/with-postgres.sh COMMAND..."

programs=$(postgres_programs)
[ -n "$programs" ] || fail "PostgreSQL's programs are missing: run scripts/setup-run.sh"
folder=$(mktemp -d /tmp/usher-postgres.XXXXXX)
server=''
running=''

finish() {
    local code=$?
    trap '' INT TERM HUP
    if [ -n "$running" ] && kill -TERM -- "-$running" 2>/dev/null; then
        wait "$running" 2>/dev/null || true
    fi
    if [ -n "$server" ]; then
        kill -INT "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$folder"
    exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# PostgreSQL refuses to run as root.
drop=()
if [ "$(id -u)" -eq 0 ]; then
    user=postgres
    id postgres >/dev/null 2>&1 || user=nobody
    chown "$user" "$folder"
    drop=(--reuid="$user" --regid="$(id -g "$user")" --clear-groups)
fi
# Even when this script is killed, PostgreSQL ends.
run() { (cd / && exec setpriv "${drop[@]}" --pdeathsig INT env -i LC_ALL=C.UTF-8 PATH="$programs:/usr/bin:/bin" "$@"); }

run "$programs/initdb" -D "$folder/data" -U usher -E UTF8 --locale=C.UTF-8 --auth=trust --no-sync >"$folder/initdb.log" 2>&1 ||
    { cat "$folder/initdb.log" >&2; fail "initdb failed"; }

for try in 1 2 3 4 5; do
    port=$((20000 + RANDOM % 12000))
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then continue; fi
    # A throw-away database need not survive a power cut.
    (
        cd /
        exec setpriv "${drop[@]}" --pdeathsig INT env -i LC_ALL=C.UTF-8 PATH="$programs:/usr/bin:/bin" \
            "$programs/postgres" -D "$folder/data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
            -c max_connections=500 -c shared_buffers=256MB -c fsync=off -c synchronous_commit=off -c full_page_writes=off \
            -c max_wal_size=2GB -c jit=off
    ) >"$folder/postgres.log" 2>&1 &
    server=$!
    for _ in $(seq 200); do
        kill -0 "$server" 2>/dev/null || break
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            [ -s "$folder/data/postmaster.pid" ] && grep -q ready "$folder/data/postmaster.pid" && break 2
        fi
        sleep 0.05
    done
    kill -INT "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=''
done
[ -n "$server" ] || { cat "$folder/postgres.log" >&2; fail "the throw-away PostgreSQL didn't start"; }

export USHER_TEST_DATABASE_URL="postgres://usher@127.0.0.1:$port/postgres"
# Debian keeps PgBouncer where only root looks.
export PATH="$PATH:$programs:/usr/sbin"
# In a process group of its own, so that a signal to us ends it and all that it has started.
set -m
"$@" </dev/null &
running=$!
set +m
code=0
wait "$running" || code=$?
running=''
exit "$code"
