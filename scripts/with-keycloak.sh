#!/usr/bin/env bash
# with-keycloak.sh COMMAND...: runs the command beside a throw-away Keycloak, which ends with it whatever happens.
# The command finds it in USHER_TEST_KEYCLOAK_URL (it may still be starting); its administrator is admin, password admin.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
[ "$#" -gt 0 ] || fail "usage: scripts/with-keycloak.sh COMMAND..."

home=$("$(dirname "$0")/setup-keycloak.sh")
folder=$(mktemp -d /tmp/usher-keycloak.XXXXXX)
server=''
running=''

finish() {
    local code=$?
    trap '' INT TERM HUP
    if [ -n "$running" ] && kill -TERM -- "-$running" 2>/dev/null; then
        wait "$running" 2>/dev/null || true
    fi
    if [ -n "$server" ]; then
        # Nothing in it is to be kept. kc.sh and its Java are a process group.
        kill -KILL -- "-$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$folder"
    exit "$code"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
done
# Even when this script is killed, Keycloak ends: kc.sh hands the signal on to its Java.
set -m
KC_BOOTSTRAP_ADMIN_USERNAME=admin KC_BOOTSTRAP_ADMIN_PASSWORD=admin \
    setpriv --pdeathsig TERM "$home/bin/kc.sh" start-dev --http-host=127.0.0.1 "--http-port=$port" --cache=local \
    "--db-url=jdbc:h2:file:$folder/database;NON_KEYWORDS=VALUE" >"$folder/log" 2>&1 </dev/null &
server=$!
set +m

export USHER_TEST_KEYCLOAK_URL="http://127.0.0.1:$port" USHER_KEYCLOAK_HOME="$home"
# In a process group of its own, so that a signal to us ends it and all that it has started.
set -m
"$@" </dev/null &
running=$!
set +m
code=0
wait "$running" || code=$?
running=''
exit "$code"
