#!/bin/bash
# The tables of docs/providers.md are those of the library's own rows. Usage: providers.sh SOURCE_DIR PROGRAM [--write]
#
# A table stands between <!-- table: NAME --> and <!-- end of table -->; PROGRAM NAME prints it. --write puts them in
# place of those on the page: cmake --build BUILD --target docs_providers
set -uo pipefail
root=$1
program=$2
page=$root/docs/providers.md
made=$(mktemp)
trap 'rm -f "$made"' EXIT

[ -e "$page" ] || { echo "no docs/providers.md"; exit 1; }
while IFS= read -r line; do
    case $line in
    '<!-- table: '*)
        name=${line#<!-- table: }
        printf '%s\n' "$line"
        "$program" "${name% -->}" || exit 1
        inside=1
        ;;
    '<!-- end of table -->') printf '%s\n' "$line"; inside= ;;
    *) [ -n "${inside-}" ] || printf '%s\n' "$line" ;;
    esac
done <"$page" >"$made"

grep -q '^<!-- table: providers -->$' "$page" && grep -q '^<!-- table: fields -->$' "$page" ||
    { echo "docs/providers.md has not both tables"; exit 1; }
if [ "${3-}" = --write ]; then
    cat "$made" >"$page"
elif ! diff -u "$page" "$made"; then
    echo "docs/providers.md does not show what the code has: cmake --build BUILD --target docs_providers"
    exit 1
fi
