#!/usr/bin/env bash
# Builds the binary that is handed out: target/dist/usher, without symbols, and target/dist/usher.debug, which has them.
# Whoever wants names and lines in a backtrace, in perf or in gdb, lays usher.debug beside usher.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
command -v objcopy >/dev/null || install_packages binutils
cargo build --release --locked -p usher
target=${CARGO_TARGET_DIR:-target}
dist=$target/dist
mkdir -p "$dist"
objcopy --only-keep-debug --compress-debug-sections "$target/release/usher" "$dist/usher.debug"
chmod -x "$dist/usher.debug"
(cd "$dist" && objcopy --strip-all --add-gnu-debuglink=usher.debug ../release/usher usher)
ls -l --block-size=M "$dist"
