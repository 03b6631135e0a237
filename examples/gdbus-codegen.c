/* SPDX-FileCopyrightText: The iopriority authors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Puts a process into the background: in C with GLib and what gdbus-codegen makes of the interface file.
 *
 *   gdbus-codegen --generate-c-code io-priority --interface-prefix org.example. --c-generate-autocleanup all \
 *       --glib-min-required 2.64 /usr/share/dbus-1/interfaces/org.example.IoPriority.xml
 *   cc -o background gdbus-codegen.c io-priority.c $(pkg-config --cflags --libs gio-unix-2.0)
 *   ./background PID
 */
#include <stdio.h>
#include <stdlib.h>

#include "io-priority.h"

static GMainLoop* loop;
static int status = EXIT_FAILURE;

static void refused(GError* error) {
    g_autofree char* name = g_dbus_error_get_remote_error(error);
    g_dbus_error_strip_remote_error(error);
    if (g_strcmp0(name, "org.example.IoPriority.Error.Dismissed") == 0) {
        fprintf(stderr, "cancelled\n"); /* the person closed the dialog: no more is to be said */
    } else if (g_strcmp0(name, "org.freedesktop.DBus.Error.AccessDenied") == 0 ||
               g_strcmp0(name, "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired") == 0) {
        fprintf(stderr, "not authorized: %s\n", error->message);
    } else {
        fprintf(stderr, "failed: %s\n", error->message);
    }
}

static gboolean show(IoPriority* service, const char* when, guint pid) {
    g_autoptr(GError) error = NULL;
    g_autofree char* io_class = NULL;
    guint level = 0;
    if (!io_priority_call_get_sync(service, pid, G_DBUS_CALL_FLAGS_NONE, -1, &io_class, &level, NULL, &error)) {
        refused(error);
        return FALSE;
    }
    printf("%s: %s %u\n", when, io_class, level);
    return TRUE;
}

static void on_set(GObject* source, GAsyncResult* result, gpointer pid) {
    g_autoptr(GError) error = NULL;
    guint threads = 0;
    if (!io_priority_call_set_process_finish(IO_PRIORITY(source), &threads, result, &error)) {
        refused(error);
    } else {
        printf("threads: %u\n", threads);
        status = show(IO_PRIORITY(source), "after", GPOINTER_TO_UINT(pid)) ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    g_main_loop_quit(loop);
}

int main(int argc, char** argv) {
    g_autoptr(GError) error = NULL;
    char* end = NULL;
    const gint64 number = argc == 2 ? g_ascii_strtoll(argv[1], &end, 10) : 0; /* 0 is this process */
    const guint pid = (guint)number;
    if (argc == 2 && (end == argv[1] || *end != '\0' || number < 0 || pid != number)) {
        fprintf(stderr, "failed: %s is not a process id\n", argv[1]);
        return EXIT_FAILURE;
    }
    g_autoptr(IoPriority) service = io_priority_proxy_new_for_bus_sync(
        G_BUS_TYPE_SYSTEM, G_DBUS_PROXY_FLAGS_NONE, "org.example.IoPriority", "/org/example/IoPriority", NULL, &error);
    if (service == NULL) {
        fprintf(stderr, "failed: %s\n", error->message);
        return EXIT_FAILURE;
    }
    if (!show(service, "before", pid)) {
        return EXIT_FAILURE;
    }
    /* polkit may ask a person, and the answer takes as long as the person does. */
    io_priority_call_set_process(service, pid, "idle", 0, G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, G_MAXINT,
                                 NULL, on_set, GUINT_TO_POINTER(pid));
    loop = g_main_loop_new(NULL, FALSE);
    g_main_loop_run(loop);
    g_main_loop_unref(loop);
    return status;
}
