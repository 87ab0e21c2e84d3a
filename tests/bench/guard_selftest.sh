#!/bin/bash
# The guard must fail where a path takes 6 % more than its baseline, pass at 4 %, and skip in another setting.
# Usage: guard_selftest.sh SOURCE_DIR BUILD_DIR
set -uo pipefail
guard=$1/tests/bench/guard.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LLMC_GUARD_PATH="decode anthropic" LLMC_GUARD_BASELINE=$work/baseline
bash "$guard" "$1" "$2" --update >"$work/log" || { cat "$work/log"; exit $?; }
setting=$(head -n 1 "$work/baseline")
counted=$(sed -n "s/^$LLMC_GUARD_PATH //p" "$work/baseline")
status=0

# expect STATUS SETTING COUNT
expect() {
    printf '%s\n%s %s\n' "$2" "$LLMC_GUARD_PATH" "$3" >"$LLMC_GUARD_BASELINE"
    bash "$guard" "$root" "$build" >"$work/log" 2>&1
    local got=$?
    [ $got = "$1" ] || { echo "baseline $3 of $counted: status $got, not $1"; cat "$work/log"; status=1; }
}
root=$1
build=$2
expect 0 "$setting" "$counted"
expect 0 "$setting" $((counted * 100 / 104))
expect 1 "$setting" $((counted * 100 / 106))
expect 1 "$setting" ""
expect 77 "another machine" "$counted"
exit $status
