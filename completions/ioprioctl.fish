# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
# Completion of ioprioctl in fish.

# What the words before the cursor come to: sets command, ionice (the option that named processes, or "run") and past, the
# number of arguments behind the command.
function __ioprioctl_read --no-scope-shadowing
    set command
    set ionice
    set past 0
    set program no
    set -l skip no
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $skip = yes
            set skip no
            continue
        end
        switch "$word"
            case -H --host --via --json --group --user --unit --user-unit --count --interval
                set skip yes
            case -c -n --class --classdata
                set ionice run
                set skip yes
            case -t --ignore
                set ionice run
            case -p --pid -P --pgid -u --uid
                set ionice $word
            case --
                set program yes
                break
            case '-*'
            case '*'
                if test -n "$ionice"
                    if test "$ionice" = run
                        set program yes
                        break
                    end
                else if test -z "$command"
                    set command $word
                else
                    set past (math $past + 1)
                end
        end
        if test "$command" = run -a $past -ge 2
            set program yes
            break
        end
    end
end

# The place is one of these: command, pid, pgid, user, priority, program, path.
function __ioprioctl_place
    set -l command
    set -l ionice
    set -l past
    set -l program
    __ioprioctl_read
    if test $program = yes
        echo program
        return
    end
    switch "$command"
        case ''
            switch "$ionice"
                case ''
                    echo command
                case run
                    echo program
                case -p --pid
                    echo pid
                case -P --pgid
                    echo pgid
                case -u --uid
                    echo user
            end
        case help
            echo verb
        case get
            echo pid
        case set hold
            test $past -eq 0; and echo priority; or echo pid
        case run
            test $past -eq 0; and echo priority; or echo program
        case check
            echo path
            echo pid
    end
end

function __ioprioctl_at
    contains -- $argv[1] (__ioprioctl_place)
end

function __ioprioctl_in
    set -l command
    set -l ionice
    set -l past
    set -l program
    __ioprioctl_read
    test $program = no; and contains -- "$command" $argv
end

# The user's own processes, or their groups, with their names, which are their own choice: what could be more than a name is
# shown as "?".
function __ioprioctl_own
    set -l seen
    ps -u (id -u) -o $argv[1]=,comm= 2>/dev/null | while read -l line
        set -l parts (string match -r '^\s*(\d+)\s+(.*)$' -- $line)
        if test (count $parts) -eq 3; and not contains -- $parts[2] $seen
            set -a seen $parts[2]
            printf '%s\t%s\n' $parts[2] (string replace -ra '[^A-Za-z0-9._+/ -]' '?' -- $parts[3])
        end
    end
end

function __ioprioctl_units
    systemctl $argv list-units --no-legend --no-pager --plain 2>/dev/null | string replace -r '\s.*' ''
end

function __ioprioctl_priorities
    switch (commandline -ct)
        case 'best-effort:*' 'realtime:*'
            set -l class (string replace -r ':.*' '' -- (commandline -ct))
            for level in (seq 0 7)
                echo $class:$level
            end
        case '*'
            printf '%s\n' none idle best-effort realtime background low normal high
    end
end

# The command that is run, as if it stood alone.
function __ioprioctl_program
    set -l words (commandline -opc)[2..-1]
    set -l past 0
    while set -q words[1]
        switch $words[1]
            case -H --host --via --json -c -n --class --classdata
                set -e words[1]
            case --
                set -e words[1]
                break
            case '-*'
            case run
                set past (math $past - 1)
            case hold
                while set -q words[1]; and test $words[1] != --
                    set -e words[1]
                end
                continue
            case '*'
                set past (math $past + 1)
                contains -- run (commandline -opc); or break
                test $past -lt 1; or break
        end
        set -q words[1]; and set -e words[1]
    end
    complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end

complete -c ioprioctl -f
complete -c ioprioctl -n '__ioprioctl_at command' -xa "get\t'show the priority of processes' set\t'set the priority of processes, groups, units or users' run\t'run a command with a priority' hold\t'set a priority while a command runs' list\t'show processes with a priority set' monitor\t'show live traffic, set priorities by key' devices\t'show which disks honour priorities' check\t'show whether priorities have an effect' help\t'show the help, or that of a command'"
complete -c ioprioctl -n '__ioprioctl_at verb' -xa 'get set run hold list monitor devices check'
complete -c ioprioctl -n '__ioprioctl_at priority' -xa '(__ioprioctl_priorities)'
complete -c ioprioctl -n '__ioprioctl_at pid' -xa '(__ioprioctl_own pid)'
complete -c ioprioctl -n '__ioprioctl_at pgid' -xa '(__ioprioctl_own pgid)'
complete -c ioprioctl -n '__ioprioctl_at user' -xa '(__fish_complete_users)'
complete -c ioprioctl -n '__ioprioctl_at path' -F
complete -c ioprioctl -n '__ioprioctl_at program' -xa '(__ioprioctl_program)'

