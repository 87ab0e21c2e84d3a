#!/bin/bash
# The shared library of a release build, stripped, has at most as many bytes as tests/check/library_size.limit says. The
# limit is that of one machine and compiler; elsewhere the size is told and the test skipped. Usage: library_size.sh
# SOURCE_DIR LIBRARY [LIMIT_FILE]
set -uo pipefail
root=$1
library=$2
limits=${3:-$root/tests/check/library_size.limit}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

command -v strip >/dev/null || { echo "skipped: strip is not installed"; exit 77; }
strip -o "$scratch/stripped" "$library" || exit 1
bytes=$(wc -c <"$scratch/stripped")
# "x86_64 gcc 12": clang says gcc's macros too.
here="$(uname -m) $("${CC:-cc}" -E -P -x c - <<<'#ifdef __clang__
clang __clang_major__
#else
gcc __GNUC__
#endif' | tr '\n' ' ' | sed 's/ *$//')"
limit=$(sed -n "s/^$here: *//p" "$limits")
[ -n "$limit" ] || { echo "skipped: $bytes bytes; there is no limit for $here"; exit 77; }
if [ "$bytes" -gt "$limit" ]; then
    echo "the stripped library has $bytes bytes, more than $limit (tests/check/library_size.limit)"
    size -A -d "$scratch/stripped" | awk '$2 > 1000' | sort -k2 -n -r
    exit 1
fi
echo "$bytes bytes, at most $limit"
