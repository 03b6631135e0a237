/* SPDX-FileCopyrightText: The iopriority authors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * c_user - a program in C that uses <iopriority.h>, as a user of the test's choice.
 *
 *   set PID PRIORITY FLAGS | set-user UID PRIORITY FLAGS | get PID - FLAGS | lower-self | timeout MILLISECONDS
 *   set-KIND NAME PRIORITY FLAGS | hold-KIND NAME PRIORITY FLAGS | describe-KIND NAME - FLAGS
 *   last | active | overruled | release                                                       a line of input each
 *
 * KIND: process, pidfd, group, user, unit, user-unit, or, with NUMBER,NUMBER,...: processes, pidfds.
 * Prints a line for each: `ok NUMBER` (threads, or 0), `ok CLASS LEVEL`, what is described, `yes` or `no`, what else
 * the last change said, or `error ERRNO CODE D-BUS-NAME TEXT`. "ready" comes first.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <iopriority.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static iopriority_client* client;
static iopriority_result* last;
static int hold = -1;

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
    const int result = iopriority_get(client, pid, flags, &io_class, &level, &error);
    if (result < 0) {
        answer(result, error);
    } else {
        printf("ok %s %u\n", iopriority_class_name(io_class), level);
    }
}

static size_t numbers_of(char* word, int numbers[64]) {
    char* rest = NULL;
    size_t count = 0;
    for (char* number = strtok_r(word, ",", &rest); number != NULL && count < 64; number = strtok_r(NULL, ",", &rest)) {
        numbers[count++] = (int)strtoul(number, NULL, 10);
    }
    return count;
}

/* Of descriptors that are closed at once. */
static int by_pidfds(const int* pids, size_t count, int list, iopriority_target** target, iopriority_error** error) {
    int pidfds[64];
    int result = 0;
    for (size_t i = 0; i < count; ++i) {
        pidfds[i] = (int)syscall(SYS_pidfd_open, pids[i], 0);
    }
    result = list ? iopriority_target_new_pidfds(pidfds, count, target, error)
                  : iopriority_target_new_pidfd(pidfds[0], target, error);
    for (size_t i = 0; i < count; ++i) {
        close(pidfds[i]);
    }
    return result;
}

static int target_of(const char* kind, char* name, iopriority_target** target, iopriority_error** error) {
    int numbers[64] = {0};
    size_t count = 0;
    if (strcmp(kind, "unit") == 0) {
        return iopriority_target_new_unit(name, target, error);
    }
    if (strcmp(kind, "user-unit") == 0) {
        return iopriority_target_new_user_unit(name, target, error);
    }
    count = numbers_of(name, numbers);
    if (strcmp(kind, "processes") == 0) {
        return iopriority_target_new_processes(numbers, count, target, error);
    }
    if (strncmp(kind, "pidfd", 5) == 0) {
        return by_pidfds(numbers, count, strcmp(kind, "pidfds") == 0, target, error);
    }
    if (strcmp(kind, "group") == 0) {
        return iopriority_target_new_group(numbers[0], target, error);
    }
    if (strcmp(kind, "user") == 0) {
        return iopriority_target_new_user((uid_t)numbers[0], target, error);
    }
    return iopriority_target_new_process(numbers[0], target, error);
}

static void say_details(const iopriority_details* details) {
    const iopriority_details* member = NULL;
    const char* text = NULL;
    unsigned number = 0;
    int io_class = -1;
    unsigned level = 99;
    uid_t uid = 0;
    pid_t pid = 0;
    iopriority_details_set(details, &io_class, &level);
    printf("ok %s:%u", iopriority_class_name(io_class), level);
    iopriority_details_effective(details, &io_class, &level);
    printf(" %s:%u (%s) %s %u %u", iopriority_class_name(io_class), level, iopriority_details_source(details),
           iopriority_details_uniform(details) ? "uniform" : "mixed", iopriority_details_processes(details),
           iopriority_details_threads(details));
    for (size_t i = 0; iopriority_details_breakdown(details, i, &text, &number); ++i) {
        printf(" %ux%s", number, text);
    }
    for (size_t i = 0; iopriority_details_user(details, i, &uid); ++i) {
        printf(" %u", uid);
    }
    for (size_t i = 0; iopriority_details_program(details, i, &text); ++i) {
        printf(" %s", text);
    }
    for (size_t i = 0; iopriority_details_each(details, i, &pid, &member); ++i) {
        printf(", %d ", pid);
        if (iopriority_details_set(member, &io_class, NULL) < 0) {
            printf("ended");
        } else {
            printf("%s", iopriority_class_name(io_class));
        }
    }
    puts(iopriority_details_each_cut(details) ? " and more" : "");
}

