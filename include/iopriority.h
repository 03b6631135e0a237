/* SPDX-FileCopyrightText: The iopriority authors */
/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * @file
 * The library for C, and for every language that can call C. Unlike <iopriority/client.hpp> it has no callbacks or
 * futures, and the timeout belongs to the client, not to the call.
 *
 * A function that can fail returns a negative errno value, and sets what its last argument points to (NULL: not wanted)
 * to an error with text, code and D-Bus name, to be freed with iopriority_error_free(). If it succeeds, or if there is
 * no memory for an error, it sets that to NULL. What a function returns through a ret_ argument is set only on
 * success; NULL for such an argument means that it is not wanted, unless stated otherwise.
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
 * What set, hold and describe act on is a target:
 *
 *     const pid_t workers[] = {812, 813, 820};
 *     iopriority_target *target = NULL;
 *     int hold = -1;
 *     if (iopriority_target_new_processes(workers, 3, &target, &error) < 0 ||
 *         iopriority_hold(client, target, IOPRIORITY_IDLE, 0, IOPRIORITY_DESCENDANTS, &hold, NULL, &error) < 0) {
 *         ...
 *     }
 *     iopriority_target_free(target);
 *
 * No exception comes out of these functions, and none of them is a cancellation point. They block until the reply has
 * arrived: with IOPRIORITY_INTERACTIVE as long as a dialog stays open, so call them from a separate thread if a
 * user interface must stay responsive. A client may be used from several threads; what it has returned is read-only.
 * Text is UTF-8.
 */
#ifndef IOPRIORITY_H
#define IOPRIORITY_H

#include <stddef.h>
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
    IOPRIORITY_REALTIME = 1,    /**< served before all others */
    IOPRIORITY_BEST_EFFORT = 2, /**< the usual class */
    IOPRIORITY_IDLE = 3         /**< served when no other process needs the disk */
};

/** How one call is made; combined with |. A bit that a function has no use for is refused with -EINVAL. */
enum iopriority_flags {
    /** polkit may ask a person for a password: the call then waits without limit, unless a timeout is set. */
    IOPRIORITY_INTERACTIVE = 1 << 0,
    /** Only by system calls of the caller itself, never by the service. */
    IOPRIORITY_KERNEL_ONLY = 1 << 1,
    /** Only by the service. With neither flag, the service is asked if the kernel returns EPERM. */
    IOPRIORITY_SERVICE_ONLY = 1 << 2,
    /** For a process, a pidfd, or a list of them: each process and the whole tree of its descendants. */
    IOPRIORITY_DESCENDANTS = 1 << 3,
    /** Skip threads that have a priority of their own. What a thread has from a hold is not its own. */
    IOPRIORITY_KEEP_EXPLICIT = 1 << 4
};

/** What the I/O scheduler of a disk makes of a priority. */
enum iopriority_honours {
    IOPRIORITY_HONOURS_NOTHING = 0, /**< none, kyber, and any unknown scheduler */
    IOPRIORITY_HONOURS_CLASSES = 1, /**< mq-deadline: realtime, best-effort, idle, and not the levels */
    IOPRIORITY_HONOURS_ALL = 2      /**< bfq */
};

/**
 * What went wrong. Numbers are stable; new ones may be added. In brackets: what the function returns. A dialog that the
 * person closed is IOPRIORITY_ERROR_DISMISSED only where the authentication agent says so (KDE's, LXQt's and lxpolkit
 * do not): from others it is IOPRIORITY_ERROR_ACCESS_DENIED, as after a wrong password.
 */
