/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <iopriority.h> in C: what is refused at the border, and what needs no bus. Sets this process itself. */
#include <errno.h>
#include <iopriority.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static int failures;

static void check(int ok, const char* what, int line) {
    if (!ok) {
        fprintf(stderr, "line %d: %s\n", line, what);
        ++failures;
    }
}
#define CHECK(condition) check((condition) ? 1 : 0, #condition, __LINE__)

/* Refused as an invalid argument, with a text that has these words; frees the error. */
static void check_refused(int result, iopriority_error* error, const char* words, int line) {
    check(result == -EINVAL, "the result is -EINVAL", line);
    check(iopriority_error_code(error) == IOPRIORITY_ERROR_INVALID_ARGUMENT, "the code says so", line);
    check(strcmp(iopriority_error_name(error), "org.freedesktop.DBus.Error.InvalidArgs") == 0, "the name says so",
          line);
    if (strstr(iopriority_error_message(error), words) == NULL) {
        fprintf(stderr, "line %d: no \"%s\" in \"%s\"\n", line, words, iopriority_error_message(error));
        ++failures;
    }
    iopriority_error_free(error);
}
#define REFUSED(words, call)                             \
    do {                                                 \
        iopriority_error* error = NULL;                  \
        const int result = (call);                       \
        check_refused(result, error, (words), __LINE__); \
    } while (0)

static int class_of_self(iopriority_client* client) {
    int io_class = -1;
    CHECK(iopriority_get(client, 0, &io_class, NULL, IOPRIORITY_KERNEL_ONLY, NULL) == 0);
    return io_class;
}

static void refuses_null(iopriority_client* client) {
    int io_class = 0;
    unsigned level = 0;
    REFUSED("client is NULL", iopriority_client_new(NULL, &error));
    REFUSED("client is NULL", iopriority_set_process(NULL, 0, IOPRIORITY_IDLE, 0, 0, &error));
    REFUSED("client is NULL", iopriority_set_pidfd(NULL, 0, IOPRIORITY_IDLE, 0, 0, &error));
    REFUSED("client is NULL", iopriority_set_group(NULL, 0, IOPRIORITY_IDLE, 0, 0, &error));
    REFUSED("client is NULL", iopriority_set_user(NULL, 0, IOPRIORITY_IDLE, 0, 0, &error));
    REFUSED("client is NULL", iopriority_set_unit(NULL, "a.service", IOPRIORITY_IDLE, 0, 0, &error));
    REFUSED("client is NULL", iopriority_get(NULL, 0, &io_class, &level, 0, &error));
    REFUSED("client is NULL", iopriority_hold_process(NULL, 0, IOPRIORITY_IDLE, 0, 0, &error));
    REFUSED("unit is NULL", iopriority_set_unit(client, NULL, IOPRIORITY_IDLE, 0, 0, &error));
    REFUSED("text is NULL", iopriority_parse(NULL, &io_class, &level, &error));
    REFUSED("io_class is NULL", iopriority_parse("idle", NULL, &level, &error));
    REFUSED("level is NULL", iopriority_parse("idle", &io_class, NULL, &error));
    CHECK(iopriority_set_process(NULL, 0, IOPRIORITY_IDLE, 0, 0, NULL) == -EINVAL);
    iopriority_client_set_timeout(NULL, 1);
    iopriority_client_free(NULL);
    iopriority_error_free(NULL);
    CHECK(iopriority_error_code(NULL) == 0);
    CHECK(strcmp(iopriority_error_name(NULL), "") == 0);
    CHECK(strcmp(iopriority_error_message(NULL), "") == 0);
}

static void refuses_wrong_values(iopriority_client* client) {
    int io_class = 77;
    unsigned level = 77;
    REFUSED("io_class 4", iopriority_set_process(client, 0, 4, 0, 0, &error));
    REFUSED("io_class -1", iopriority_set_process(client, 0, -1, 0, 0, &error));
    REFUSED("level 8", iopriority_set_process(client, 0, IOPRIORITY_BEST_EFFORT, 8, 0, &error));
    REFUSED("level 1", iopriority_set_process(client, 0, IOPRIORITY_IDLE, 1, 0, &error));
    REFUSED("pid -1", iopriority_set_process(client, -1, IOPRIORITY_IDLE, 0, 0, &error));
    REFUSED("pidfd -1", iopriority_set_pidfd(client, -1, IOPRIORITY_IDLE, 0, 0, &error));
    REFUSED("pgid -1", iopriority_set_group(client, -1, IOPRIORITY_IDLE, 0, 0, &error));
    REFUSED("uid 4294967295", iopriority_set_user(client, (uid_t)-1, IOPRIORITY_IDLE, 0, 0, &error));
    REFUSED("flags 1024", iopriority_set_process(client, 0, IOPRIORITY_IDLE, 0, 1024, &error));
    REFUSED("flags 6", iopriority_set_process(client, 0, IOPRIORITY_IDLE, 0,
                                              IOPRIORITY_KERNEL_ONLY | IOPRIORITY_SERVICE_ONLY, &error));
    REFUSED("flags 16", iopriority_set_process(client, 0, IOPRIORITY_IDLE, 0, IOPRIORITY_KEEP_EXPLICIT, &error));
    REFUSED("flags 8", iopriority_set_user(client, 0, IOPRIORITY_IDLE, 0, IOPRIORITY_DESCENDANTS, &error));
    REFUSED("flags 8", iopriority_get(client, 0, &io_class, &level, IOPRIORITY_DESCENDANTS, &error));
    REFUSED("purple", iopriority_parse("purple", &io_class, &level, &error));
    CHECK(io_class == 77 && level == 77);
    CHECK(iopriority_class_name(4) == NULL);
    CHECK(iopriority_class_name(-1) == NULL);
    CHECK(class_of_self(client) == IOPRIORITY_NONE);
}

