#!/usr/bin/env bash
# Installs what the tests need, where it is missing.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
"$(dirname "$0")/setup-run.sh"
# aiosmtpd and openssl: a real mail server with STARTTLS; procps: looks for processes that were left behind.
install_packages python3 python3-aiosmtpd openssl procps
command -v chromium >/dev/null || install_packages chromium
[ -n "${CHROMIUM:-}" ] || command -v chromium >/dev/null || fail "Chromium is missing: name it in the environment variable CHROMIUM"

"$(dirname "$0")/setup-keycloak.sh" >/dev/null

# axe-core looks for what shuts out people who don't see or don't use a mouse: one file out of a package of npm's.
axe=4.14.1
axe_sha256=e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745
folder="$(tools_folder)/axe-core-$axe"
if [ ! -f "$folder/axe.min.js" ]; then
    say "fetching axe-core $axe (once)"
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    if command -v npm >/dev/null; then
        (cd "$scratch" && npm pack --silent "axe-core@$axe" >/dev/null) || true
    else
        python3 -c 'import sys, urllib.request; urllib.request.urlretrieve(*sys.argv[1:])' \
            "https://registry.npmjs.org/axe-core/-/axe-core-$axe.tgz" "$scratch/axe-core-$axe.tgz" || true
    fi
    if [ ! -f "$scratch/axe-core-$axe.tgz" ]; then
        say "SKIPPED: axe-core can't be fetched from npm; the pages are tested without it (put axe.min.js of version $axe into $folder by hand)"
        exit 0
    fi
    echo "$axe_sha256  $scratch/axe-core-$axe.tgz" | sha256sum --check --status ||
        fail "what npm sent as axe-core $axe is something else: its checksum differs"
    tar -xzf "$scratch/axe-core-$axe.tgz" -C "$scratch" package/axe.min.js package/LICENSE
    mkdir -p "$folder"
    # The script last: it is what says that all is there.
    mv "$scratch/package/LICENSE" "$folder/"
    mv "$scratch/package/axe.min.js" "$folder/"
fi
