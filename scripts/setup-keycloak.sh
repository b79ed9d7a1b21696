#!/usr/bin/env bash
# Installs Java and fetches Keycloak, where they are missing. Prints Keycloak's folder.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
version=26.7.3
sha256=27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f
folder="$(tools_folder)/keycloak-$version"

java_version() { java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p'; }
if ! command -v java >/dev/null || [ "$(java_version)" -lt 17 ]; then
    install_packages default-jre-headless
    [ "$(java_version)" -ge 17 ] || fail "Keycloak needs Java 17 or newer: install one by hand"
fi
if [ ! -x "$folder/bin/kc.sh" ]; then
    command -v python3 >/dev/null || install_packages python3
    say "fetching Keycloak $version (177 MB, once)"
    mkdir -p "$(tools_folder)"
    scratch=$(mktemp -d -p "$(tools_folder)")
    trap 'rm -rf "$scratch"' EXIT
    name=keycloak-quarkus-dist-$version.zip
    python3 -c 'import sys, urllib.request; urllib.request.urlretrieve(*sys.argv[1:])' \
        "${USHER_MAVEN:-https://repo1.maven.org/maven2}/org/keycloak/keycloak-quarkus-dist/$version/$name" "$scratch/$name" ||
        fail "Keycloak can't be fetched from Maven Central: put $name unpacked into $folder by hand, or name a mirror in the environment variable USHER_MAVEN"
    echo "$sha256  $scratch/$name" | sha256sum --check --status ||
        fail "what Maven Central sent as $name is something else: its checksum differs"
    python3 -c 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])' "$scratch/$name" "$scratch"
    chmod +x "$scratch/keycloak-$version"/bin/*.sh
    mv "$scratch/keycloak-$version" "$folder"
fi
printf '%s\n' "$folder"
