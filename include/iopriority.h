/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * @file
 * The library for C, and for every language that can call C. What it has in full is for C++: <iopriority/client.hpp>.
 *
 * A function that can fail returns a negative errno value, and sets what its last argument points to (NULL: not wanted)
 * to an error with text, code and D-Bus name, to be freed with iopriority_error_free(). If it succeeds, and where there
 * is no memory for an error, it sets that to NULL.
 *
 *     iopriority_client *client = NULL;
 *     iopriority_error *error = NULL;
 *     if (iopriority_client_new(&client, &error) < 0 ||
 *         iopriority_set_process(client, 1234, IOPRIORITY_IDLE, 0, IOPRIORITY_INTERACTIVE, &error) < 0) {
 *         fprintf(stderr, "%s\n", iopriority_error_message(error));
 *     }
 *     iopriority_error_free(error);
 *     iopriority_client_free(client);
 *
 *     cc example.c $(pkg-config --cflags --libs iopriority)
 *
 * No exception comes out of these functions, and none of them is a cancellation point. They block until the answer is
 * there: with IOPRIORITY_INTERACTIVE as long as a dialog stays open, so call them from a thread of their own where a
 * user interface must go on. Text is UTF-8.
 */
#ifndef IOPRIORITY_H
#define IOPRIORITY_H

#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Marks what the shared library exports. */
#define IOPRIORITY_C_API __attribute__((visibility("default")))

/** The kernel's four I/O scheduling classes, with the kernel's numbers (ioprio_set(2)). */
enum iopriority_class {
    IOPRIORITY_NONE = 0,        /**< nothing set: the thread follows its CPU nice value and scheduling policy */
    IOPRIORITY_REALTIME = 1,    /**< served before everybody else */
    IOPRIORITY_BEST_EFFORT = 2, /**< the usual class */
    IOPRIORITY_IDLE = 3         /**< served when nobody else wants the disk */
};

/** How one call is made; combined with |. A bit that a function has no use for is refused with -EINVAL. */
enum iopriority_flags {
    /** polkit may ask a person for a password: the call then waits without end, unless a timeout is set. */
    IOPRIORITY_INTERACTIVE = 1 << 0,
    /** Only by system calls of the caller itself, never by the service. */
    IOPRIORITY_KERNEL_ONLY = 1 << 1,
    /** Only by the service. With neither, the service is asked where the kernel answers EPERM. */
    IOPRIORITY_SERVICE_ONLY = 1 << 2,
    /** iopriority_set_process() and iopriority_set_pidfd(): the process and the whole tree of its descendants. */
    IOPRIORITY_DESCENDANTS = 1 << 3,
    /** iopriority_set_user(): leave out threads that carry a priority of their own. */
    IOPRIORITY_KEEP_EXPLICIT = 1 << 4,
    /** iopriority_set_unit(): a unit of the calling user's own service manager. */
    IOPRIORITY_USER_UNIT = 1 << 5
};

/** What went wrong. Numbers stay; new ones may come. In brackets what the function has returned. */
enum iopriority_code {
    IOPRIORITY_ERROR_INVALID_ARGUMENT = 1,      /**< an argument is not of the contract (-EINVAL) */
    IOPRIORITY_ERROR_ACCESS_DENIED = 2,         /**< polkit or the kernel said no (-EACCES) */
    IOPRIORITY_ERROR_INTERACTION_REQUIRED = 3,  /**< polkit would ask: pass IOPRIORITY_INTERACTIVE (-EACCES) */
    IOPRIORITY_ERROR_DISMISSED = 4,             /**< the person closed the dialog: say no more (-ECANCELED) */
    IOPRIORITY_ERROR_LIMITS_EXCEEDED = 5,       /**< too many requests of this user wait (-ENOBUFS) */
    IOPRIORITY_ERROR_NO_SUCH_PROCESS = 6,       /**< no such process, group or user, or it ended (-ESRCH) */
    IOPRIORITY_ERROR_AUTHORITY_UNAVAILABLE = 7, /**< polkit did not answer: nothing was changed (-EHOSTUNREACH) */
    IOPRIORITY_ERROR_FOREIGN_PID_NAMESPACE = 8, /**< a bare pid from another pid namespace: use a pidfd (-EREMOTE) */
    IOPRIORITY_ERROR_PARTIALLY_APPLIED = 9,     /**< only some threads are as wanted (-EPERM) */
    IOPRIORITY_ERROR_SERVICE_UNAVAILABLE = 10,  /**< the bus or the service cannot be reached (-EHOSTUNREACH) */
    IOPRIORITY_ERROR_TIMED_OUT = 11,            /**< no answer in time; it may have been done or not (-ETIMEDOUT) */
    IOPRIORITY_ERROR_FAILED = 12                /**< anything else, in the kernel's words (-EIO; memory: -ENOMEM) */
};

/** A way to the kernel and, connected when first needed, to the service. May be used from several threads. */
typedef struct iopriority_client iopriority_client;

/** An error. It belongs to who asked for it. */
typedef struct iopriority_error iopriority_error;

/**
 * Makes a client. It costs nothing before it is used. As with all threads, a child of fork(2) has no use of it.
 * @param[out] client set to the client, NULL on failure; freed with iopriority_client_free().
 * @param[out] error may be NULL.
 * @return 0, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_client_new(iopriority_client** client, iopriority_error** error);

/**
 * Frees a client. None of its calls may be under way.
 * @param client may be NULL.
 */
IOPRIORITY_C_API void iopriority_client_free(iopriority_client* client);

