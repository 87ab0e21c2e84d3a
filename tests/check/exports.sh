#!/bin/bash
# A shared library exports what its header declares with LLMC_API, and nothing else.
# Usage: exports.sh SOURCE_DIR LIBRARY [HEADER [NAME]], by default llmclient.h and libllmclient
set -uo pipefail
root=$1
library=$2
header=${3:-llmclient.h}
name_of_library=${4:-libllmclient}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u >"$scratch/exported"
# Only the header's own lines count. Declarations may run over several; the name is the word before the first parenthesis.
"${CC:-cc}" -E -I"$root/include" "$root/include/$header" |
    awk -v own="\"$root/include/$header\"" '/^# [0-9]+ "/ { mine = $3 == own } mine && !/^#/' | tr '\n' ' ' | tr ';' '\n' |
    grep -F 'visibility("default")' | sed -E 's/.*visibility\("default"\)\)\)//' |
    grep -oE '\bllmc_[a-z0-9_]+ *\(' | tr -d ' (' | sort -u >"$scratch/declared"

status=0
[ -s "$scratch/declared" ] || { echo "no LLMC_API declaration found"; status=1; }
while read -r name; do
    echo "declared, not exported: $name"
    status=1
done < <(comm -13 "$scratch/exported" "$scratch/declared")
while read -r name; do
    echo "exported, not declared: $name"
    status=1
done < <(comm -23 "$scratch/exported" "$scratch/declared")

soname=$(readelf -d "$library" | sed -nE 's/.*SONAME.*\[(.*)\]/\1/p')
major=$(sed -nE 's/^#define LLMC_VERSION_MAJOR +([0-9]+).*/\1/p' "$root/include/llmclient.h")
[ "$soname" = "$name_of_library.so.$major" ] || { echo "SONAME is '$soname', not $name_of_library.so.$major"; status=1; }
[ "$status" = 0 ] && echo "$(wc -l <"$scratch/declared") functions exported by $soname"
exit $status