static void describe(const iopriority_target* target, unsigned flags) {
    iopriority_error* error = NULL;
    iopriority_details* details = NULL;
    const int result = iopriority_describe(client, target, flags, &details, &error);
    if (result < 0) {
        answer(result, error);
    } else {
        say_details(details);
    }
    iopriority_details_free(details);
}

static void change(const char* verb, const iopriority_target* target, const char* priority, unsigned flags) {
    iopriority_error* error = NULL;
    int io_class = -1;
    unsigned level = 99;
    int result = iopriority_parse(priority, &io_class, &level, &error);
    iopriority_result_free(last);
    last = NULL;
    if (result >= 0 && strcmp(verb, "set") == 0) {
        result = iopriority_set(client, target, io_class, level, flags, &last, &error);
    } else if (result >= 0) {
        result = iopriority_hold(client, target, io_class, level, flags, &hold, &last, &error);
    }
    answer(result, error);
}

/* The short forms. */
static void set_in_short(const char* verb, const char* target, const char* priority, unsigned flags) {
    iopriority_error* error = NULL;
    const unsigned number = (unsigned)strtoul(target, NULL, 10);
    int io_class = -1;
    unsigned level = 99;
    int result = iopriority_parse(priority, &io_class, &level, &error);
    if (result >= 0) {
        result = strcmp(verb, "set") == 0
                     ? iopriority_set_process(client, (pid_t)number, io_class, level, flags, &error)
                     : iopriority_set_user(client, number, io_class, level, flags, &error);
    }
    answer(result, error);
}

/* VERB-KIND */
static void general(char* verb, char* name, const char* priority, unsigned flags) {
    iopriority_error* error = NULL;
    iopriority_target* target = NULL;
    char* kind = strchr(verb, '-');
    int result = 0;
    *kind++ = 0;
    result = target_of(kind, name, &target, &error);
    if (result < 0) {
        answer(result, error);
    } else if (strcmp(verb, "describe") == 0) {
        describe(target, flags);
    } else {
        change(verb, target, priority, flags);
    }
    iopriority_target_free(target);
}

/* "before idle 0", "before: 1xidle 2xnone, left alone: 1xended" */
static void say_last(void) {
    const char* text = NULL;
    unsigned number = 0;
    int io_class = -1;
    if (iopriority_result_before(last, &io_class, &number) == 0) {
        printf("before %s %u", iopriority_class_name(io_class), number);
    } else {
        printf("before:");
    }
    for (size_t i = 0; iopriority_result_before_breakdown(last, i, &text, &number); ++i) {
        printf(" %ux%s", number, text);
    }
    for (size_t i = 0; iopriority_result_left_alone(last, i, &text, &number); ++i) {
        printf("%s %ux%s", i == 0 ? ", left alone:" : "", number, text);
    }
    printf(" %u %u %s\n", iopriority_result_processes(last), iopriority_result_threads(last),
           iopriority_result_by_service(last) ? "service" : "kernel");
}

static void lower_self(void) {
    iopriority_error* error = NULL;
    const int result = iopriority_lower_self(&error);
    answer(result, error);
}

static void obey(char* line) {
    char nothing[] = "";
    char* words[4] = {nothing, nothing, nothing, nothing};
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
    } else if (strcmp(words[0], "last") == 0) {
        say_last();
    } else if (strcmp(words[0], "active") == 0) {
        puts(iopriority_hold_is_active(hold) ? "yes" : "no");
    } else if (strcmp(words[0], "overruled") == 0) {
        puts(iopriority_hold_is_overruled(hold) ? "yes" : "no");
    } else if (strcmp(words[0], "release") == 0) {
        printf("ok %d\n", close(hold));
    } else if (strcmp(words[0], "set") == 0 || strcmp(words[0], "set-user") == 0) {
        set_in_short(words[0], words[1], words[2], flags);
    } else {
        general(words[0], words[1], words[2], flags);
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
    iopriority_result_free(last);
    iopriority_client_free(client);
    return 0;
}