enum iopriority_code {
    IOPRIORITY_ERROR_INVALID_ARGUMENT = 1,      /**< invalid argument (-EINVAL) */
    IOPRIORITY_ERROR_ACCESS_DENIED = 2,         /**< polkit or the kernel said no (-EACCES) */
    IOPRIORITY_ERROR_INTERACTION_REQUIRED = 3,  /**< polkit would ask: pass IOPRIORITY_INTERACTIVE (-EACCES) */
    IOPRIORITY_ERROR_DISMISSED = 4,             /**< the agent says it was closed: say no more (-ECANCELED) */
    IOPRIORITY_ERROR_LIMITS_EXCEEDED = 5,       /**< too many requests, holds or processes (-ENOBUFS) */
    IOPRIORITY_ERROR_NO_SUCH_PROCESS = 6,       /**< no such process, group or user, or it ended (-ESRCH) */
    IOPRIORITY_ERROR_AUTHORITY_UNAVAILABLE = 7, /**< polkit did not reply: nothing was changed (-EHOSTUNREACH) */
    IOPRIORITY_ERROR_FOREIGN_PID_NAMESPACE = 8, /**< a bare pid from another pid namespace: use a pidfd (-EREMOTE) */
    IOPRIORITY_ERROR_PARTIALLY_APPLIED = 9,     /**< only some threads are as wanted (-EPERM) */
    IOPRIORITY_ERROR_SERVICE_UNAVAILABLE = 10,  /**< the bus or the service cannot be reached (-EHOSTUNREACH) */
    IOPRIORITY_ERROR_TIMED_OUT = 11,            /**< no reply in time; it may have been done or not (-ETIMEDOUT) */
    IOPRIORITY_ERROR_FAILED = 12                /**< anything else, in the kernel's words (-EIO; memory: -ENOMEM) */
};

/** Access to the kernel and, connected when first needed, to the service. May be used from several threads. */
typedef struct iopriority_client iopriority_client;

/** The processes that a call acts on. */
typedef struct iopriority_target iopriority_target;

/** What a change has done. */
typedef struct iopriority_result iopriority_result;

/** What is set on processes, and its effect. */
typedef struct iopriority_details iopriority_details;

/** The machine's block devices. */
typedef struct iopriority_devices iopriority_devices;

/** An error. The caller owns it. */
typedef struct iopriority_error iopriority_error;

/**
 * Makes a client. It costs nothing before it is used. A child of fork(2) makes one of its own: with its parent's,
 * calls that need the service fail there. A call cannot be cancelled: set a timeout.
 * @param[out] ret_client set to the client, to be freed with iopriority_client_free(); not NULL.
 * @param[out] ret_error may be NULL.
 * @return 0, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_client_new(iopriority_client** ret_client, iopriority_error** ret_error);

/**
 * Makes a client of the service on another machine: its system bus over ssh, with systemd-stdio-bridge on the other
 * side, like systemctl --host. Process ids are that machine's; 0 does not mean the caller there, and what needs
 * descriptors (holds, pidfds) is not available. IOPRIORITY_KERNEL_ONLY is refused.
 * @param host "HOST" or "USER@HOST", also with ":PORT", as ssh(1) accepts it.
 * @param[out] ret_client set to the client, to be freed with iopriority_client_free(); not NULL.
 * @param[out] ret_error may be NULL.
 * @return 0, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_client_new_on_host(const char* host, iopriority_client** ret_client,
                                                   iopriority_error** ret_error);

/**
 * Frees a client. None of its calls may be pending. Holds continue.
 * @param client may be NULL.
 */
IOPRIORITY_C_API void iopriority_client_free(iopriority_client* client);

/**
 * Sets how long later calls wait for the service. Must not be called while another thread uses the client.
 * @param client the client.
 * @param milliseconds 0: 30 s, or no limit with IOPRIORITY_INTERACTIVE; this is the default.
 *     Connecting comes before, and is not limited by it: for another machine, ssh decides how long that may take
 *     (ConnectTimeout in ssh_config(5)).
 */
IOPRIORITY_C_API void iopriority_client_set_timeout(iopriority_client* client, uint32_t milliseconds);

