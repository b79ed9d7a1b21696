# Shared by the other scripts. Sourced, not run.
# shellcheck shell=bash

say() { printf '== %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Tools that cargo builds for us, kept from run to run.
tools_folder() { printf '%s\n' "${USHER_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/usher-tools}"; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "this needs root: run as root, install sudo, or have an administrator run: $*"
    fi
}

# install_packages NAME...: those that are missing, from Debian.
install_packages() {
    local missing=() name
    for name in "$@"; do
        dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || missing+=("$name")
    done
    [ "${#missing[@]}" -eq 0 ] && return 0
    command -v apt-get >/dev/null || fail "this isn't Debian: install ${missing[*]} by hand, then run this again"
    say "installing ${missing[*]} (Debian packages)"
    if [ -z "${USHER_APT_UPDATED:-}" ]; then
        as_root apt-get update -qq
        export USHER_APT_UPDATED=1
    fi
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

# The folder of the newest PostgreSQL server programs (14 or newer); nothing when there are none.
postgres_programs() {
    local folder newest='' major best=13
    for folder in /usr/lib/postgresql/*/bin; do
        [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] || continue
        major=${folder#/usr/lib/postgresql/}
        major=${major%/bin}
        if [ "$major" -gt "$best" ] 2>/dev/null; then
            best=$major
            newest=$folder
        fi
    done
    if [ -z "$newest" ] && command -v initdb >/dev/null && command -v postgres >/dev/null; then
        newest=$(dirname "$(command -v initdb)")
    fi
    printf '%s' "$newest"
}

# PostgreSQL's programs, without Debian's own cluster: we start our own.
install_postgres() {
    [ -n "$(postgres_programs)" ] && return 0
    install_packages postgresql-common
    local config=/etc/postgresql-common/createcluster.conf kept
    kept=$(mktemp)
    cat "$config" >"$kept" 2>/dev/null || true
    printf 'create_main_cluster = false\n' | as_root tee "$config" >/dev/null
    local done=0
    install_packages postgresql || done=$?
    # The machine's own setting comes back: it is about the next time someone installs a server.
    as_root tee "$config" <"$kept" >/dev/null
    rm -f "$kept"
    [ "$done" -eq 0 ] && [ -n "$(postgres_programs)" ] || fail "PostgreSQL's programs could not be installed: install the package postgresql by hand"
}

install_build_tools() {
    command -v cargo >/dev/null || fail "Rust is missing: install the stable toolchain with rustup (rustc $(rust_version) or newer), then run this again"
    command -v cc >/dev/null || install_packages build-essential
}

rust_version() { sed -n 's/^rust-version = "\(.*\)"/\1/p' "$(dirname "${BASH_SOURCE[0]}")/../Cargo.toml"; }
