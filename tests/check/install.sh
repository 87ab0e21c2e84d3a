#!/bin/bash
# Installs into a folder of its own, builds a user's program by pkg-config, by find_package and with the static library,
# and runs each. Usage: install.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
root=$1
build=$2
here=$root/tests/check/install
cc=${CC:-cc}
cmake=${CMAKE:-cmake}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix=$scratch/prefix

"$cmake" --install "$build" --prefix "$prefix" >"$scratch/install.log" || { cat "$scratch/install.log"; exit 1; }
pc=$(dirname "$(find "$prefix" -name libllmclient.pc)")
libdir=$(dirname "$pc")
export PKG_CONFIG_PATH=$pc
export LD_LIBRARY_PATH=$libdir

for file in "$prefix/include/llmclient.h" "$prefix/include/llmclient/mock.h" "$prefix/include/llmclient/store.h" "$libdir/libllmclient.so" "$libdir/libllmclient.a" \
    "$libdir/libllmclient_mock.a" "$pc/libllmclient_mock.pc" "$libdir/cmake/llmclient/llmclient-config.cmake"; do
    [ -e "$file" ] || { echo "not installed: $file"; exit 1; }
done
# The SQLite store is installed where it was built.
headers=3
with_sqlite=false
if [ -e "$pc/libllmclient_sqlite.pc" ]; then
    headers=4
    with_sqlite=true
    for file in "$prefix/include/llmclient/sqlite.h" "$libdir/libllmclient_sqlite.so" "$libdir/libllmclient_sqlite.a"; do
        [ -e "$file" ] || { echo "not installed: $file"; exit 1; }
    done
elif [ -e "$build/libllmclient_sqlite.so" ]; then
    echo "the SQLite store was built and is not installed"
    exit 1
fi
# Nothing of the inside, and no path of this machine's build tree, may get out.
if grep -rIl -e "$root" -e "$build" "$prefix/include" "$pc" "$libdir/cmake"; then
    echo "the files above name the source or build folder"
    exit 1
fi
if [ "$(find "$prefix/include" -name '*.h' | wc -l)" != $headers ]; then
    find "$prefix/include" -name '*.h'
    echo "more headers than the public ones are installed"
    exit 1
fi

echo "== pkg-config"
[ "$(pkg-config --modversion libllmclient)" = "$(sed -nE 's/^#define LLMC_VERSION_STRING "(.*)"/\1/p' "$root/include/llmclient.h")" ]
# A program of the shared library gets no curl and no cJSON to link.
case " $(pkg-config --libs libllmclient) " in
*" -lcurl "* | *" -lcjson "*) echo "pkg-config --libs names curl or cJSON"; exit 1 ;;
esac
# shellcheck disable=SC2046
"$cc" -Wall -Werror -o "$scratch/by_pc" "$here/user.c" $(pkg-config --cflags --libs libllmclient_mock libllmclient)
"$scratch/by_pc"
readelf -d "$scratch/by_pc" | grep -q 'NEEDED.*libllmclient\.so\.' || { echo "not linked with the shared library"; exit 1; }

echo "== static library, shared curl"
# Not by pkg-config --static: that also asks for the static curl's own libraries, which Debian does not install with it.
# shellcheck disable=SC2046
"$cc" -Wall -Werror -o "$scratch/by_a" "$here/user.c" $(pkg-config --cflags libllmclient) \
    "$libdir/libllmclient_mock.a" "$libdir/libllmclient.a" $(pkg-config --libs libcurl libcjson) -pthread -lm
env -u LD_LIBRARY_PATH "$scratch/by_a"
if readelf -d "$scratch/by_a" | grep -q 'NEEDED.*libllmclient'; then
    echo "linked with the shared library"
    exit 1
fi

if $with_sqlite; then
    echo "== SQLite store"
    case " $(pkg-config --libs libllmclient_sqlite) " in
    *" -lsqlite3 "*) echo "pkg-config --libs names sqlite3"; exit 1 ;;
    esac
    mkdir -m 700 "$scratch/store"
    # shellcheck disable=SC2046
    "$cc" -Wall -Werror -o "$scratch/store_by_pc" "$here/user_sqlite.c" $(pkg-config --cflags --libs libllmclient_mock libllmclient_sqlite)
    "$scratch/store_by_pc" "$scratch/store/by_pc.db"
    # shellcheck disable=SC2046
    "$cc" -Wall -Werror -o "$scratch/store_by_a" "$here/user_sqlite.c" $(pkg-config --cflags libllmclient_sqlite) \
        "$libdir/libllmclient_mock.a" "$libdir/libllmclient_sqlite.a" "$libdir/libllmclient.a" \
        $(pkg-config --libs sqlite3 libcurl libcjson) -pthread -lm
    env -u LD_LIBRARY_PATH "$scratch/store_by_a" "$scratch/store/by_a.db"
fi

echo "== find_package"
"$cmake" -S "$here" -B "$scratch/user" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" >"$scratch/cmake.log" 2>&1 ||
    { cat "$scratch/cmake.log"; exit 1; }
"$cmake" --build "$scratch/user" >"$scratch/cmake.log" 2>&1 || { cat "$scratch/cmake.log"; exit 1; }
"$scratch/user/shared"
"$scratch/user/static"
if $with_sqlite; then
    "$scratch/user/store" "$scratch/store/by_cmake.db"
    "$scratch/user/store_static" "$scratch/store/by_cmake_static.db"
fi

if [ -x "$prefix/bin/llmclient-mock" ]; then
    echo "== llmclient-mock --help"
    "$prefix/bin/llmclient-mock" --help >/dev/null
fi
echo "installed, and used three ways"
