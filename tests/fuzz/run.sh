#!/bin/sh
# Builds every fuzz target and runs each for so many seconds: tests/fuzz/run.sh SECONDS [BUILD-DIR]
# What breaks one is kept in the build directory; the seeds are those of the recorded answers, if they are there.
set -eu

seconds=${1:?usage: run.sh SECONDS [BUILD-DIR]}
source=$(cd "$(dirname "$0")/../.." && pwd)
build=${2:-$source/build-fuzz}
wire=${LLMC_WIRE_DIR:-$source/../shared/wire}

cmake -S "$source" -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang -DLLMC_BUILD_FUZZERS=ON >/dev/null
ninja -C "$build" fuzzers
for program in "$source"/tests/fuzz/fuzz_*.c; do
    name=$(basename "$program" .c)
    corpus=$build/corpus_$name
    mkdir -p "$corpus"
    if [ -d "$wire" ]; then
        find "$wire" -name "*.${name#fuzz_}" -size -16k -exec cp {} "$corpus" \;
    fi
    echo "== $name for $seconds s"
    "$build/tests/fuzz/$name" -max_total_time="$seconds" -max_len=16384 -artifact_prefix="$build/$name-" \
        -print_final_stats=1 -verbosity=0 "$corpus"
done
