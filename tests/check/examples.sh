#!/bin/bash
# Every example compiles by itself without a warning, as C11 and as a user would. Usage: examples.sh SOURCE_DIR
set -uo pipefail
root=$1
status=0
count=0
for file in "$root"/examples/*.c; do
    cflags=
    if grep -q '<event2/' "$file"; then
        cflags=$(pkg-config --cflags libevent 2>/dev/null) || { echo "left out, no libevent: $file"; continue; }
    fi
    count=$((count + 1))
    # shellcheck disable=SC2086
    "${CC:-cc}" -std=c11 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -I"$root/include" $cflags -fsyntax-only "$file" ||
        status=1
done
[ "$count" -ge 5 ] || { echo "only $count examples found"; status=1; }
[ "$status" = 0 ] && echo "$count examples"
exit $status