/**
 * One process.
 * @param pid 0 is the calling process.
 * @param[out] ret_target set to the target, to be freed with iopriority_target_free(); not NULL.
 * @param[out] ret_error may be NULL.
 * @return 0, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_target_new_process(pid_t pid, iopriority_target** ret_target,
                                                   iopriority_error** ret_error);

/**
 * Several processes as one request: one authorization, one dialog. One that appears twice counts once, one that has
 * ended is skipped and counted. From a sandbox or a pid namespace the service accepts up to 16: of more it would get
 * the numbers, which mean other processes there, so the call is refused (-EREMOTE).
 * @param pids 0 is the calling process.
 * @param count 1 to 4096.
 * @param ret_target, ret_error as in iopriority_target_new_process().
 * @return 0, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_target_new_processes(const pid_t* pids, size_t count, iopriority_target** ret_target,
                                                     iopriority_error** ret_error);

/**
 * The process of a descriptor from pidfd_open(2): safe from the reuse of process ids.
 * @param pidfd is duplicated and stays the caller's.
 * @param ret_target, ret_error as in iopriority_target_new_process().
 * @return 0, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_target_new_pidfd(int pidfd, iopriority_target** ret_target,
                                                 iopriority_error** ret_error);

/**
 * The processes of several such descriptors, as one request.
 * @param pidfds are duplicated and stay the caller's.
 * @param count 1 to 16: a bus takes no more descriptors in one message.
 * @param ret_target, ret_error as in iopriority_target_new_process().
 * @return 0, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_target_new_pidfds(const int* pidfds, size_t count, iopriority_target** ret_target,
                                                  iopriority_error** ret_error);

/**
 * All members of a process group.
 * @param pgid 0 is the caller's own.
 * @param ret_target, ret_error as in iopriority_target_new_process().
 * @return 0, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_target_new_group(pid_t pgid, iopriority_target** ret_target,
                                                 iopriority_error** ret_error);

/**
 * All threads whose real uid is uid, now.
 * @param uid 0 is root.
 * @param ret_target, ret_error as in iopriority_target_new_process().
 * @return 0, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_target_new_user(uid_t uid, iopriority_target** ret_target,
                                                iopriority_error** ret_error);

/**
 * All processes of a running unit of the system manager. Only the service can find them: with IOPRIORITY_KERNEL_ONLY
 * the call is refused (-EACCES).
 * @param unit with its suffix: "borgmatic.service".
 * @param ret_target, ret_error as in iopriority_target_new_process().
 * @return 0, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_target_new_unit(const char* unit, iopriority_target** ret_target,
                                                iopriority_error** ret_error);

/**
 * The same for a unit of the caller's user manager.
 * @param unit with its suffix: "app-editor.scope".
 * @param ret_target, ret_error as in iopriority_target_new_process().
 * @return 0, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_target_new_user_unit(const char* unit, iopriority_target** ret_target,
                                                     iopriority_error** ret_error);

/**
 * Frees a target. Holds on it continue.
 * @param target may be NULL.
 */
IOPRIORITY_C_API void iopriority_target_free(iopriority_target* target);

