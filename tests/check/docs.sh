#!/bin/bash
# The C code of README.md and docs/*.md compiles, and links between the pages lead somewhere. Usage: docs.sh SOURCE_DIR
#
# A block that opens with ```c is compiled without warnings. One with a main() is a whole program and gets nothing added.
# Others are pieces: they are put into a function behind the declarations of docs_prelude.h, which names what pieces may
# use (client, request, response, status, ...). A piece that defines functions of its own ends them before a line of
# "/* ... */", and only what follows that line goes into the function. Code that is not C to compile opens with ```text.
set -uo pipefail
root=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0
blocks=0

# split PAGE: writes each block to $scratch/blockN.c and prints "N line".
split() {
    awk -v dir="$scratch" '
    /^```c$/ { n++; inside = 1; print n, FNR; file = dir "/block" n ".c"; printf "" > file; next }
    /^```/ && inside { inside = 0; close(file); next }
    inside { print > file }' "$1"
}

# compile PAGE NUMBER LINE
compile() {
    local block=$scratch/block$2.c unit=$scratch/unit.c cflags
    if grep -qE '^int main\(' "$block"; then
        cp "$block" "$unit"
    else
        {
            echo '#include "docs_prelude.h"'
            if grep -qxF '/* ... */' "$block"; then
                sed -n '1,/^\/\* \.\.\. \*\/$/p' "$block"
                echo 'DOCS_PIECE {'
                sed '1,/^\/\* \.\.\. \*\/$/d' "$block"
            else
                echo 'DOCS_PIECE {'
                cat "$block"
            fi
            echo '}'
        } >"$unit"
    fi
    cflags=$(pkg-config --cflags libevent 2>/dev/null)
    # shellcheck disable=SC2086
    "${CC:-cc}" -std=c11 -Wall -Wextra -Werror -Wno-unused-variable -Wno-unused-function -Wno-unused-but-set-variable \
        -I"$root/include" -I"$here" $cflags -fsyntax-only "$unit" >"$scratch/errors" 2>&1 && return
    echo "$1:$3: this block does not compile:"
    cat "$scratch/errors"
    status=1
}

# links PAGE: every relative link names a file that is there.
links() {
    local target
    while read -r target; do
        case $target in
        http:* | https:* | mailto:* | '#'*) continue ;;
        esac
        [ -e "$(dirname "$1")/${target%%#*}" ] || { echo "$1: link to $target leads nowhere"; status=1; }
    done < <(grep -oE '\]\([^)]+\)' "$1" | sed -E 's/^\]\((.*)\)$/\1/')
}

# names PAGE: every llmc_ or LLMC_ word of a page is in the headers or the build; inner ones, llmc__, in the sources.
names() {
    local name
    while read -r name; do
        case $name in
        llmc__* | LLMC__*) grep -rqwF "$name" "$root/src" "$root/tests" ;;
        *) grep -rqwF "$name" "$root/include" "$root/CMakeLists.txt" "$root/cmake" "$root/tests/run.sh" ;;
        esac || { echo "$1: there is no $name"; status=1; }
    done < <(grep -oE '\b(llmc|LLMC)_[A-Za-z0-9_]*[A-Za-z0-9]\b' "$1" | sort -u)
}

[ -e "$root/README.md" ] || { echo "no README.md"; exit 1; }
for page in "$root"/README.md "$root"/docs/*.md; do
    while read -r number line; do
        blocks=$((blocks + 1))
        compile "$page" "$number" "$line"
    done < <(split "$page")
    links "$page"
    names "$page"
done
[ "$blocks" -gt 0 ] || { echo "no C blocks found"; status=1; }
[ "$status" = 0 ] && echo "$blocks blocks compile"
exit $status