static void says_what_there_is_not(iopriority_client* client) {
    iopriority_error* error = NULL;
    CHECK(iopriority_set_process(client, 4194303, IOPRIORITY_IDLE, 0, IOPRIORITY_KERNEL_ONLY, &error) == -ESRCH);
    CHECK(iopriority_error_code(error) == IOPRIORITY_ERROR_NO_SUCH_PROCESS);
    CHECK(strcmp(iopriority_error_name(error), "org.example.IoPriority.Error.NoSuchProcess") == 0);
    CHECK(strstr(iopriority_error_message(error), "4194303") != NULL);
    iopriority_error_free(error);
}

static void reads_words(void) {
    int io_class = -1;
    unsigned level = 99;
    iopriority_error* error = (iopriority_error*)&level; /* whatever stands there: set to NULL by success */
    CHECK(iopriority_parse("best-effort:6", &io_class, &level, &error) == 0);
    CHECK(error == NULL);
    CHECK(io_class == IOPRIORITY_BEST_EFFORT && level == 6);
    CHECK(strcmp(iopriority_class_name(IOPRIORITY_NONE), "none") == 0);
    CHECK(strcmp(iopriority_class_name(IOPRIORITY_REALTIME), "realtime") == 0);
    CHECK(strcmp(iopriority_class_name(IOPRIORITY_BEST_EFFORT), "best-effort") == 0);
    CHECK(strcmp(iopriority_class_name(IOPRIORITY_IDLE), "idle") == 0);
}

/* Programs have these numbers compiled in, and other languages write them down: they are for ever. */
static void keeps_its_numbers(void) {
    CHECK(IOPRIORITY_NONE == 0 && IOPRIORITY_REALTIME == 1 && IOPRIORITY_BEST_EFFORT == 2 && IOPRIORITY_IDLE == 3);
    CHECK(IOPRIORITY_INTERACTIVE == 1 && IOPRIORITY_KERNEL_ONLY == 2 && IOPRIORITY_SERVICE_ONLY == 4);
    CHECK(IOPRIORITY_DESCENDANTS == 8 && IOPRIORITY_KEEP_EXPLICIT == 16 && IOPRIORITY_USER_UNIT == 32);
    CHECK(IOPRIORITY_ERROR_INVALID_ARGUMENT == 1 && IOPRIORITY_ERROR_ACCESS_DENIED == 2);
    CHECK(IOPRIORITY_ERROR_INTERACTION_REQUIRED == 3 && IOPRIORITY_ERROR_DISMISSED == 4);
    CHECK(IOPRIORITY_ERROR_LIMITS_EXCEEDED == 5 && IOPRIORITY_ERROR_NO_SUCH_PROCESS == 6);
    CHECK(IOPRIORITY_ERROR_AUTHORITY_UNAVAILABLE == 7 && IOPRIORITY_ERROR_FOREIGN_PID_NAMESPACE == 8);
    CHECK(IOPRIORITY_ERROR_PARTIALLY_APPLIED == 9 && IOPRIORITY_ERROR_SERVICE_UNAVAILABLE == 10);
    CHECK(IOPRIORITY_ERROR_TIMED_OUT == 11 && IOPRIORITY_ERROR_FAILED == 12);
}

static void sets_and_reads(iopriority_client* client) {
    int io_class = -1;
    unsigned level = 99;
    CHECK(iopriority_set_process(client, 0, IOPRIORITY_BEST_EFFORT, 5, IOPRIORITY_KERNEL_ONLY, NULL) == 1);
    CHECK(iopriority_get(client, getpid(), &io_class, &level, IOPRIORITY_KERNEL_ONLY, NULL) == 0);
    CHECK(io_class == IOPRIORITY_BEST_EFFORT && level == 5);
    CHECK(iopriority_set_process(client, 0, IOPRIORITY_NONE, 0, IOPRIORITY_KERNEL_ONLY, NULL) == 1);
    CHECK(class_of_self(client) == IOPRIORITY_NONE);
}

/* With a cancellation pending, every system call that is a cancellation point would act on it. */
static void* call_although_cancelled(void* data) {
    iopriority_client* client = data;
    static int came_back;
    pthread_cancel(pthread_self());
    came_back = iopriority_get(client, 0, NULL, NULL, IOPRIORITY_KERNEL_ONLY, NULL) == 0;
    CHECK(came_back);
    pthread_testcancel();
    CHECK(!"a cancelled thread ends after the call");
    return NULL;
}

static void is_no_cancellation_point(iopriority_client* client) {
    pthread_t thread;
    void* end = NULL;
    CHECK(pthread_create(&thread, NULL, call_although_cancelled, client) == 0);
    CHECK(pthread_join(thread, &end) == 0);
    CHECK(end == PTHREAD_CANCELED);
}

static void lowers_itself(void) {
    const pid_t child = fork();
    int status = -1;
    if (child == 0) {
        const int threads = iopriority_lower_self(NULL);
        _exit(threads == 1 && getpriority(PRIO_PROCESS, 0) == 19 ? 0 : 1);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

int main(void) {
    iopriority_client* client = NULL;
    lowers_itself();
    CHECK(iopriority_client_new(&client, NULL) == 0);
    CHECK(iopriority_set_process(client, 0, IOPRIORITY_NONE, 0, IOPRIORITY_KERNEL_ONLY, NULL) == 1);
    refuses_null(client);
    refuses_wrong_values(client);
    says_what_there_is_not(client);
    reads_words();
    keeps_its_numbers();
    sets_and_reads(client);
    is_no_cancellation_point(client);
    iopriority_client_free(client);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
