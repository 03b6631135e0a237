/* SPDX-FileCopyrightText: The iopriority authors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* <iopriority.h> in C: what is refused at the border, and what needs no bus. Sets this process itself. */
#include <errno.h>
#include <iopriority.h>
#include <pthread.h>
#include <stdint.h>
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
    CHECK(iopriority_get(client, 0, IOPRIORITY_KERNEL_ONLY, &io_class, NULL, NULL) == 0);
    return io_class;
}

static void refuses_null(iopriority_client* client, const iopriority_target* self) {
    int io_class = 0;
    unsigned level = 0;
    int fd = -1;
    iopriority_target* target = NULL;
    iopriority_details* details = NULL;
    iopriority_devices* devices = NULL;
    REFUSED("ret_client is NULL", iopriority_client_new(NULL, &error));
    REFUSED("host is NULL", iopriority_client_new_on_host(NULL, &client, &error));
    REFUSED("ret_target is NULL", iopriority_target_new_process(0, NULL, &error));
    REFUSED("pids is NULL", iopriority_target_new_processes(NULL, 1, &target, &error));
    REFUSED("pidfds is NULL", iopriority_target_new_pidfds(NULL, 1, &target, &error));
    REFUSED("unit is NULL", iopriority_target_new_unit(NULL, &target, &error));
    REFUSED("unit is NULL", iopriority_target_new_user_unit(NULL, &target, &error));
    REFUSED("client is NULL", iopriority_set(NULL, self, IOPRIORITY_IDLE, 0, 0, NULL, &error));
    REFUSED("target is NULL", iopriority_set(client, NULL, IOPRIORITY_IDLE, 0, 0, NULL, &error));
    REFUSED("client is NULL", iopriority_set_process(NULL, 0, IOPRIORITY_IDLE, 0, 0, &error));
    REFUSED("client is NULL", iopriority_set_user(NULL, 0, IOPRIORITY_IDLE, 0, 0, &error));
    REFUSED("client is NULL", iopriority_hold(NULL, self, IOPRIORITY_IDLE, 0, 0, &fd, NULL, &error));
    REFUSED("target is NULL", iopriority_hold(client, NULL, IOPRIORITY_IDLE, 0, 0, &fd, NULL, &error));
    REFUSED("ret_fd is NULL", iopriority_hold(client, self, IOPRIORITY_IDLE, 0, 0, NULL, NULL, &error));
    REFUSED("client is NULL", iopriority_describe(NULL, self, 0, &details, &error));
    REFUSED("target is NULL", iopriority_describe(client, NULL, 0, &details, &error));
    REFUSED("ret_details is NULL", iopriority_describe(client, self, 0, NULL, &error));
    REFUSED("client is NULL", iopriority_get(NULL, 0, 0, &io_class, &level, &error));
    REFUSED("client is NULL", iopriority_list_devices(NULL, 0, &devices, &error));
    REFUSED("ret_devices is NULL", iopriority_list_devices(client, 0, NULL, &error));
    REFUSED("text is NULL", iopriority_parse(NULL, &io_class, &level, &error));
    REFUSED("ret_io_class is NULL", iopriority_parse("idle", NULL, &level, &error));
    REFUSED("ret_level is NULL", iopriority_parse("idle", &io_class, NULL, &error));
    CHECK(iopriority_set_process(NULL, 0, IOPRIORITY_IDLE, 0, 0, NULL) == -EINVAL);
    CHECK(target == NULL && details == NULL && devices == NULL && fd == -1);
}

static void has_nothing_in_null(void) {
    iopriority_client_set_timeout(NULL, 1);
    iopriority_client_free(NULL);
    iopriority_target_free(NULL);
    iopriority_result_free(NULL);
    iopriority_details_free(NULL);
    iopriority_devices_free(NULL);
    iopriority_error_free(NULL);
    CHECK(iopriority_error_code(NULL) == 0);
    CHECK(strcmp(iopriority_error_name(NULL), "") == 0);
    CHECK(strcmp(iopriority_error_message(NULL), "") == 0);
    CHECK(iopriority_result_processes(NULL) == 0 && iopriority_result_threads(NULL) == 0);
    CHECK(iopriority_result_by_service(NULL) == 0);
    CHECK(iopriority_result_before(NULL, NULL, NULL) == -EINVAL);
    CHECK(iopriority_result_before_breakdown(NULL, 0, NULL, NULL) == 0);
    CHECK(iopriority_result_left_alone(NULL, 0, NULL, NULL) == 0);
    CHECK(iopriority_details_set(NULL, NULL, NULL) == -EINVAL);
    CHECK(iopriority_details_effective(NULL, NULL, NULL) == -EINVAL);
    CHECK(strcmp(iopriority_details_source(NULL), "") == 0);
    CHECK(iopriority_details_uniform(NULL) == 0 && iopriority_details_each_cut(NULL) == 0);
    CHECK(iopriority_details_processes(NULL) == 0 && iopriority_details_threads(NULL) == 0);
    CHECK(iopriority_details_breakdown(NULL, 0, NULL, NULL) == 0);
    CHECK(iopriority_details_user(NULL, 0, NULL) == 0);
    CHECK(iopriority_details_program(NULL, 0, NULL) == 0);
    CHECK(iopriority_details_each(NULL, 0, NULL, NULL) == 0);
    CHECK(iopriority_devices_get(NULL, 0, NULL, NULL, NULL) == 0);
}

