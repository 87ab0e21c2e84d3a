#!/bin/bash
# Builds the library in every way that matters and runs every test. Run it from anywhere, as often as you like.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
. "$root/cmake/packages.sh"

usage() {
    cat <<'END'
usage: tests/run.sh [option]...

Installs the missing ones of the packages it needs (apt-get, by sudo when you are not root), then builds in build/tests
and runs, with the output of every test that fails:

  gcc      release build with warnings as errors, all tests and the checks of the tree (install test included)
  clang    the same code with clang, warnings as errors: built, unit tests run
  asan     all tests under AddressSanitizer and UndefinedBehaviorSanitizer
  tsan     unit and flow tests under ThreadSanitizer
  poll     flow tests of the build that uses poll(2) instead of epoll
  static   clang-format, cppcheck, clang-tidy and gcc -fanalyzer over the sources

Options:

  --only NAME          one of the above; may be given again for more
  --quick              the same as --only gcc
  --sanitize KIND      address (the same as --only asan) or thread (all tests under ThreadSanitizer)
  --all                all of the above, and all tests in every build
  --long               let tests with a long form run it (sets LLMC_LONG=1)
  --jobs N             compile and test with N at once (default: the number of processors)
  --help               this text

The last line is "N passed, N failed": tests, builds and static checks that passed and failed. The exit status is 0 when
none failed. Logs are kept in build/tests.
END
}

suites=()
all=false
thread_all=false
jobs=$(nproc 2>/dev/null || echo 2)
while [ $# -gt 0 ]; do
    case $1 in
    --help | -h) usage && exit 0 ;;
    --all) all=true ;;
    --long) export LLMC_LONG=1 ;;
    --quick) suites+=(gcc) ;;
    --only | --jobs | --sanitize)
        [ $# -gt 1 ] || { echo "tests/run.sh: $1 needs a value; see --help" >&2; exit 2; }
        case $1=$2 in
        --only=gcc | --only=clang | --only=asan | --only=tsan | --only=poll | --only=static) suites+=("$2") ;;
        --jobs=[1-9]*) jobs=$2 ;;
        --sanitize=address) suites+=(asan) ;;
        --sanitize=thread) suites+=(tsan) && thread_all=true ;;
        *) echo "tests/run.sh: $1 does not know '$2'; see --help" >&2; exit 2 ;;
        esac
        shift
        ;;
    *) echo "tests/run.sh: unknown option '$1'; see --help" >&2; exit 2 ;;
    esac
    shift
