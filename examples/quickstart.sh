#!/bin/bash
# Installs what is missing, builds the library and runs examples/quickstart.c. Run it from anywhere, as often as you like.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/cmake/packages.sh"

usage() {
    cat <<'END'
usage: examples/quickstart.sh [--help] [arguments of the program]

Installs the missing ones of the packages it needs (apt-get, by sudo when you are not root), builds the library and the
quickstart program in build/quickstart, and runs it: ask, stream, async and batch, and a table of how long 100 requests
take one by one and in batches. With OPENAI_API_KEY set it talks to the provider (OPENAI_BASE_URL names another server),
and pays for it; without, to the mock provider in its own process. Arguments are given to the program:

  --mock          talk to the mock even when OPENAI_API_KEY is set
  --requests N    requests of the table (100)
  --model NAME    model to ask (gpt-4.1-mini)
END
}

if [ "${1:-}" = --help ] || [ "${1:-}" = -h ]; then
    usage
    exit 0
fi
install_packages gcc libc6-dev cmake ninja-build pkg-config libcurl4-openssl-dev libcjson-dev ca-certificates

folder=$root/build/quickstart
mkdir -p "$root/build"
echo "== building in $folder"
configure_in "$folder" -DCMAKE_BUILD_TYPE=Release -DLLMC_BUILD_TESTS=OFF
ninja -C "$folder" example_quickstart >"$folder.log" 2>&1 || {
    cat "$folder.log" >&2
    exit 1
}
echo "== running $folder/examples/quickstart $*"
exec "$folder/examples/quickstart" "$@"
