# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2016 # what stands in single quotes is expanded inside
# What the tests on booted systems share. Sourced by a test, which is called with the suite, the directory of the .deb
# files and a directory for its box. Each test is a function; run_tests runs all that are named test_*, in their order.
set -euo pipefail

here=$(dirname -- "$(realpath -- "${BASH_SOURCE[0]}")")
readonly here
readonly suite=$1 debs=$2 box=$3 # of the test that sources this
readonly password='let me in'    # admin's, inside
# What the package depends on, and useradd: nothing can be fetched later.
mapfile -t box_packages < <(cd "$here/../.." && . scripts/lib/common.sh && packages_of inside)
readonly service=(org.example.IoPriority /org/example/IoPriority org.example.IoPriority)
# shellcheck disable=SC2034 # for those that source this
readonly extended=("${service[@]:0:2}" org.example.IoPriority.Extended1)

failed=0      # checks of the test that runs
all_failed=() # names of tests

# -- saying how it went --------------------------------------------------------------------------------------------------

fail() {
    echo "    FAIL: $*"
    failed=$((failed + 1))
}

equals() { # WHAT WANTED GOT
    [ "$2" = "$3" ] || fail "$1: wanted '$2', got '$3'"
}

matches() { # WHAT EXTENDED-REGULAR-EXPRESSION GOT
    grep -qE -- "$2" <<<"$3" || fail "$1: wanted /$2/, got '$3'"
}

succeeds() { # COMMAND...
    local said status=0
    said=$("$@" 2>&1 </dev/null) || status=$?
    [ "$status" -eq 0 ] || fail "$*: status $status: $said"
}

refuses() { # EXTENDED-REGULAR-EXPRESSION COMMAND...: it fails, and says that
    local said expression=$1
    shift
    if said=$("$@" 2>&1 </dev/null); then
        fail "$*: should have been refused, said: $said"
    else
        matches "$*" "$expression" "$said"
    fi
}

# until_true COMMAND...: for what announces itself in no other way
until_true() {
    local end=$((SECONDS + 30))
    until "$@" >/dev/null 2>&1; do
        if [ "$SECONDS" -ge "$end" ]; then
            fail "this did not happen: $*"
            return 1
        fi
        sleep 0.02
    done
}

# -- in the box ----------------------------------------------------------------------------------------------------------

bootbox() {
    "$here/bootbox" "$@"
}

inside() { # [OPTION...] COMMAND...
    bootbox exec "$box" "$@"
}

as() { # USER COMMAND...
    local user=$1
    shift
    inside --user "$user" "$@"
}

shell() { # SCRIPT [ARGUMENT...]: as root
    inside bash -euc "$1" bash "${@:2}"
}

# bus_call USER METHOD SIGNATURE ARGUMENT...: with the tool that everybody has
bus_call() {
    as "$1" busctl call "${service[@]}" "${@:2}"
}

# at_terminal USER SESSION ANSWER COMMAND...: sets said, prompts, status
at_terminal() {
    said=$("$here/password.exp" "$box" "$@")
    # shellcheck disable=SC2034 # for those that source this
    read -r _ prompts _ status <<<"$(grep '^prompts ' <<<"$said")"
}

# start USER PROGRAM: a process that sleeps, under that name; sets pid
start() {
    local unit=started-$1-$2-$RANDOM$RANDOM
    inside bash -euc 'cp /usr/bin/sleep "/usr/local/bin/$2" 2>/dev/null || [ -x "/usr/local/bin/$2" ]
        systemd-run --quiet --service-type=exec --unit="$3" --property=User="$1" "/usr/local/bin/$2" infinity' bash "$1" "$2" "$unit"
    # shellcheck disable=SC2034 # for those that source this
    pid=$(inside systemctl show --property=MainPID --value "$unit")
}

priority() { # PID: as the kernel has it
    inside ionice --pid "$1" | sed 's/^none: prio 0$/none/' # the kernel says so, too, where nothing is set
}

set_to() { # PID CLASS: as root, without the service
    inside ionice --class "$2" --pid "$1"
}

daemon_pid() {
    inside systemctl show --property=MainPID --value iopriorityd.service
}

daemon_is_gone() {
    [ "$(inside systemctl show --property=ActiveState --value iopriorityd.service)" = inactive ]
}

stop_daemon() {
    inside systemctl stop iopriorityd.service
}

# rules JAVASCRIPT: in force when it returns, beside those of Debian. polkit starts anew, and with it what it remembers.
rules() {
    printf '%s\n' "$1" >"$box/share/50-test.rules"
    inside bash -euc 'install --mode=644 /share/50-test.rules /etc/polkit-1/rules.d && systemctl restart polkit'
}

no_rules() {
    rules ''
}

make_users() {
    # shellcheck disable=SC2016
    shell 'for user in alice bob carol admin; do useradd --create-home --shell /bin/bash "$user"; done
        usermod --append --groups backup carol
        usermod --append --groups sudo admin
        echo "admin:$1" | chpasswd
        sed -i "s/pam_unix.so nullok/pam_unix.so nullok nodelay/" /etc/pam.d/common-auth
        mkdir -p /etc/systemd/system/polkit.service.d # which the tests start more often than systemd likes
        printf "%s\n" "[Unit]" StartLimitIntervalSec=0 >/etc/systemd/system/polkit.service.d/test.conf
        systemctl daemon-reload' "$password"
}

install_package() {
    inside bash -c 'apt-get install -y -qq --no-install-recommends --reinstall -o Dpkg::Use-Pty=0 /share/*.deb' >"$box/install.log" 2>&1 ||
        { cat "$box/install.log" && return 1; }
}

set_up() {
    bootbox create "$box" "$suite" "${box_packages[@]}"
    trap 'bootbox destroy "$box"' EXIT
    cp "$debs"/iopriority_*.deb "$debs"/libiopriority1_*.deb "$box/share"
    if declare -F before_boot >/dev/null; then before_boot; fi
    bootbox boot "$box"
    make_users
}

# -- the run -------------------------------------------------------------------------------------------------------------

run_tests() {
    local name begin
    set_up
    # shellcheck disable=SC2013 # names, without blanks
    for name in $(sed -n 's/^\(test_[a-z0-9_]*\)() {$/\1/p' "$0"); do
        failed=0
        begin=$SECONDS
        "$name" || fail "it ended with $?" # and goes on after a command that failed
        if [ "$failed" -eq 0 ]; then
            echo "PASS ${name#test_} ($((SECONDS - begin)) s)"
        else
            echo "FAIL ${name#test_}"
            all_failed+=("${name#test_}")
        fi
    done
    if [ ${#all_failed[@]} -gt 0 ]; then
        echo "--- journal of the box"
        inside journalctl --no-pager --lines=60 --unit=iopriorityd --unit=polkit --unit=dbus | grep -v 'rules' || true
        echo "FAILED on $suite: ${all_failed[*]}"
        exit 1
    fi
}
