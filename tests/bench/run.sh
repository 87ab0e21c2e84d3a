#!/bin/bash
# Builds the bench in release form and runs it. What it measures and how: docs/benchmarks.md.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=${LLMC_BENCH_BUILD:-$root/build/bench}
. "$root/cmake/packages.sh"

usage() {
    cat <<'END'
usage: tests/bench/run.sh [option]... [ROW]...

Prints a table: what the library costs, what it is compared with in the same run, the score, the limit, the verdict. The
clients for node that it is compared with are installed by npm in the build folder; without node or npm, or when they
cannot be installed, their rows say so and are left out.

  ROW             run this row only; may be given again for more
  --list          print the names of the rows
  --short         a fifth of the requests, three runs of each, without the slow rows
  --json          a JSON object a line
  --repeats N     runs of each after the warm-up (5); three times as many in rows that scatter, but not with --short
  --no-peers      leave the clients for node out
  --ladder        cost against requests in flight instead of the rows; with --plain or --streamed only those, with
                  --in-flight N only that step
  --docs          run the rows and the ladder and write docs/benchmarks.md and its plots anew (fourteen minutes at most)
END
}

docs=false
peers=true
json=false
arguments=()
for argument in "$@"; do
    case $argument in
    --help | -h) usage && exit 0 ;;
    --docs) docs=true ;;
    --no-peers) peers=false ;;
    --json) json=true && arguments+=("$argument") ;;
    *) arguments+=("$argument") ;;
    esac
done

build_bench() {
    local generator=()
    command -v ninja >/dev/null && generator=(-G Ninja)
    mkdir -p "$build"
    { cmake -S "$root" -B "$build" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release -DLLMC_BUILD_EXAMPLES=OFF &&
        cmake --build "$build" --target bench; } >"$build/build.log" 2>&1 || { tail -n 40 "$build/build.log" >&2; exit 1; }
}

# Copies what the peers are made of to the build folder and installs them there once, by the lock file.
install_peers() {
    local folder=$build/peers
    export LLMC_BENCH_PEERS_WHY="left out by --no-peers"
    $peers || return 0
    LLMC_BENCH_PEERS_WHY="node or npm is not installed"
    command -v node >/dev/null && command -v npm >/dev/null || return 0
    mkdir -p "$folder"
    cp "$root"/tests/bench/peers/{package.json,.npmrc,peer.mjs} "$folder/"
    if ! cmp -s "$root/tests/bench/peers/package-lock.json" "$folder/installed.json"; then
        LLMC_BENCH_PEERS_WHY="npm could not install the packages, see build/bench/peers/npm.log"
        cp "$root/tests/bench/peers/package-lock.json" "$folder/"
        (cd "$folder" && timeout 180 npm ci >npm.log 2>&1) || return 0
        cp "$folder/package-lock.json" "$folder/installed.json"
    fi
    export LLMC_BENCH_PEERS=$folder
}

# One line each: what the figures depend on.
conditions() {
    local cpu compiler
    cpu=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)
    compiler=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
    echo "machine: ${cpu:-$(uname -m)}, $(nproc) cores, $(uname -s) $(uname -r)"
    echo "versions: libllmclient $(sed -n 's/^#define LLMC_VERSION_STRING "\(.*\)"/\1/p' "$root/include/llmclient.h")," \
        "libcurl $(pkg-config --modversion libcurl), $("$compiler" --version | head -n 1) -O2," \
        "nginx $(PATH=$PATH:/usr/sbin nginx -v 2>&1 | sed 's|.*/||' || echo none), node $(node --version 2>/dev/null || echo none)"
    echo "date: $(date -u '+%Y-%m-%d %H:%M UTC')"
    echo "load average: $(cut -d' ' -f1-3 /proc/loadavg) before the run (1, 5 and 15 minutes)"
}

build_bench
install_peers
bench=$build/tests/bench/bench
if $docs; then
    install_packages gnuplot-nox
    conditions >"$build/conditions.txt"
    exec "$root/tests/bench/docs.sh" "$root" "$build" "${arguments[@]}"
fi
$json || [[ " ${arguments[*]} " == *" --list "* ]] || conditions
exec "$bench" "${arguments[@]}"