static void refuses_wrong_values(iopriority_client* client, const iopriority_target* self) {
    const int open_once[17] = {0};
    int io_class = 77;
    unsigned level = 77;
    iopriority_target* target = NULL;
    iopriority_details* details = NULL;
    REFUSED("io_class 4", iopriority_set_process(client, 0, 4, 0, 0, &error));
    REFUSED("io_class -1", iopriority_set_process(client, 0, -1, 0, 0, &error));
    REFUSED("level 8", iopriority_set_process(client, 0, IOPRIORITY_BEST_EFFORT, 8, 0, &error));
    REFUSED("level 1", iopriority_set_process(client, 0, IOPRIORITY_IDLE, 1, 0, &error));
    REFUSED("pid -1", iopriority_set_process(client, -1, IOPRIORITY_IDLE, 0, 0, &error));
    REFUSED("pid -1", iopriority_target_new_process(-1, &target, &error));
    REFUSED("a list of 0", iopriority_target_new_processes(NULL, 0, &target, &error));
    REFUSED("pidfd -1", iopriority_target_new_pidfd(-1, &target, &error));
    REFUSED("a list of 17", iopriority_target_new_pidfds(open_once, 17, &target, &error));
    REFUSED("pgid -1", iopriority_target_new_group(-1, &target, &error));
    REFUSED("uid 4294967295", iopriority_target_new_user((uid_t)-1, &target, &error));
    REFUSED("uid 4294967295", iopriority_set_user(client, (uid_t)-1, IOPRIORITY_IDLE, 0, 0, &error));
    REFUSED("flags 1024", iopriority_set(client, self, IOPRIORITY_IDLE, 0, 1024, NULL, &error));
    REFUSED("flags 6", iopriority_set(client, self, IOPRIORITY_IDLE, 0,
                                      IOPRIORITY_KERNEL_ONLY | IOPRIORITY_SERVICE_ONLY, NULL, &error));
    REFUSED("descendants", iopriority_set_user(client, 0, IOPRIORITY_IDLE, 0, IOPRIORITY_DESCENDANTS, &error));
    REFUSED("flags 8", iopriority_get(client, 0, IOPRIORITY_DESCENDANTS, &io_class, &level, &error));
    REFUSED("flags 16", iopriority_describe(client, self, IOPRIORITY_KEEP_EXPLICIT, &details, &error));
    REFUSED("purple", iopriority_parse("purple", &io_class, &level, &error));
    CHECK(io_class == 77 && level == 77 && target == NULL && details == NULL);
    CHECK(iopriority_class_name(4) == NULL);
    CHECK(iopriority_class_name(-1) == NULL);
    CHECK(class_of_self(client) == IOPRIORITY_NONE);
}

static void holds_nothing_by_the_kernel_alone(iopriority_client* client, const iopriority_target* self) {
    int fd = -1;
    REFUSED("by the service alone",
            iopriority_hold(client, self, IOPRIORITY_IDLE, 0, IOPRIORITY_KERNEL_ONLY, &fd, NULL, &error));
    CHECK(fd == -1);
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
    CHECK(IOPRIORITY_DESCENDANTS == 8 && IOPRIORITY_KEEP_EXPLICIT == 16);
    CHECK(IOPRIORITY_HONOURS_NOTHING == 0 && IOPRIORITY_HONOURS_CLASSES == 1 && IOPRIORITY_HONOURS_ALL == 2);
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
    CHECK(iopriority_get(client, getpid(), IOPRIORITY_KERNEL_ONLY, &io_class, &level, NULL) == 0);
    CHECK(io_class == IOPRIORITY_BEST_EFFORT && level == 5);
    CHECK(iopriority_set_process(client, 0, IOPRIORITY_NONE, 0, IOPRIORITY_KERNEL_ONLY, NULL) == 1);
    CHECK(class_of_self(client) == IOPRIORITY_NONE);
}

