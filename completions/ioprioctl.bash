# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Completion of ioprioctl in bash. Needs nothing else, not even bash-completion.

# The words before the cursor, as a shell sees them: COMP_WORDS is cut at colons, too, and best-effort:4 has one.
_ioprioctl_words() {
    local line=${COMP_LINE:0:COMP_POINT}
    read -ra words <<<"$line"
    case $line in
        *[[:space:]]) cur='' ;;
        *) cur=${words[-1]} && unset 'words[-1]' ;;
    esac
}

_ioprioctl_offer() { # WORD...
    local prefix=''
    mapfile -t COMPREPLY < <(compgen -W "$*" -- "$cur")
    # readline replaces only what stands behind the last colon.
    if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
        prefix=${cur%"${cur##*:}"}
        COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
    fi
}

_ioprioctl_priorities() {
    local level levels=()
    case $cur in
        best-effort:* | realtime:*)
            for level in 0 1 2 3 4 5 6 7; do levels+=("${cur%%:*}:$level"); done
            _ioprioctl_offer "${levels[@]}"
            ;;
        *) _ioprioctl_offer none idle best-effort realtime background low normal high ;;
    esac
}

# The numbers of the user's own processes, or of their groups: "pid" or "pgid".
_ioprioctl_own() {
    ps -u "$EUID" -o "$1=" 2>/dev/null | tr -d ' ' | sort -nu
}

_ioprioctl_units() { # [--user]
    systemctl "$@" list-units --no-legend --no-pager --plain -- "$cur*" 2>/dev/null | cut -d ' ' -f 1
}

_ioprioctl() {
    local cur words=() word command='' ionice='' past=0 dashes=0 i
    COMPREPLY=()
    _ioprioctl_words
    for ((i = 1; i < ${#words[@]}; i++)); do
        word=${words[i]}
        case $word in
            -H | --host | --via | --json | --group | --user | --unit | --user-unit | --count | --interval) i=$((i + 1)) ;;
            -c | -n | --class | --classdata) ionice=run i=$((i + 1)) ;;
            -t | --ignore) ionice=run ;;
            -p | --pid | -P | --pgid | -u | --uid) ionice=$word ;;
            --) dashes=$i && break ;;
            -*) ;;
            *) if [ -n "$ionice" ]; then [ "$ionice" = run ] && command=program && break; elif [ -z "$command" ]; then command=$word; else past=$((past + 1)); fi ;;
        esac
        [ "$command" != run ] || [ "$past" -lt 2 ] || break
    done

    case ${words[-1]} in
        --json) _ioprioctl_offer short pretty off && return ;;
        --via) _ioprioctl_offer auto kernel service && return ;;
        --group) _ioprioctl_offer "$(_ioprioctl_own pgid)" && return ;;
        --user) mapfile -t COMPREPLY < <(compgen -u -- "$cur") && return ;;
        --unit) _ioprioctl_offer "$(_ioprioctl_units)" && return ;;
        --user-unit) _ioprioctl_offer "$(_ioprioctl_units --user)" && return ;;
        -c | --class) _ioprioctl_priorities && return ;;
        -n | --classdata) _ioprioctl_offer 0 1 2 3 4 5 6 7 && return ;;
    esac
    if [[ -z $command && -n $ionice && $cur != -* ]]; then
        case $ionice in
            -p | --pid) _ioprioctl_offer "$(_ioprioctl_own pid)" ;;
            -P | --pgid) _ioprioctl_offer "$(_ioprioctl_own pgid)" ;;
            -u | --uid) mapfile -t COMPREPLY < <(compgen -u -- "$cur") ;;
            *) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -c -- "$cur" | sort -u) ;;
        esac
        return
    fi
    if [ "$command" = program ]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
    fi

    # A command of the user's own: its name here, its arguments as files.
    if [ "$dashes" -gt 0 ] || { [ "$command" = run ] && [ "$past" -ge 1 ]; }; then
        compopt -o filenames 2>/dev/null
        if [ "$dashes" -eq "$((${#words[@]} - 1))" ] || { [ "$dashes" -eq 0 ] && [ "$past" -eq 1 ]; }; then
            mapfile -t COMPREPLY < <(compgen -c -- "$cur" | sort -u)
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        fi
        return
    fi

    if [[ $cur == -* ]]; then
        local options="--quiet --verbose --no-legend --no-ask-password --via --host --help"
        case $command in
            '') options+=" --version --json --dry-run --class --classdata --pid --pgid --uid --ignore" ;;
            get) options+=" --json --tree --group --unit --user-unit --user" ;;
            hold) options+=" --tree --group --unit --user-unit --user --keep-explicit" ;;
            set) options+=" --json --dry-run --tree --group --unit --user-unit --user --keep-explicit" ;;
            run) options+=" --hold" ;;
            list) options+=" --json --watch --count" ;;
            monitor) options+=" --interval" ;;
            devices) options+=" --json" ;;
            check) options+=" --json --udev-rule" ;;
        esac
        _ioprioctl_offer "$options"
        return
    fi

    case $command in
        '') _ioprioctl_offer get set run hold list monitor devices check help ;;
        help) _ioprioctl_offer get set run hold list monitor devices check ;;
        get) _ioprioctl_offer "$(_ioprioctl_own pid)" ;;
        set | hold)
            if [ "$past" -eq 0 ]; then _ioprioctl_priorities; else _ioprioctl_offer "$(_ioprioctl_own pid)"; fi
            ;;
        run) _ioprioctl_priorities ;;
        check)
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$cur"; _ioprioctl_own pid | grep -- "^$cur")
            ;;
    esac
}

complete -F _ioprioctl ioprioctl