done
[ ${#suites[@]} -gt 0 ] || suites=(gcc clang asan tsan poll static)

packages=(gcc libc6-dev g++ cmake ninja-build pkg-config libcurl4-openssl-dev libcjson-dev libsqlite3-dev libcmocka-dev
    libevent-dev nginx-light openssl ca-certificates universal-ctags valgrind)
case " ${suites[*]} " in *" clang "* | *" static "*) packages+=(clang clang-tidy clang-format cppcheck) ;; esac
install_packages "${packages[@]}" || exit 1

passed=0
failed=0
failures=()
build=$root/build/tests
mkdir -p "$build"

# The tests set what they need themselves; a key or proxy of this shell must not reach them.
unset OPENAI_API_KEY OPENAI_BASE_URL OPENAI_ORG_ID OPENAI_PROJECT_ID http_proxy https_proxy all_proxy no_proxy \
    HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY SSLKEYLOGFILE

pass() {
    passed=$((passed + 1))
}

fail() {
    failed=$((failed + 1))
    failures+=("$1")
    echo "-- FAILED: $1"
}

# check NAME COMMAND...: one step that passes or fails by its exit status; its output is shown when it fails.
check() {
    local name=$1
    shift
    if "$@" >"$build/$name.log" 2>&1; then
        pass
        echo "-- $name: passed"
    else
        tail -n 60 "$build/$name.log"
        fail "$name (log: build/tests/$name.log)"
    fi
}

# suite NAME "CTEST ARGUMENTS" CMAKE-ARGUMENT...: builds in build/tests/NAME and runs its tests.
suite() {
    local name=$1 selection=$2 log=$build/$1-ctest.log
    shift 2
    echo "== $name"
    if ! configure_in "$build/$name" "$@"; then
        fail "$name: configure"
        return
    fi
    if ! ninja -C "$build/$name" -j "$jobs" >"$build/$name-build.log" 2>&1; then
        grep -v '^\[' "$build/$name-build.log" | head -n 60
        fail "$name: build (log: build/tests/$name-build.log)"
        return
    fi
    pass
    # shellcheck disable=SC2086
    (cd "$build/$name" && ctest --output-on-failure --no-tests=error -j "$jobs" --timeout 900 $selection) >"$log" 2>&1
    local status=$?
    count_tests "$name" "$log" "$status"
}

# Adds what a ctest run says of itself to the counts: "97% tests passed, 1 tests failed out of 34".
count_tests() {
    local name=$1 log=$2 status=$3 line
    line=$(grep -E '^[0-9]+% tests passed, [0-9]+ tests failed out of [0-9]+' "$log" | tail -n 1)
    if [ -z "$line" ]; then
        tail -n 30 "$log"
        fail "$name: ctest did not run"
        return
    fi
    local bad total
    bad=$(echo "$line" | sed -E 's/.*passed, ([0-9]+) tests.*/\1/')
    total=$(echo "$line" | sed -E 's/.*out of ([0-9]+).*/\1/')
    passed=$((passed + total - bad))
    failed=$((failed + bad))
    echo "-- $name: $line"
    [ "$status" = 0 ] && return
    cat "$log"
    failures+=("$name: $bad of $total tests (log: build/tests/$name-ctest.log)")
}

c_files() {
    find "$root/src" "$root/tests" "$root/examples" "$root/include" -name '*.[ch]' | sort
}

analyze() {
    local file status=0
    while read -r file; do
        gcc -std=c11 -O2 -D_GNU_SOURCE -I"$root/include" -I"$root/src" $(pkg-config --cflags libcurl libcjson sqlite3) \
            -fanalyzer -Wno-analyzer-too-complex -Werror -c -o /dev/null "$file" || status=1
    done < <(find "$root/src" -name '*.c' | sort)
    return $status
}

tidy() {
    configure_in "$build/tidy" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_COMPILER=clang -DLLMC_BUILD_TESTS=OFF &&
        find "$root/src" -name '*.c' -print0 | sort -z | xargs -0 -P "$jobs" -n 8 clang-tidy --quiet -p "$build/tidy"
}

static_checks() {
    echo "== static"
    command -v clang-format >/dev/null && check clang-format clang-format --dry-run -Werror $(c_files)
    command -v cppcheck >/dev/null && check cppcheck cppcheck --quiet -j "$jobs" --std=c11 --error-exitcode=1 --inline-suppr \
        --enable=warning,performance,portability --suppressions-list="$root/tests/check/cppcheck.txt" -D__linux__ -D__GNUC__ -D_GNU_SOURCE \
        -I "$root/include" -I "$root/src" "$root/src" "$root/examples"
    command -v clang-tidy >/dev/null && check clang-tidy tidy
    check gcc-fanalyzer analyze
}

sanitizer_options() {
    export ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1:abort_on_error=0
    export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
    export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
}

run_suite() {
    local unit="-L unit" flow="-L flow" unit_flow="-L unit|flow"
    $all && unit="" && flow="" && unit_flow=""
    $thread_all && unit_flow=""
    case $1 in
    gcc) suite gcc "" -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Release -DLLMC_WERROR=ON ;;
    clang) suite clang "$unit" -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Release -DLLMC_WERROR=ON ;;
    asan) suite asan "" -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG="-O1 -g" \
        -DLLMC_WERROR=ON -DLLMC_SANITIZE=address,undefined ;;
    tsan) suite tsan "$unit_flow" -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG="-O1 -g" \
        -DLLMC_WERROR=ON -DLLMC_SANITIZE=thread ;;
    poll) suite poll "$flow" -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Release -DLLMC_WERROR=ON -DLLMC_USE_POLL=ON ;;
    static) static_checks ;;
    esac
}

sanitizer_options
for name in "${suites[@]}"; do
    run_suite "$name"
done

echo
for name in "${failures[@]:+${failures[@]}}"; do
    echo "FAILED: $name"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