static void says_what_it_has_done(iopriority_client* client, const iopriority_target* self) {
    iopriority_result* result = NULL;
    CHECK(iopriority_set(client, self, IOPRIORITY_IDLE, 0, IOPRIORITY_KERNEL_ONLY, &result, NULL) == 1);
    CHECK(iopriority_result_processes(result) == 1 && iopriority_result_threads(result) == 1);
    CHECK(iopriority_result_by_service(result) == 0);
    CHECK(iopriority_result_left_alone(result, 0, NULL, NULL) == 0);
    iopriority_result_free(result);
    CHECK(class_of_self(client) == IOPRIORITY_IDLE);
}

static void describes(iopriority_client* client, const iopriority_target* self) {
    iopriority_details* details = NULL;
    const char* priority = NULL;
    int io_class = -1;
    unsigned level = 99;
    unsigned threads = 99;
    CHECK(iopriority_set_process(client, 0, IOPRIORITY_BEST_EFFORT, 2, IOPRIORITY_KERNEL_ONLY, NULL) == 1);
    CHECK(iopriority_describe(client, self, IOPRIORITY_KERNEL_ONLY, &details, NULL) == 0);
    CHECK(iopriority_details_set(details, &io_class, &level) == 0);
    CHECK(io_class == IOPRIORITY_BEST_EFFORT && level == 2);
    CHECK(iopriority_details_effective(details, &io_class, NULL) == 0 && io_class == IOPRIORITY_BEST_EFFORT);
    CHECK(strcmp(iopriority_details_source(details), "set") == 0);
    CHECK(iopriority_details_uniform(details) == 1);
    CHECK(iopriority_details_processes(details) == 1 && iopriority_details_threads(details) == 1);
    CHECK(iopriority_details_breakdown(details, 0, &priority, &threads) == 1);
    CHECK(strcmp(priority, "best-effort:2") == 0 && threads == 1);
    CHECK(iopriority_details_breakdown(details, 1, NULL, NULL) == 0);
    CHECK(iopriority_details_each(details, 0, NULL, NULL) == 0 && iopriority_details_each_cut(details) == 0);
    iopriority_details_free(details);
}

static void lists_devices(iopriority_client* client) {
    iopriority_devices* devices = NULL;
    const char* name = NULL;
    const char* scheduler = NULL;
    int honours = -1;
    size_t count = 0;
    CHECK(iopriority_list_devices(client, IOPRIORITY_KERNEL_ONLY, &devices, NULL) == 0);
    while (iopriority_devices_get(devices, count, &name, &scheduler, &honours) == 1) {
        CHECK(strlen(name) > 0 && strlen(scheduler) > 0);
        CHECK(honours >= IOPRIORITY_HONOURS_NOTHING && honours <= IOPRIORITY_HONOURS_ALL);
        ++count;
    }
    CHECK(iopriority_devices_get(devices, count, NULL, NULL, NULL) == 0);
    iopriority_devices_free(devices);
}

/* With a cancellation pending, every system call that is a cancellation point would act on it. */
static void* call_although_cancelled(void* data) {
    iopriority_client* client = data;
    static int came_back;
    pthread_cancel(pthread_self());
    came_back = iopriority_get(client, 0, IOPRIORITY_KERNEL_ONLY, NULL, NULL, NULL) == 0;
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

/* Sanitizers end the program where memory is asked for that nobody has. */
static void says_that_memory_is_short(void) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    const pid_t self = getpid();
    iopriority_target* target = NULL;
    iopriority_error* error = NULL;
    CHECK(iopriority_target_new_processes(&self, SIZE_MAX / 8, &target, &error) == -ENOMEM);
    CHECK(target == NULL && error == NULL);
    CHECK(iopriority_target_new_processes(&self, SIZE_MAX / 2, &target, &error) == -EIO);
    CHECK(target == NULL && iopriority_error_code(error) == IOPRIORITY_ERROR_FAILED);
    CHECK(strlen(iopriority_error_message(error)) > 0);
    iopriority_error_free(error);
#endif
}

int main(void) {
    iopriority_client* client = NULL;
    iopriority_target* self = NULL;
    lowers_itself();
    CHECK(iopriority_client_new(&client, NULL) == 0);
    CHECK(iopriority_target_new_process(0, &self, NULL) == 0);
    CHECK(iopriority_set_process(client, 0, IOPRIORITY_NONE, 0, IOPRIORITY_KERNEL_ONLY, NULL) == 1);
    refuses_null(client, self);
    has_nothing_in_null();
    refuses_wrong_values(client, self);
    holds_nothing_by_the_kernel_alone(client, self);
    says_what_there_is_not(client);
    reads_words();
    keeps_its_numbers();
    sets_and_reads(client);
    says_what_it_has_done(client, self);
    describes(client, self);
    lists_devices(client);
    is_no_cancellation_point(client);
    says_that_memory_is_short();
    iopriority_target_free(self);
    iopriority_client_free(client);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
