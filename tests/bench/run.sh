#!/bin/sh
# Builds the bench in release form and runs it: tests/bench/run.sh [--short] [--json] [--plain | --streamed] ...
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${LLMC_BENCH_BUILD:-$root/build/bench}
generator=
if command -v ninja >/dev/null 2>&1; then
    generator="-G Ninja"
fi
# shellcheck disable=SC2086
cmake -S "$root" -B "$build" $generator -DCMAKE_BUILD_TYPE=Release -DLLMC_BUILD_EXAMPLES=OFF >/dev/null
cmake --build "$build" --target bench >/dev/null
exec "$build/tests/bench/bench" "$@"
