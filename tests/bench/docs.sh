#!/bin/bash
# Writes docs/benchmarks.md and its plots anew. Called by run.sh --docs: docs.sh SOURCE_DIR BUILD_DIR [OPTION]...
set -euo pipefail
root=$1
build=$2
shift 2
bench=$build/tests/bench/bench
figures=$build/figures
plots=$root/docs/benchmarks
rm -rf "$figures"
mkdir -p "$figures" "$plots"

began=$(date +%s)
failed=0
"$bench" --write "$figures" "$@" || failed=1
"$bench" --ladder --repeats 3 --write "$figures" "$@" | tee "$figures/ladder.txt" || failed=1
minutes=$((($(date +%s) - began + 59) / 60))
[ -s "$figures/rows.md" ] && [ -s "$figures/plain.dat" ] && [ -s "$figures/streamed.dat" ] ||
    { echo "tests/bench/docs.sh: the bench did not run to its end; docs/benchmarks.md stays as it was" >&2; exit 1; }

# plot NAME TITLE: one line a column that holds a number.
plot() {
    local name=$1 title=$2 column lines=() titles=("" "" "libcurl, one multi handle" "libllmclient" "openai (node)"
        "ai, @ai-sdk/openai (node)" "@anthropic-ai/sdk (node)" "undici (node)")
    for column in 2 3 4 5 6 7; do
        awk -v c=$column '$c != "?" { found = 1 } END { exit !found }' "$figures/$name.dat" || continue
        lines+=("'$figures/$name.dat' using 1:$column with linespoints lw 2 pt 7 ps 0.6 title '${titles[$column]}'")
    done
    gnuplot <<END
set terminal svg size 760,460 font 'sans-serif,13' background '#ffffff'
set termoption noenhanced
set output '$plots/$name.svg'
set datafile missing '?'
set title '$title'
set xlabel 'requests in flight'
set ylabel 'CPU of the client, microseconds a request'
set logscale xy
set xrange [0.8:12500]
set grid
set key outside bottom center horizontal
plot $(IFS=,; echo "${lines[*]}")
END
}
plot plain 'Plain answers of 900 bytes'
plot streamed 'Streamed answers of 20 pieces'

{
    cat "$root/tests/bench/benchmarks.head.md"
    echo
    sed 's/^/- /' "$build/conditions.txt"
    echo "- load average: $(cut -d' ' -f1-3 /proc/loadavg) after it, the bench itself included; it took $minutes minutes"
    echo
    echo "## The table"
    echo
    echo "| row | work | against | library | against | score | limit | verdict |"
    echo "|---|---|---|---|---|---|---|---|"
    cat "$figures/rows.md"
    echo
    cat "$root/tests/bench/benchmarks.plots.md"
    echo
    echo '```'
    cat "$figures/ladder.txt"
    echo '```'
    echo
    cat "$root/tests/bench/benchmarks.guard.md"
} >"$figures/benchmarks.md"
cp "$figures/benchmarks.md" "$root/docs/benchmarks.md"
echo "docs/benchmarks.md and docs/benchmarks/*.svg are written, in $minutes minutes"
exit $failed