complete -c ioprioctl -n "__ioprioctl_in '' get set run hold list monitor devices check help" -s q -l quiet -d 'do not report changes'
complete -c ioprioctl -n "__ioprioctl_in '' get set run hold list monitor devices check help" -s v -l verbose -d 'report changes and who made them'
complete -c ioprioctl -n "__ioprioctl_in '' get set run hold list monitor devices check help" -s h -l help -d 'show the help'
complete -c ioprioctl -n "__ioprioctl_in '' get set run hold list monitor devices check help" -l no-legend -d 'leave out the titles of tables'
complete -c ioprioctl -n "__ioprioctl_in '' get set run hold list monitor devices check help" -l no-ask-password -d 'never ask for a password'
complete -c ioprioctl -n "__ioprioctl_in '' get set run hold list monitor devices check help" -l via -xa 'auto kernel service' -d 'who makes the change'
complete -c ioprioctl -n "__ioprioctl_in '' get set list devices check" -l json -xa 'short pretty off' -d 'print JSON'
complete -c ioprioctl -n "__ioprioctl_in '' get set list devices check" -s j -d 'print JSON, pretty at a terminal'
complete -c ioprioctl -n "__ioprioctl_in '' set" -l dry-run -d 'show what would be done, change nothing'
complete -c ioprioctl -n "__ioprioctl_in ''" -s V -l version -d 'show the version'
complete -c ioprioctl -n "__ioprioctl_in get set hold" -l tree -d 'with all descendants'
complete -c ioprioctl -n "__ioprioctl_in get set hold" -l group -xa '(__ioprioctl_own pgid)' -d 'all of a process group'
complete -c ioprioctl -n "__ioprioctl_in get set hold" -l user -xa '(__fish_complete_users)' -d 'all of a user'
complete -c ioprioctl -n "__ioprioctl_in get set hold" -l unit -xa '(__ioprioctl_units)' -d 'all of a running systemd unit'
complete -c ioprioctl -n "__ioprioctl_in get set hold" -l user-unit -xa '(__ioprioctl_units --user)' -d 'all of a unit of your user manager'
complete -c ioprioctl -n "__ioprioctl_in set hold" -l keep-explicit -d 'skip threads that have a priority of their own'
complete -c ioprioctl -n "__ioprioctl_in run" -l hold -d 'while ioprioctl runs'
complete -c ioprioctl -n "__ioprioctl_in list" -l watch -d 'repeatedly, with traffic'
complete -c ioprioctl -n "__ioprioctl_in list" -l count -x -d 'end after N tables'
complete -c ioprioctl -n "__ioprioctl_in monitor" -l interval -x -d 'seconds between updates'
complete -c ioprioctl -n "__ioprioctl_in check" -l udev-rule -d 'print a udev rule'
# of ionice
complete -c ioprioctl -n "__ioprioctl_in ''" -s c -l class -xa '(__ioprioctl_priorities)' -d 'class, by name or number'
complete -c ioprioctl -n "__ioprioctl_in ''" -s n -l classdata -xa '0 1 2 3 4 5 6 7' -d 'level'
complete -c ioprioctl -n "__ioprioctl_in ''" -s p -l pid -xa '(__ioprioctl_own pid)' -d processes
complete -c ioprioctl -n "__ioprioctl_in ''" -s P -l pgid -xa '(__ioprioctl_own pgid)' -d 'process groups'
complete -c ioprioctl -n "__ioprioctl_in ''" -s u -l uid -xa '(__fish_complete_users)' -d users
complete -c ioprioctl -n "__ioprioctl_in ''" -s t -l ignore -d 'go on after failures'
complete -c ioprioctl -n "__ioprioctl_in '' get set devices" -s H -l host -xa '(__fish_complete_user_at_hosts)' -d 'use the service of another machine'
