# SPDX-FileCopyrightText: The iopriority authors
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

fetch_node_modules() { # DIRECTORY: what the example for dbus-next needs, into DIRECTORY/node_modules
    local directory=$1 file
    for file in package.json package-lock.json; do
        cmp --silent "examples/dbus-next/$file" "$directory/$file" || rm -rf "$directory"
    done
    [ ! -e "$directory/node_modules/.package-lock.json" ] || return 0 # which npm writes last
    step "Fetching dbus-next into $directory"
    if ! command -v npm >/dev/null; then # (it comes with some packages of node, and cannot be installed beside them)
        apt-get update -qq
        apt-get install -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 npm </dev/null >/dev/null
    fi
    mkdir -p "$directory"
    cp -t "$directory" examples/dbus-next/package{,-lock}.json
    # What is fetched is what the lock file has the sums of; nothing of it is run here.
    (cd "$directory" && npm ci --ignore-scripts --omit=optional --prefer-offline --no-audit --no-fund --loglevel=error >/dev/null)
}

build() { # PRESET DIRECTORY [CMAKE-ARGUMENT]...
    local preset=$1 directory=$2
    shift 2
    step "Building (preset $preset, in $directory)"
    cmake --preset "$preset" -B "$directory" "$@" --log-level=WARNING >/dev/null
    if [ -t 1 ]; then # ninja shows one line of progress
        cmake --build "$directory"
    else
        cmake --build "$directory" >"$directory/build.log" 2>&1 || { cat "$directory/build.log" >&2 && return 1; }
    fi
}

# The tests of a build, side by side. A test that fails beside others runs once more, alone, if no more than three failed: on a
# machine that is shared, waits and bounds of time can be missed. One that passes then is named at the end, and in the file
# $IOPRIORITY_PASSED_ALONE: it is to be mended. What fails ends the output.
run_suite() { # DIRECTORY [CTEST-ARGUMENT]...
    local directory=$1 report=$1/tests.log passed_alone=${IOPRIORITY_PASSED_ALONE:-$1/passed_alone} failed
    shift
    run_ctest "$report" "$directory" --parallel $((2 * $(nproc))) "$@" && return
    failed=$(failed_tests "$report")
    grep -q . <<<"$failed" && [ "$(wc -l <<<"$failed")" -le 3 ] || return 1
    step "Once more, alone: ${failed//$'\n'/ }"
    # Not what makes the packages again, which is there.
    run_ctest "$report.alone" "$directory" --rerun-failed --fixture-exclude-any '^packages' || return 1
    step "Passed only when run alone: ${failed//$'\n'/ }"
    echo "$failed" >>"$passed_alone"
}

# Many tests wait for other processes longer than they compute, hence more at once than processors. A test that was left out
# counts as failed, and is not run again.
run_ctest() { # REPORT DIRECTORY [CTEST-ARGUMENT]...
    local report=$1 directory=$2 status=0
    shift 2
    ctest --test-dir "$directory" --output-on-failure --no-tests=error --output-log "$report" "$@" || status=$?
    ! left_out_any "$report" || status=1
    [ "$status" -ne 0 ] || return 0
    step "What failed"
    # From the line that says so to the next test's; of each the end.
    awk '/^ *(Start +[0-9]+:|[0-9]+\/[0-9]+ Test +#)/ { show(); on = /\*\*\*|\(Disabled\)/ }
         on { lines[++count] = $0 }
         function show(   line) { if (count > 60) print lines[1]
                                  for (line = count > 60 ? count - 59 : 1; line <= count; ++line) print lines[line]
                                  count = 0 }
         /% tests passed/ { show(); exit }' "$report"
    return "$status"
}

left_out_any() { # REPORT
    grep -qE '\*\*\*(Skipped|Not Run)|\(Disabled\)' "$1"
}

failed_tests() { # REPORT: their names, if none was left out
    ! left_out_any "$1" || return 0
    sed -nE 's|^ *[0-9]+/[0-9]+ Test +#[0-9]+: ([^ ]+) .*\*\*\*.*|\1|p' "$1"
}
