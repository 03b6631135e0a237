/* SPDX-FileCopyrightText: The iopriority authors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * glib_user - a program in C with what gdbus-codegen makes of org.example.IoPriority.Extended1.
 *
 *   hold PID CLASS | release | holds        a line of input each
 *
 * Prints a line for each: `ok`, with the number of threads or holds where there is one, or `error NAME`. "ready" comes
 * first.
 */
#include <gio/gunixfdlist.h>
#include <stdio.h>
#include <unistd.h>

#include "io-priority-extended.h"

static int hold = -1;

static void say_error(GError* error) {
    g_autofree char* name = g_dbus_error_get_remote_error(error);
    printf("error %s\n", name != NULL ? name : error->message);
}

static void take_hold(IoPriorityExtended1* service, guint pid, const char* io_class) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GUnixFDList) descriptors = NULL;
    g_autoptr(GVariant) handle = NULL;
    g_autoptr(GVariant) result = NULL;
    guint threads = 0;
    if (!io_priority_extended1_call_hold_priority_sync(service, "process",
                                                       g_variant_new_variant(g_variant_new_uint32(pid)), io_class, 0,
                                                       g_variant_new("a{sv}", NULL), G_DBUS_CALL_FLAGS_NONE, -1, NULL,
                                                       &handle, &result, &descriptors, NULL, &error)) {
        say_error(error);
        return;
    }
    hold =
        g_unix_fd_list_get(descriptors, g_variant_get_handle(handle), &error); /* a copy: the list goes with its own */
    g_variant_lookup(result, "threads", "u", &threads);
    printf("ok %u\n", threads);
}

/* Not io_priority_extended1_get_holds(): GDBusProxy keeps what it was told first, also where no change is signalled. */
static void count_holds(IoPriorityExtended1* service) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) number = NULL;
    g_autoptr(GVariant) reply = g_dbus_proxy_call_sync(
        G_DBUS_PROXY(service), "org.freedesktop.DBus.Properties.Get",
        g_variant_new("(ss)", "org.example.IoPriority.Extended1", "Holds"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
    if (reply == NULL) {
        say_error(error);
        return;
    }
    g_variant_get(reply, "(v)", &number);
    printf("ok %u\n", g_variant_get_uint32(number));
}

static void obey(IoPriorityExtended1* service, char** words) {
    if (g_strcmp0(words[0], "hold") == 0 && g_strv_length(words) == 3) {
        take_hold(service, (guint)g_ascii_strtoull(words[1], NULL, 10), words[2]);
    } else if (g_strcmp0(words[0], "release") == 0) {
        close(hold);
        printf("ok\n");
    } else if (g_strcmp0(words[0], "holds") == 0) {
        count_holds(service);
    } else {
        printf("error usage\n");
    }
}

int main(void) {
    g_autoptr(GError) error = NULL;
    g_autoptr(IoPriorityExtended1) service = io_priority_extended1_proxy_new_for_bus_sync(
        G_BUS_TYPE_SYSTEM, G_DBUS_PROXY_FLAGS_NONE, "org.example.IoPriority", "/org/example/IoPriority", NULL, &error);
    char line[100];
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (service == NULL) {
        say_error(error);
        return 1;
    }
    printf("ready\n");
    while (fgets(line, sizeof line, stdin) != NULL) {
        g_auto(GStrv) words = g_strsplit(g_strchomp(line), " ", -1);
        obey(service, words);
    }
    return 0;
}
