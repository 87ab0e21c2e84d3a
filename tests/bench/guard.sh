#!/bin/bash
# Counts the instructions of the encode, decode, stream and cache paths under callgrind and compares them with
# tests/bench/guard.baseline: at most 5 % more. Usage: guard.sh SOURCE_DIR BUILD_DIR [--update]
# The counts hold for one compiler, machine and set of libraries; elsewhere it says so and ends with 77 (skipped).
set -uo pipefail
root=$1
build=$2
update=${3:-}
baseline=${LLMC_GUARD_BASELINE:-$root/tests/bench/guard.baseline}
program=$build/tests/bench/bench_guard
room=5 # percent
paths=("encode openai" "encode anthropic" "decode openai" "decode anthropic" "stream openai" "stream anthropic" "cache openai")

[ -z "${LLMC_GUARD_PATH:-}" ] || paths=("$LLMC_GUARD_PATH") # this one only

command -v valgrind >/dev/null || { echo "skipped: valgrind is not installed"; exit 77; }

# What the counts depend on, in one line.
setting() {
    local compiler flags
    compiler=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
    flags=$(sed -n 's/^CMAKE_C_FLAGS:STRING=//p; s/^CMAKE_C_FLAGS_RELEASE:STRING=//p' "$build/CMakeCache.txt" | tr '\n' ' ')
    printf '%s, %s, %s, %s glibc %s, libcurl %s, cJSON %s, %s\n' "$(uname -m)" \
        "$("$compiler" --version | head -n 1 | sed 's/^[^ ]* //')" \
        "$(sed -n 's/^CMAKE_BUILD_TYPE:[A-Z]*=//p' "$build/CMakeCache.txt")" "$(echo $flags)" \
        "$(getconf GNU_LIBC_VERSION 2>/dev/null | sed 's/.* //')" "$(pkg-config --modversion libcurl)" \
        "$(pkg-config --modversion libcjson)" "$(valgrind --version)"
}

fixed=()
setarch -R true 2>/dev/null && fixed=(setarch -R) # containers may forbid it; valgrind itself places things the same way

# Instructions of guard_measured and all that it calls. The kind of processor must not count: libc takes the functions
# that the oldest has. Addresses are the same each time.
count() {
    local out
    out=$(GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX,-AVX2,-BMI2,-ERMS,-FSRM "${fixed[@]}" valgrind --tool=callgrind \
        --callgrind-out-file=/dev/null --toggle-collect=guard_measured "$program" $1 2>&1) || { echo "$out" >&2; return 1; }
    echo "$out" | sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

here=$(setting)
if [ "$update" = --update ]; then
    echo "$here" >"$baseline"
    for path in "${paths[@]}"; do
        counted=$(count "$path") && [ -n "$counted" ] || { echo "$path: could not be counted"; exit 1; }
        echo "$path $counted" | tee -a "$baseline"
    done
    exit 0
fi

[ -s "$baseline" ] || { echo "skipped: there is no $baseline"; exit 77; }
there=$(head -n 1 "$baseline")
if [ "$here" != "$there" ]; then
    echo "skipped: the counts are of another setting"
    echo "  counted with: $there"
    echo "  this one is:  $here"
    exit 77
fi

status=0
for path in "${paths[@]}"; do
    old=$(sed -n "s/^$path //p" "$baseline")
    new=$(count "$path")
    if [ -z "$old" ] || [ -z "$new" ]; then
        echo "$path: ${old:+no count}${old:-no baseline}"
        status=1
        continue
    fi
    verdict=$(awk -v o="$old" -v n="$new" -v r=$room 'BEGIN {
        print (n > o * (1 + r / 100) ? "TOO MANY" : n < o * (1 - r / 100) ? "fewer: update the baseline" : "as before") }')
    printf '%-18s old %10d  new %10d  ratio %.3f  %s\n' "$path" "$old" "$new" \
        "$(awk -v o="$old" -v n="$new" 'BEGIN { print n / o }')" "$verdict"
    [ "$verdict" != "TOO MANY" ] || status=1
done
[ $status = 0 ] || echo "More than $room % above the baseline. Make it cheaper; or, where it is worth what it costs," \
    "count anew: cmake --build BUILD --target guard_baseline"
exit $status
