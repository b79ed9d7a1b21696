#!/usr/bin/env bash
# Takes the pictures of docs/WALKTHROUGH.md anew, by the story that goes through it.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
cargo build -p usher
# It fails as long as a picture that the document shows is missing: this brings it.
cargo test -p e2e --test stories walkthrough::the_walkthrough || say "the story failed; what it took until then is copied"
pictures=${CARGO_TARGET_DIR:-target}/walkthrough
rm -rf docs/walkthrough
mkdir docs/walkthrough
cp "$pictures"/*.png docs/walkthrough/
cp "$pictures"/*-customer.png docs/panel.png
say "docs/walkthrough and docs/panel.png are new: look at them"
