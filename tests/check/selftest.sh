#!/bin/bash
# The checks find what they are for: each is run on a small tree with one fault. Usage: selftest.sh SOURCE_DIR
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0

# A tree without a fault, of one file a layer.
fresh_tree() {
    rm -rf "$scratch/tree"
    mkdir -p "$scratch"/tree/{src/{api,engine,net,provider,policy,model,wire,base,mock,store},examples,tests,docs,include/llmclient}
    cp "$root/include/llmclient.h" "$scratch/tree/include/"
    cp "$root"/include/llmclient/*.h "$scratch/tree/include/llmclient/"
    echo '#include <stddef.h>' >"$scratch/tree/src/base/buf.h"
    printf '#include "base/buf.h"\nint one(void)\n{\n    return 1;\n}\n' >"$scratch/tree/src/wire/sse.c"
    printf '# Page\n\n```c\nprintf("%%s\\n", llmc_response_output(response));\n```\n' >"$scratch/tree/README.md"
    cp "$scratch/tree/README.md" "$scratch/tree/docs/page.md"
}

# expect pass|fail CHECK WHAT
expect() {
    local got=pass
    bash "$here/$2.sh" "$scratch/tree" >"$scratch/log" 2>&1 || got=fail
    [ "$got" = "$1" ] && return
    echo "$2.sh on $3: $got, not $1"
    cat "$scratch/log"
    status=1
}

bad_include() {
    fresh_tree
    echo "#include $2" >"$scratch/tree/src/$1/fault.c"
    expect fail layers "$1 including $2"
}

fresh_tree
expect pass layers "a good tree"
expect pass docs "a good tree"
expect pass doc_comments "a good tree"
bad_include wire '"model/request.h"'
bad_include wire '<llmclient/mock.h>'
bad_include net '"provider/provider.h"'
bad_include provider '"net/net.h"'
bad_include policy '"wire/json.h"'
bad_include policy '"engine/engine.h"'
bad_include model '"engine/engine.h"'
bad_include base '"model/error.h"'
bad_include mock '"model/error.h"'
bad_include engine '"api/handles.h"'
bad_include engine '"wire/json.h"'
bad_include engine '<curl/curl.h>'
bad_include provider '<cjson/cJSON.h>'
bad_include engine '<sqlite3.h>'
bad_include store '"base/buf.h"'
bad_include store '<pthread.h>'
bad_include engine '<pthread.h>'
bad_include base '"../model/error.h"'

fresh_tree
printf '```c\nllmc_response_no_such(response);\n```\n' >>"$scratch/tree/docs/page.md"
expect fail docs "a block with an unknown function"
fresh_tree
echo '[gone](gone.md)' >>"$scratch/tree/docs/page.md"
expect fail docs "a link that leads nowhere"
fresh_tree
printf '\nLLMC_API int llmc_bare(void);\n' >>"$scratch/tree/include/llmclient.h"
expect fail doc_comments "a declaration without a comment"
if ctags --version 2>/dev/null | grep -q Universal; then
    fresh_tree
    { echo 'int two(void)'; echo '{'; for _ in $(seq 101); do echo '    ;'; done; echo '    return 2;'; echo '}'; } >>"$scratch/tree/src/wire/sse.c"
    expect fail sizes "a long function"
fi

# size_of_library WANTED_RC LIMIT: a small library against a limit of its own, "" for none of this machine and compiler
size_of_library() {
    local rc=0
    echo "${2:+$setting: $2}" >"$scratch/limit"
    bash "$here/library_size.sh" "$root" "$scratch/small.so" "$scratch/limit" >"$scratch/log" 2>&1 || rc=$?
    [ "$rc" = "$1" ] && return
    echo "library_size.sh with the limit '$2': $rc, not $1"
    cat "$scratch/log"
    status=1
}
if command -v strip >/dev/null; then
    echo 'int one(void); int one(void) { return 1; }' | "${CC:-cc}" -shared -fPIC -x c -o "$scratch/small.so" -
    size_of_library 77 ""
    setting=$(sed -n 's/.*there is no limit for //p' "$scratch/log")
    size_of_library 0 1000000
    size_of_library 1 1000
fi
[ "$status" = 0 ] && echo "every fault was found"
exit $status
