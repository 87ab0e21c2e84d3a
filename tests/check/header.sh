#!/bin/bash
# The public headers compile alone as strict C99, C11 and C++17, with what compilers there are. Usage: header.sh SOURCE_DIR
set -uo pipefail
root=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
status=0
runs=0

# try COMPILER LANGUAGE STANDARD
try() {
    command -v "$1" >/dev/null || return 0
    local header
    for header in llmclient.h llmclient/mock.h llmclient/store.h llmclient/sqlite.h; do
        [ -e "$root/include/$header" ] || continue
        cat >"$scratch/use.$2" <<END
#include <$header>
#include <$header>
int use(void);
int use(void)
{
    llmc_client_options options = LLMC_CLIENT_OPTIONS_INIT;
    llmc_provider_options provider = LLMC_PROVIDER_OPTIONS_INIT;
    llmc_batch_options batch = LLMC_BATCH_OPTIONS_INIT;
    llmc_stats stats = LLMC_STATS_INIT;
    return options.size > 0 && provider.size > 0 && batch.size > 0 && stats.size > 0;
}
END
        runs=$((runs + 1))
        "$1" -std="$3" -Wall -Wextra -Wpedantic -pedantic-errors -Werror -Wno-missing-field-initializers \
            -I"$root/include" -fsyntax-only "$scratch/use.$2" || { echo "FAILED: $1 -std=$3 $header"; status=1; }
    done
}

for compiler in "${CC:-cc}" gcc clang; do
    try "$compiler" c c99
    try "$compiler" c c11
done
for compiler in g++ clang++; do
    try "$compiler" cc c++11
    try "$compiler" cc c++17
done

version=$(sed -nE 's/^#define LLMC_VERSION_STRING "(.*)"/\1/p' "$root/include/llmclient.h")
parts=$(for part in MAJOR MINOR PATCH; do sed -nE "s/^#define LLMC_VERSION_$part +([0-9]+).*/\1/p" "$root/include/llmclient.h"; done | paste -sd.)
[ "$version" = "$parts" ] || { echo "LLMC_VERSION_STRING is $version, the numbers say $parts"; status=1; }
[ "$status" = 0 ] && echo "$runs compilations"
exit $status
