#!/usr/bin/env bash
# Installs what the tests need, where it is missing.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
"$(dirname "$0")/setup-run.sh"
# openssl: certificates of servers with TLS; procps: looks for processes that were left behind; faketime: a wrong clock.
install_packages openssl procps faketime
# A pooler between us and the database.
install_packages pgbouncer
command -v chromium >/dev/null || install_packages chromium
[ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null || fail "Chromium is missing: name it in the environment variable CHROMIUM"

"$(dirname "$0")/setup-keycloak.sh" >/dev/null

# from_npm PACKAGE VERSION SHA256 FILE WHAT-FOR: one file (and the licence) out of a package of npm's, fetched once.
from_npm() {
    local package=$1 version=$2 sha256=$3 file=$4 what_for=$5 folder scratch
    folder="$(tools_folder)/$package-$version"
    [ ! -f "$folder/$(basename "$file")" ] || return 0
    say "fetching $package $version (once)"
    scratch=$(mktemp -d)
    (cd "$scratch" && npm pack --silent "$package@$version" >/dev/null) || true
    if [ ! -f "$scratch/$package-$version.tgz" ]; then
        rm -rf "$scratch"
        say "SKIPPED: $package can't be fetched by \`npm pack\`; $what_for without it (put $(basename "$file") of version $version into $folder by hand)"
        return 0
    fi
    echo "$sha256  $scratch/$package-$version.tgz" | sha256sum --check --status ||
        fail "what npm sent as $package $version is something else: its checksum differs"
    tar -xzf "$scratch/$package-$version.tgz" -C "$scratch"
    mkdir -p "$folder"
    # The script last: it is what says that all is there.
    mv "$scratch"/package/LICENSE* "$folder/"
    mv "$scratch/package/$file" "$folder/"
    rm -rf "$scratch"
}

# Looks for what shuts out people who don't see or don't use a mouse.
from_npm axe-core 4.14.1 e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745 axe.min.js "the pages are tested"
# Clients of the API that aren't ours.
from_npm graphql-ws 5.16.2 c1f22da2eda3759c670ad4196ef2c4c7ae914d15ab5924973a853d1013e29461 umd/graphql-ws.min.js "subscriptions are tested"
from_npm graphql-sse 2.5.4 b5a3f4ffe3c85e34da0c9a3241d2b70e655af662446e074f08c403a6f21d7f51 umd/graphql-sse.min.js "subscriptions are tested"