/**
 * Sets the I/O priority of every thread of a target, also of those that start meanwhile.
 * @param client the client.
 * @param target stays the caller's.
 * @param io_class one of enum iopriority_class.
 * @param level 0 (served first) to 7 (served last) for realtime and best-effort; 0 for none and idle.
 * @param flags of enum iopriority_flags.
 * @param[out] ret_result set to what was done, to be freed with iopriority_result_free(); may be NULL.
 * @param[out] ret_error may be NULL.
 * @return how many threads read back as wanted, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_set(iopriority_client* client, const iopriority_target* target, int io_class,
                                    unsigned level, unsigned flags, iopriority_result** ret_result,
                                    iopriority_error** ret_error);

/**
 * Sets the I/O priority of one process: short for iopriority_set().
 * @param client the client.
 * @param pid 0 is the calling process.
 * @param io_class, level, flags, ret_error as in iopriority_set().
 * @return how many threads read back as wanted, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_set_process(iopriority_client* client, pid_t pid, int io_class, unsigned level,
                                            unsigned flags, iopriority_error** ret_error);

/**
 * Sets the I/O priority of every thread whose real uid is uid, now: short for iopriority_set().
 * @param client the client.
 * @param uid 0 is root.
 * @param io_class, level, flags, ret_error as in iopriority_set().
 * @return how many threads read back as wanted, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_set_user(iopriority_client* client, uid_t uid, int io_class, unsigned level,
                                         unsigned flags, iopriority_error** ret_error);

/**
 * Sets the I/O priority of a target for as long as a descriptor is open: when it is closed, or the process ends in any
 * way, the service restores what was set before, thread by thread. Copies of it (dup(2), a child of fork(2),
 * SCM_RIGHTS) hold as well; the hold ends with the last one. Programs that this process executes do not get it
 * (close-on-exec). poll(2) reports POLLIN when somebody has since set held threads through the service, POLLHUP when
 * the hold is lost. What starts meanwhile inherits the priority and goes back with the rest, except a process whose
 * parent ended before the service had seen both (it looks once a second). Always done by the service; what could not be
 * set is left alone and listed in the result, which is not an error.
 * @param client the client.
 * @param target stays the caller's.
 * @param io_class, level as in iopriority_set().
 * @param flags as in iopriority_set(), except IOPRIORITY_KERNEL_ONLY.
 * @param[out] ret_fd set to the descriptor, which the caller has to close(2); not NULL.
 * @param ret_result, ret_error as in iopriority_set().
 * @return how many threads read back as wanted, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_hold(iopriority_client* client, const iopriority_target* target, int io_class,
                                     unsigned level, unsigned flags, int* ret_fd, iopriority_result** ret_result,
                                     iopriority_error** ret_error);

/**
 * Whether a hold still exists.
 * @param fd of iopriority_hold().
 * @return 1; 0 if the service has lost it (it was stopped), and for what is not an open descriptor.
 */
IOPRIORITY_C_API int iopriority_hold_is_active(int fd);

/**
 * Whether somebody has set threads of a hold through the service since it began: those are not restored at its end.
 * @param fd of iopriority_hold().
 * @return 1; 0 if not, and for what is not an open descriptor.
 */
IOPRIORITY_C_API int iopriority_hold_is_overruled(int fd);

/**
 * What is set on every thread of what a target names, and its effect.
 * @param client the client.
 * @param target stays the caller's.
 * @param flags of enum iopriority_flags, except IOPRIORITY_KEEP_EXPLICIT.
 * @param[out] ret_details set to it, to be freed with iopriority_details_free(); not NULL.
 * @param[out] ret_error may be NULL.
 * @return 0, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_describe(iopriority_client* client, const iopriority_target* target, unsigned flags,
                                         iopriority_details** ret_details, iopriority_error** ret_error);

/**
 * What is set on a process: the highest of its threads' priorities, in the kernel's order.
 * @param client the client.
 * @param pid 0 is the calling process.
 * @param flags IOPRIORITY_KERNEL_ONLY, IOPRIORITY_SERVICE_ONLY; IOPRIORITY_INTERACTIVE has no effect.
 * @param[out] ret_io_class set to one of enum iopriority_class; may be NULL.
 * @param[out] ret_level set to 0 to 7; may be NULL.
 * @param[out] ret_error may be NULL.
 * @return 0, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_get(iopriority_client* client, pid_t pid, unsigned flags, int* ret_io_class,
                                    unsigned* ret_level, iopriority_error** ret_error);

/**
 * The machine's block devices, and what their I/O scheduler makes of a priority.
 * @param client the client.
 * @param flags IOPRIORITY_KERNEL_ONLY, IOPRIORITY_SERVICE_ONLY; IOPRIORITY_INTERACTIVE has no effect.
 * @param[out] ret_devices set to them, to be freed with iopriority_devices_free(); not NULL.
 * @param[out] ret_error may be NULL.
 * @return 0, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_list_devices(iopriority_client* client, unsigned flags,
                                             iopriority_devices** ret_devices, iopriority_error** ret_error);

/**
 * For a backup to call at its start: CPU nice 19 and idle I/O for all threads of the calling process. By system call
 * only: no bus, no service, no privilege, no client. Threads and children that are started later inherit both.
 * @param[out] ret_error may be NULL.
 * @return how many threads read back as wanted, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_lower_self(iopriority_error** ret_error);

/**
 * How many processes have threads as wanted.
 * @param result may be NULL.
 * @return how many; 0 for NULL.
 */
