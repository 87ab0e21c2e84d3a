#!/bin/bash
# No function over 100 lines, no file over 800; tells median and p95 of the library. Usage: sizes.sh SOURCE_DIR
set -uo pipefail
root=$1
max_function=100
max_file=800
status=0

while read -r lines file; do
    [ "$lines" -le $max_file ] || { echo "$file: $lines lines, more than $max_file"; status=1; }
done < <(find "$root/src" "$root/tests" "$root/examples" -name '*.[ch]' -exec wc -l {} \; )

if ! ctags --version 2>/dev/null | grep -q Universal; then
    echo "universal-ctags is not here: function lengths are not checked"
    [ "$status" = 0 ] && exit 77
    exit $status
fi
lengths() {
    ctags -x --languages=C --kinds-C=f --_xformat='%{end} %n %N %F' -R "$@" | awk '$1 > 0 { print $1 - $2 + 1, $3, $4 }'
}
while read -r lines name file; do
    [ "$lines" -le $max_function ] || { echo "$file: $name has $lines lines, more than $max_function"; status=1; }
done < <(lengths "$root/src" "$root/tests" "$root/examples")
lengths "$root/src" | sort -n | awk '{ n[NR] = $1 } END {
    if (NR == 0) { print "no functions found"; exit 1 }
    printf "%d functions in src: median %d lines, p95 %d, longest %d\n", NR, n[int((NR + 1) / 2)], n[int(NR * 0.95 + 0.5)], n[NR]
}' || status=1
exit $status
