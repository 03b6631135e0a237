# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What try, test and CI share. Sourced with the project's root as the working directory.

# shellcheck disable=SC2034 # for those that source it
if [ -t 1 ]; then
    bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
else
    bold='' dim='' plain=''
fi

step() {
    printf '\n%s==> %s%s\n' "$bold" "$*" "$plain"
}

die() {
    echo "${0##*/}: $*" >&2
    exit 1
}

need_root() {
    [ "$(id -u)" = 0 ] || die "run me as root: packages are installed, and a private system bus needs namespaces"
}

packages_of() { # GROUP...
    local group
    for group; do
        sed -n "s/^$group  *//p" scripts/lib/packages | tr -s ' ' '\n'
    done
}

installed() {
    [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

install_missing() { # GROUP...
    local package missing=()
    for package in $(packages_of "$@"); do
        installed "$package" || missing+=("$package")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        step "All needed packages are installed"
        return
    fi
    command -v apt-get >/dev/null || die "this is not Debian; install what corresponds to: ${missing[*]}"
    step "Installing ${#missing[@]} packages: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" </dev/null >/dev/null
}

unpack() { # DIRECTORY: the packages of group "unpack", their files below it
    local directory=$1 package packages
    [ ! -d "$directory/usr" ] || return 0
    mapfile -t packages < <(packages_of unpack)
    step "Unpacking into $directory: ${packages[*]}"
    apt-cache show "${packages[@]}" >/dev/null 2>&1 || apt-get update -qq
    mkdir -p "$directory"
    for package in "${packages[@]}"; do
        (cd "$directory" && apt-get download -qq -o APT::Sandbox::User=root "$package")
        dpkg --extract "$directory/$package"_*.deb "$directory"
        rm "$directory/$package"_*.deb
    done
}

build() { # PRESET DIRECTORY [CMAKE-ARGUMENT]...
    local preset=$1 directory=$2
    shift 2
    step "Building (preset $preset, in $directory)"
    cmake --preset "$preset" -B "$directory" "$@" --log-level=WARNING >/dev/null
    cmake --build "$directory"
}
