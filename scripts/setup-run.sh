#!/usr/bin/env bash
# Installs what building and `usher dev` need, where it is missing.
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install_build_tools
install_postgres