IOPRIORITY_C_API unsigned iopriority_result_processes(const iopriority_result* result);

/**
 * How many threads read back as wanted.
 * @param result may be NULL.
 * @return how many; 0 for NULL.
 */
IOPRIORITY_C_API unsigned iopriority_result_threads(const iopriority_result* result);

/**
 * Who made the change.
 * @param result may be NULL.
 * @return 1 for the service; 0 if the caller's own system calls were enough, and for NULL.
 */
IOPRIORITY_C_API int iopriority_result_by_service(const iopriority_result* result);

/**
 * What was set before.
 * @param result the result.
 * @param[out] ret_io_class set to one of enum iopriority_class; may be NULL.
 * @param[out] ret_level set to 0 to 7; may be NULL.
 * @return 0; -ENODATA if threads differed, or if it is not known; -EINVAL for NULL.
 */
IOPRIORITY_C_API int iopriority_result_before(const iopriority_result* result, int* ret_io_class, unsigned* ret_level);

/**
 * One of the priorities that were set before.
 * @param result may be NULL.
 * @param index from 0 on.
 * @param[out] ret_priority set to text that lives as long as the result, as iopriority_parse() reads it; may be NULL.
 * @param[out] ret_threads set to the number of threads that had it; may be NULL.
 * @return 1; 0 if there is none with this index.
 */
IOPRIORITY_C_API int iopriority_result_before_breakdown(const iopriority_result* result, size_t index,
                                                        const char** ret_priority, unsigned* ret_threads);

/**
 * One of the reasons why something was skipped by rule, which is no error.
 * @param result may be NULL.
 * @param index from 0 on.
 * @param[out] ret_reason set to text that lives as long as the result: "explicit" (threads with a priority of their
 *     own), "joined" (threads that joined or changed owner after the authorization), "privileged" (threads that gained
 *     privileges), "ended" (members of a list that have ended), "contested" (of a hold on several processes: threads
 *     that another program keeps setting), "executing" (of a hold on several: processes that execute a program,
 *     which something delays); others may come; may be NULL.
 * @param[out] ret_count set to how many; may be NULL.
 * @return 1; 0 if there is none with this index.
 */
IOPRIORITY_C_API int iopriority_result_left_alone(const iopriority_result* result, size_t index,
                                                  const char** ret_reason, unsigned* ret_count);

/**
 * Frees a result.
 * @param result may be NULL.
 */
IOPRIORITY_C_API void iopriority_result_free(iopriority_result* result);

/**
 * What is set: the highest of the threads' priorities, as in iopriority_get().
 * @param details the details.
 * @param[out] ret_io_class set to one of enum iopriority_class; may be NULL.
 * @param[out] ret_level set to 0 to 7; may be NULL.
 * @return 0; -EINVAL for NULL.
 */
IOPRIORITY_C_API int iopriority_details_set(const iopriority_details* details, int* ret_io_class, unsigned* ret_level);

/**
 * What the block layer uses: if nothing is set, it follows CPU policy and nice value.
 * @param details the details.
 * @param[out] ret_io_class set to one of enum iopriority_class; may be NULL.
 * @param[out] ret_level set to 0 to 7; may be NULL.
 * @return 0; -EINVAL for NULL.
 */
IOPRIORITY_C_API int iopriority_details_effective(const iopriority_details* details, int* ret_io_class,
                                                  unsigned* ret_level);

/**
 * Where the effective priority comes from: "set", "nice 10", "cpu policy idle".
 * @param details may be NULL.
 * @return text that lives as long as the details; "" for NULL.
 */
IOPRIORITY_C_API const char* iopriority_details_source(const iopriority_details* details);

/**
 * Whether every thread has the same set priority.
 * @param details may be NULL.
 * @return 1 or 0; 0 for NULL.
 */
IOPRIORITY_C_API int iopriority_details_uniform(const iopriority_details* details);

