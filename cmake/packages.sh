# Sourced by examples/quickstart.sh and tests/run.sh: installs Debian packages that are missing, and no others.

# Is this package's use there already? Asks for the thing itself, so that it also answers on systems without dpkg.
have_package() {
    case $1 in
    gnuplot-nox) command -v gnuplot >/dev/null ;;
    gcc | cmake | clang | clang-tidy | clang-format | cppcheck | openssl | valgrind) command -v "$1" >/dev/null ;;
    g++) command -v g++ >/dev/null ;;
    ninja-build) command -v ninja >/dev/null ;;
    pkg-config) command -v pkg-config >/dev/null ;;
    universal-ctags) ctags --version 2>/dev/null | grep -q Universal ;;
    nginx-light) PATH=$PATH:/usr/sbin:/sbin command -v nginx >/dev/null ;;
    libc6-dev) echo '#include <stdio.h>' | cc -E - >/dev/null 2>&1 ;;
    libcurl4-openssl-dev) pkg-config --exists libcurl 2>/dev/null ;;
    libcjson-dev) pkg-config --exists libcjson 2>/dev/null ;;
    libsqlite3-dev) pkg-config --exists sqlite3 2>/dev/null ;;
    libcmocka-dev) pkg-config --exists cmocka 2>/dev/null ;;
    libevent-dev) pkg-config --exists libevent 2>/dev/null ;;
    ca-certificates) [ -e /etc/ssl/certs/ca-certificates.crt ] || [ -e /etc/ssl/cert.pem ] || [ -d /etc/pki/tls/certs ] ;;
    *) dpkg-query -W -f='${Status}' "$1" 2>/dev/null | grep -q 'ok installed' ;;
    esac
}

# install_packages NAME...: installs those of the packages that are missing; says what it does; false when it cannot.
install_packages() {
    local missing=() package
    for package in "$@"; do
        have_package "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if ! command -v apt-get >/dev/null; then
        echo "This machine has no apt-get. Please install what these Debian packages hold, then run this again:" >&2
        echo "  ${missing[*]}" >&2
        return 1
    fi
    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "Packages are missing and there is no sudo. As root, run:" >&2
            echo "  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}" >&2
            return 1
        fi
        as_root=(sudo)
    fi
    echo "== installing by apt-get: ${missing[*]}"
    "${as_root[@]}" apt-get update -qq &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

# configure_in FOLDER ARGUMENT...: cmake into FOLDER; a folder left by an older or moved tree is made anew.
configure_in() {
    local folder=$1
    shift
    cmake -S "$root" -B "$folder" -G Ninja "$@" >"$folder.log" 2>&1 && return 0
    rm -rf "$folder"
    cmake -S "$root" -B "$folder" -G Ninja "$@" >"$folder.log" 2>&1 && return 0
    cat "$folder.log" >&2
    return 1
}
