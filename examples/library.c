/* SPDX-FileCopyrightText: The iopriority authors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Puts a process into the background: in C with libiopriority, which asks the service only where it must.
 *
 *   cc -o background library.c $(pkg-config --cflags --libs iopriority)
 *   ./background PID
 */
#include <iopriority.h>
#include <stdio.h>
#include <stdlib.h>

static int refused(iopriority_error* error) {
    switch (iopriority_error_code(error)) {
        case IOPRIORITY_ERROR_DISMISSED: /* the person closed the dialog: no more is to be said */
            fprintf(stderr, "cancelled\n");
            break;
        case IOPRIORITY_ERROR_ACCESS_DENIED:
        case IOPRIORITY_ERROR_INTERACTION_REQUIRED:
            fprintf(stderr, "not authorized: %s\n", iopriority_error_message(error));
            break;
        default:
            fprintf(stderr, "failed: %s\n", iopriority_error_message(error));
    }
    iopriority_error_free(error);
    return EXIT_FAILURE;
}

static int put_into_background(iopriority_client* client, pid_t pid) {
    iopriority_error* error = NULL;
    int io_class = 0;
    unsigned level = 0;
    if (iopriority_get(client, pid, 0, &io_class, &level, &error) < 0) {
        return refused(error);
    }
    printf("before: %s %u\n", iopriority_class_name(io_class), level);

    const int threads = iopriority_set_process(client, pid, IOPRIORITY_IDLE, 0, IOPRIORITY_INTERACTIVE, &error);
    if (threads < 0) {
        return refused(error);
    }
    printf("threads: %d\n", threads);

    if (iopriority_get(client, pid, 0, &io_class, &level, &error) < 0) {
        return refused(error);
    }
    printf("after: %s %u\n", iopriority_class_name(io_class), level);
    return EXIT_SUCCESS;
}

int main(int argc, char** argv) {
    if (argc > 2) {
        fprintf(stderr, "usage: %s [PID]\n", argv[0]);
        return 2;
    }
    char* end = NULL;
    const long number = argc == 2 ? strtol(argv[1], &end, 10) : 0; /* 0 is this process */
    const pid_t pid = (pid_t)number;
    if (argc == 2 && (end == argv[1] || *end != '\0' || number < 0 || pid != number)) {
        fprintf(stderr, "failed: %s is not a process id\n", argv[1]);
        return EXIT_FAILURE;
    }
    iopriority_client* client = NULL;
    iopriority_error* error = NULL;
    if (iopriority_client_new(&client, &error) < 0) {
        return refused(error);
    }
    const int status = put_into_background(client, pid);
    iopriority_client_free(client);
    return status;
}
