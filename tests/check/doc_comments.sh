#!/bin/bash
# Every LLMC_API declaration has a comment on its lines or a few lines above it, where a group may share one.
# Usage: doc_comments.sh SOURCE_DIR
set -uo pipefail
root=$1
awk -v reach=6 '
function complain() { printf "%s:%d: %s has no comment\n", file, line, name; bad++ }
FNR == 1 { last = -100; open = 0 }
/\/\*|\*\// { last = FNR }
/^LLMC_API/ {
    count++
    name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name)
    line = FNR; file = FILENAME; open = 1; ok = FNR - last <= reach
}
open {
    if (/\/\*/) ok = 1
    if (/;/) { open = 0; if (!ok) complain() }
}
END {
    if (count == 0) { print "no declarations found"; exit 1 }
    if (bad) exit 1
    printf "%d declarations, all with a comment\n", count
}' "$root"/include/llmclient.h "$root"/include/llmclient/*.h
