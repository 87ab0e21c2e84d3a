#!/bin/bash
# The layer rules of the source tree, by its includes. Usage: layers.sh SOURCE_DIR
set -uo pipefail
root=$1
status=0

# Which folders of src/ a folder may include from (itself aside), and which public headers.
allowed() {
    case $1 in
    api) echo "engine net provider policy model wire base" ;; # wire: raw JSON is checked before it is taken
    engine) echo "net provider policy model base" ;;
    net) echo "model base" ;;
    provider) echo "wire model base" ;;
    policy) echo "model base" ;;
    model) echo "base" ;;
    wire | mock) echo "base" ;;
    base | store) echo "" ;;
    *) echo "UNKNOWN" ;;
    esac
}

complain() {
    echo "$1"
    status=1
}

# one_include LAYER FILE INCLUDED
one_include() {
    local layer=$1 file=$2 included=$3 target
    case $included in
    curl/*) [ "$layer" = net ] || complain "$file: <$included> belongs in src/net only" ;;
    cjson/* | cJSON.h)
        case $layer/${file##*/} in
        wire/json*) ;;
        *) complain "$file: <$included> belongs in src/wire/json*.c only" ;;
        esac
        ;;
    sqlite3.h) [ "$layer" = store ] || complain "$file: <$included> belongs in src/store only" ;;
    pthread.h | threads.h | semaphore.h) [ "$layer" = base ] || complain "$file: <$included> belongs in src/base only" ;;
    llmclient.h | llmclient/*)
        case $layer:$included in
        mock:* | store:* | *:llmclient.h | engine:llmclient/store.h) ;; # the engine calls what a store is made of
        *) complain "$file: $included is not for src/$layer" ;;
        esac
        ;;
    *../*) complain "$file: include \"$included\" from src/, not by .." ;;
    */*)
        target=${included%%/*}
        [ -d "$root/src/$target" ] || return
        [ "$target" = "$layer" ] && return
        case " $(allowed "$layer") " in
        *" $target "*) ;;
        *) complain "$file: src/$layer may not include from src/$target ($included)" ;;
        esac
        ;;
    esac
}

count=0
while read -r file; do
    layer=${file#"$root"/src/}
    layer=${layer%%/*}
    [ "$(allowed "$layer")" != UNKNOWN ] || complain "$file: src/$layer is not a layer"
    while read -r included; do
        count=$((count + 1))
        one_include "$layer" "$file" "$included"
    done < <(sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]([^>"]+)[>"].*/\1/p' "$file")
done < <(find "$root/src" -name '*.[ch]' | sort)

# Examples are written as a user writes: the public headers only.
while read -r line; do
    complain "$line: examples include public headers only"
done < <(grep -nE '#include "(api|engine|net|provider|policy|model|wire|base|mock)/' "$root"/examples/*.c 2>/dev/null)

[ "$count" -gt 0 ] || complain "no includes found under $root/src"
[ "$status" = 0 ] && echo "$count includes keep to the layers"
exit $status