/**
 * How long the calls that follow wait for the service. Not while another thread uses the client.
 * @param client the client.
 * @param milliseconds 0: 25 s, or without end with IOPRIORITY_INTERACTIVE, as it is from the beginning.
 */
IOPRIORITY_C_API void iopriority_client_set_timeout(iopriority_client* client, uint32_t milliseconds);

/**
 * Sets every thread of a process, also those that start meanwhile.
 * @param client the client.
 * @param pid 0 is the calling process.
 * @param io_class one of enum iopriority_class.
 * @param level 0 (served first) to 7 (served last) for realtime and best-effort; 0 for none and idle.
 * @param flags of enum iopriority_flags.
 * @param[out] error may be NULL.
 * @return how many threads read back as wanted, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_set_process(iopriority_client* client, pid_t pid, int io_class, unsigned level,
                                            unsigned flags, iopriority_error** error);

/**
 * The same for the process of a descriptor that pidfd_open(2) made: its number cannot come to mean another process.
 * @param client the client.
 * @param pidfd stays the caller's.
 * @param io_class, level, flags, error as in iopriority_set_process().
 * @return how many threads read back as wanted, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_set_pidfd(iopriority_client* client, int pidfd, int io_class, unsigned level,
                                          unsigned flags, iopriority_error** error);

/**
 * The same for all members of a process group.
 * @param client the client.
 * @param pgid 0 is the caller's own.
 * @param io_class, level, flags, error as in iopriority_set_process().
 * @return how many threads read back as wanted, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_set_group(iopriority_client* client, pid_t pgid, int io_class, unsigned level,
                                          unsigned flags, iopriority_error** error);

/**
 * The same for every thread whose real uid is uid, now.
 * @param client the client.
 * @param uid 0 is root.
 * @param io_class, level, flags, error as in iopriority_set_process().
 * @return how many threads read back as wanted, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_set_user(iopriority_client* client, uid_t uid, int io_class, unsigned level,
                                         unsigned flags, iopriority_error** error);

/**
 * The same for all processes of a running systemd unit. Only the service can find them.
 * @param client the client.
 * @param unit such as "borgmatic.service".
 * @param io_class, level, flags, error as in iopriority_set_process().
 * @return how many threads read back as wanted, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_set_unit(iopriority_client* client, const char* unit, int io_class, unsigned level,
                                         unsigned flags, iopriority_error** error);

/**
 * What a backup wants at its start: CPU nice 19 and idle I/O for all threads of the calling process. By system call
 * alone: no bus, no service, no privilege, no client.
 * @param[out] error may be NULL.
 * @return how many threads read back as wanted, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_lower_self(iopriority_error** error);

/**
 * What is set on a process: of its threads' priorities the highest, in the kernel's order.
 * @param client the client.
 * @param pid 0 is the calling process.
 * @param[out] io_class set to one of enum iopriority_class; may be NULL.
 * @param[out] level set to 0 to 7; may be NULL.
 * @param flags of enum iopriority_flags.
 * @param[out] error may be NULL.
 * @return 0, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_get(iopriority_client* client, pid_t pid, int* io_class, unsigned* level,
                                    unsigned flags, iopriority_error** error);

/**
 * Sets a process for as long as a descriptor is open: close(2) it, or end, however, and what was there before comes
 * back, thread by thread. Copies of it (dup(2), a child of fork(2), SCM_RIGHTS) hold as well, the last one counts.
 * Programs that this process executes do not get it (close-on-exec). It polls as readable when the service has lost it.
 * Always done by the service.
 * @param client the client.
 * @param pid 0 is the calling process.
 * @param io_class, level, error as in iopriority_set_process().
 * @param flags IOPRIORITY_INTERACTIVE, IOPRIORITY_SERVICE_ONLY.
 * @return the descriptor, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_hold_process(iopriority_client* client, pid_t pid, int io_class, unsigned level,
                                             unsigned flags, iopriority_error** error);

/**
 * From text as people write it: CLASS or CLASS:LEVEL, or "background", "low", "normal", "high".
 * @param text such as "idle" or "best-effort:7".
 * @param[out] io_class set to one of enum iopriority_class.
 * @param[out] level set to 0 to 7.
 * @param[out] error may be NULL.
 * @return 0, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_parse(const char* text, int* io_class, unsigned* level, iopriority_error** error);

/**
 * A class in words: "none", "realtime", "best-effort", "idle".
 * @param io_class one of enum iopriority_class.
 * @return a constant; NULL for any other number.
 */
IOPRIORITY_C_API const char* iopriority_class_name(int io_class);

/**
 * What went wrong, as a number.
 * @param error may be NULL.
 * @return one of enum iopriority_code, 0 for NULL.
 */
IOPRIORITY_C_API int iopriority_error_code(const iopriority_error* error);

/**
 * The error's name on the bus, such as "org.example.IoPriority.Error.NoSuchProcess".
 * @param error may be NULL.
 * @return text that lives as long as the error; "" for NULL.
 */
IOPRIORITY_C_API const char* iopriority_error_name(const iopriority_error* error);

/**
 * What went wrong, in words for people.
 * @param error may be NULL.
 * @return text that lives as long as the error; "" for NULL.
 */
IOPRIORITY_C_API const char* iopriority_error_message(const iopriority_error* error);

/**
 * Frees an error.
 * @param error may be NULL.
 */
IOPRIORITY_C_API void iopriority_error_free(iopriority_error* error);

#ifdef __cplusplus
}
#endif

#endif /* IOPRIORITY_H */