/**
 * How many processes were read.
 * @param details may be NULL.
 * @return how many; 0 for NULL.
 */
IOPRIORITY_C_API unsigned iopriority_details_processes(const iopriority_details* details);

/**
 * How many threads were read.
 * @param details may be NULL.
 * @return how many; 0 for NULL.
 */
IOPRIORITY_C_API unsigned iopriority_details_threads(const iopriority_details* details);

/**
 * One of the priorities that are set.
 * @param details may be NULL.
 * @param index from 0 on.
 * @param[out] ret_priority set to text that lives as long as the details, as iopriority_parse() reads it; may be NULL.
 * @param[out] ret_threads set to the number of threads with it; may be NULL.
 * @return 1; 0 if there is none with this index.
 */
IOPRIORITY_C_API int iopriority_details_breakdown(const iopriority_details* details, size_t index,
                                                  const char** ret_priority, unsigned* ret_threads);

/**
 * One of the real user ids of the processes.
 * @param details may be NULL.
 * @param index from 0 on; at most 64 are known.
 * @param[out] ret_uid set to it; may be NULL.
 * @return 1; 0 if there is none with this index.
 */
IOPRIORITY_C_API int iopriority_details_user(const iopriority_details* details, size_t index, uid_t* ret_uid);

/**
 * One of the names of the processes' programs.
 * @param details may be NULL.
 * @param index from 0 on; at most 64 are known.
 * @param[out] ret_program set to text that lives as long as the details; may be NULL.
 * @return 1; 0 if there is none with this index.
 */
IOPRIORITY_C_API int iopriority_details_program(const iopriority_details* details, size_t index,
                                                const char** ret_program);

/**
 * One member of a list, in the list's order; of the first 128.
 * @param details may be NULL.
 * @param index from 0 on.
 * @param[out] ret_pid set to its process id; may be NULL.
 * @param[out] ret_member set to the details of this process alone, which belong to the whole: do not free; set to NULL
 *     if it has ended; may be NULL.
 * @return 1; 0 if there is none with this index, as for all targets but lists.
 */
IOPRIORITY_C_API int iopriority_details_each(const iopriority_details* details, size_t index, pid_t* ret_pid,
                                             const iopriority_details** ret_member);

/**
 * Whether a list had more members than iopriority_details_each() returns.
 * @param details may be NULL.
 * @return 1 or 0; 0 for NULL.
 */
IOPRIORITY_C_API int iopriority_details_each_cut(const iopriority_details* details);

/**
 * Frees details.
 * @param details may be NULL.
 */
IOPRIORITY_C_API void iopriority_details_free(iopriority_details* details);

/**
 * One of the block devices.
 * @param devices may be NULL.
 * @param index from 0 on.
 * @param[out] ret_name set to its name in /dev, such as "sda"; lives as long as the devices; may be NULL.
 * @param[out] ret_scheduler set to its active I/O scheduler, such as "mq-deadline"; as ret_name; may be NULL.
 * @param[out] ret_honours set to one of enum iopriority_honours; may be NULL.
 * @return 1; 0 if there is none with this index.
 */
IOPRIORITY_C_API int iopriority_devices_get(const iopriority_devices* devices, size_t index, const char** ret_name,
                                            const char** ret_scheduler, int* ret_honours);

/**
 * Frees devices.
 * @param devices may be NULL.
 */
IOPRIORITY_C_API void iopriority_devices_free(iopriority_devices* devices);

/**
 * Parses text as people write it: CLASS or CLASS:LEVEL, or "background", "low", "normal", "high".
 * @param text such as "idle" or "best-effort:7".
 * @param[out] ret_io_class set to one of enum iopriority_class; not NULL.
 * @param[out] ret_level set to 0 to 7; not NULL.
 * @param[out] ret_error may be NULL.
 * @return 0, or a negative errno value.
 */
IOPRIORITY_C_API int iopriority_parse(const char* text, int* ret_io_class, unsigned* ret_level,
                                      iopriority_error** ret_error);

/**
 * The name of a class: "none", "realtime", "best-effort", "idle".
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
