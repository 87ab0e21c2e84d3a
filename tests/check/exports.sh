#!/bin/bash
# The shared library exports what the header declares with LLMC_API, and nothing else. Usage: exports.sh SOURCE_DIR LIBRARY
set -uo pipefail
root=$1
library=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort -u >"$scratch/exported"
# Declarations may run over several lines; the name is the word before the first parenthesis.
"${CC:-cc}" -E -P -I"$root/include" "$root/include/llmclient.h" | tr '\n' ' ' | tr ';' '\n' |
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
[ "$soname" = "libllmclient.so.$major" ] || { echo "SONAME is '$soname', not libllmclient.so.$major"; status=1; }
[ "$status" = 0 ] && echo "$(wc -l <"$scratch/declared") functions exported by $soname"
exit $status
