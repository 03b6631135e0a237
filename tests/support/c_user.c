/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * c_user - a program in C that uses <iopriority.h>, as a user of the test's choice.
 *
 *   set PID PRIORITY FLAGS | set-pidfd PID PRIORITY FLAGS | set-group PGID PRIORITY FLAGS | set-user UID PRIORITY FLAGS
 * | set-unit NAME PRIORITY FLAGS | get PID - FLAGS | hold PID PRIORITY FLAGS | lost | release | lower-self | timeout
 * MILLISECONDS                                                                      a line of input each
 *
 * Prints a line for each: `ok NUMBER` (threads, or 0), `ok CLASS LEVEL`, `yes` or `no` for lost, or `error ERRNO CODE
 * D-BUS-NAME TEXT`. "ready" comes first. ctypes_user.py is the same in Python.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <iopriority.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static iopriority_client* client;
static int lease = -1;

static void answer(int result, iopriority_error* error) {
    if (result < 0) {
        printf("error %s %d %s %s\n", strerrorname_np(-result), iopriority_error_code(error),
               iopriority_error_name(error), iopriority_error_message(error));
    } else {
        printf("ok %d\n", result);
    }
    iopriority_error_free(error);
}

static void get(pid_t pid, unsigned flags) {
    iopriority_error* error = NULL;
    int io_class = -1;
    unsigned level = 99;
    const int result = iopriority_get(client, pid, &io_class, &level, flags, &error);
    if (result < 0) {
        answer(result, error);
    } else {
        printf("ok %s %u\n", iopriority_class_name(io_class), level);
    }
}

static int set_by_pidfd(pid_t pid, int io_class, unsigned level, unsigned flags, iopriority_error** error) {
    const int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    const int result = iopriority_set_pidfd(client, pidfd, io_class, level, flags, error);
    close(pidfd);
    return result;
}

static void change(const char* verb, const char* target, const char* priority, unsigned flags) {
    iopriority_error* error = NULL;
    const unsigned number = (unsigned)strtoul(target, NULL, 10);
    const pid_t pid = (pid_t)number;
    int io_class = -1;
    unsigned level = 99;
    int result = iopriority_parse(priority, &io_class, &level, &error);
    if (result < 0) {
        answer(result, error);
        return;
    }
    if (strcmp(verb, "set") == 0) {
        result = iopriority_set_process(client, pid, io_class, level, flags, &error);
    } else if (strcmp(verb, "set-pidfd") == 0) {
        result = set_by_pidfd(pid, io_class, level, flags, &error);
    } else if (strcmp(verb, "set-group") == 0) {
        result = iopriority_set_group(client, pid, io_class, level, flags, &error);
    } else if (strcmp(verb, "set-user") == 0) {
        result = iopriority_set_user(client, number, io_class, level, flags, &error);
    } else if (strcmp(verb, "set-unit") == 0) {
        result = iopriority_set_unit(client, target, io_class, level, flags, &error);
    } else {
        result = lease = iopriority_hold_process(client, pid, io_class, level, flags, &error);
        result = result < 0 ? result : 0;
    }
    answer(result, error);
}

static void lower_self(void) {
    iopriority_error* error = NULL;
    const int result = iopriority_lower_self(&error);
    answer(result, error);
}

static void say_whether_lost(void) {
    struct pollfd end = {.fd = lease, .events = POLLIN};
    puts(poll(&end, 1, 0) > 0 ? "yes" : "no");
}

static void obey(char* line) {
    const char* words[4] = {"", "", "", ""};
    char* rest = NULL;
    unsigned flags = 0;
    int i = 0;
    for (char* word = strtok_r(line, " \n", &rest); word != NULL && i < 4; word = strtok_r(NULL, " \n", &rest)) {
        words[i++] = word;
    }
    flags = (unsigned)strtoul(words[3], NULL, 0);
    if (strcmp(words[0], "get") == 0) {
        get((pid_t)strtoul(words[1], NULL, 10), flags);
    } else if (strcmp(words[0], "lower-self") == 0) {
        lower_self();
    } else if (strcmp(words[0], "timeout") == 0) {
        iopriority_client_set_timeout(client, (uint32_t)strtoul(words[1], NULL, 10));
        puts("ok 0");
    } else if (strcmp(words[0], "lost") == 0) {
        say_whether_lost();
    } else if (strcmp(words[0], "release") == 0) {
        printf("ok %d\n", close(lease));
    } else {
        change(words[0], words[1], words[2], flags);
    }
}

int main(void) {
    char line[256];
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (iopriority_client_new(&client, NULL) < 0) {
        return 1;
    }
    puts("ready");
    while (fgets(line, sizeof line, stdin) != NULL) {
        obey(line);
    }
    iopriority_client_free(client);
    return 0;
}
