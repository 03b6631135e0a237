// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// target - a process whose I/O priority a test changes.
//
//   target threads N            N threads in all, quiet
//   target births N             N quiet threads, and one more born every millisecond, each living 20 ms
//   target chains N             N chains: each thread starts the next and ends
//   target leaderless N         N threads; the leader has exited
//   target zombie               a child that has ended and is not waited for
//   target uids REAL EFFECTIVE  takes these user ids (saved: the effective one)
//   target capability REAL      takes this user id and keeps one capability (CAP_NET_RAW)
//   target thread-uid N REAL    N threads, the last of which has another real uid than the process
//   target writes FILE          writes 64 KiB to the file and has them on its disk (fdatasync), a hundred times a
//   second
//
// Prints "ready PID" (of the process that is meant). "freeze" on stdin ends all births and deaths: when "frozen" is
// printed, the threads listed in /proc/PID/task stay as they are. End of file ends the target.

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace {

using Body = std::function<void()>;

std::mutex mutex;
std::condition_variable changed;
bool frozen = false;           // guarded by mutex
std::atomic<int> expected{1};  // threads that stay once frozen; the main thread is the first

void check(bool ok, const char* what) {
    if (!ok) {
        throw std::system_error(errno, std::generic_category(), what);
    }
}

/// A detached thread with a small stack, so that there can be ten thousand.
void start(Body body) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 64 * 1024);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    auto owned = std::make_unique<Body>(std::move(body));
    pthread_t thread{};
    const auto run = [](void* data) -> void* {
        const std::unique_ptr<Body> mine{static_cast<Body*>(data)};
        (*mine)();
        return nullptr;
    };
    errno = pthread_create(&thread, &attributes, run, owned.get());
    pthread_attr_destroy(&attributes);
    check(errno == 0, "pthread_create");
    owned.release();
}

[[noreturn]] void stay() {
    ++expected;
    for (;;) {
        pause();
    }
}

bool is_frozen() {
    const std::lock_guard lock{mutex};
    return frozen;
}

int listed_threads() {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory{opendir("/proc/self/task"), closedir};
    int count = 0;
    while (const dirent* entry = readdir(directory.get())) {
        count += entry->d_name[0] != '.' ? 1 : 0;
    }
    return count;
}

void quiet_threads(int count) {
    for (int i = 0; i < count; ++i) {
        start(stay);
    }
    while (expected < count + 1) {
        sched_yield();
    }
}

// -- births and deaths
// ---------------------------------------------------------------------------------------------------

void live_for_a_while() {
    using namespace std::chrono_literals;
    {
        std::unique_lock lock{mutex};
        if (!changed.wait_for(lock, 20ms, [] { return frozen; })) {
            return;
        }
    }
    stay();
}

/// One birth a millisecond, by the clock: a slow machine does not get fewer.
void give_birth() {
    auto next = std::chrono::steady_clock::now();
    for (;;) {
        next += std::chrono::milliseconds{1};
        {
            std::unique_lock lock{mutex};
            if (changed.wait_until(lock, next, [] { return frozen; })) {
                break;
            }
        }
        start(live_for_a_while);
    }
    stay();
}

void link_of_chain() {
    if (is_frozen()) {
        stay();
    }
    start(link_of_chain);
}

void freeze() {
    {
        const std::lock_guard lock{mutex};
        frozen = true;
    }
    changed.notify_all();
    for (int calm = 0;
         calm < 3;) {  // nobody is being born or dying when the listing is what the threads themselves say
        calm = listed_threads() == expected ? calm + 1 : 0;
        sched_yield();
    }
}

// -- identities
// ----------------------------------------------------------------------------------------------------------

void keep_one_capability(uid_t real) {
    check(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0, "keep capabilities");
    check(setresuid(real, real, real) == 0, "setresuid");
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2]{};
    data[0].permitted = 1U << CAP_NET_RAW;
    check(syscall(SYS_capset, &header, data) == 0, "capset");
}

/// The system call changes this thread alone; libc's function would change all.
void become_another(uid_t real) {
    check(syscall(SYS_setresuid, real, real, real) == 0, "setresuid");
    stay();
}

pid_t make_zombie() {
    const pid_t child = fork();
    check(child >= 0, "fork");
    if (child == 0) {
        _exit(0);
    }
    siginfo_t info{};
    check(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == 0, "waitid");
    return child;
}

// -- traffic
// -------------------------------------------------------------------------------------------------------------

void write_on(int file) {
    const std::vector<char> data(64 * 1024, 'x');
    ++expected;
    for (auto next = std::chrono::steady_clock::now(); !is_frozen();) {
        check(pwrite(file, data.data(), data.size(), 0) == static_cast<ssize_t>(data.size()), "pwrite");
        check(fdatasync(file) == 0, "fdatasync");
        next += std::chrono::milliseconds{10};
        std::unique_lock lock{mutex};
        changed.wait_until(lock, next, [] { return frozen; });
    }
    stay();
}

// -- control
// -------------------------------------------------------------------------------------------------------------

void obey() {
    std::string line;
    while (std::getline(std::cin, line)) {
        if (line == "freeze") {
            freeze();
            std::cout << "frozen" << std::endl;
        }
    }
    _exit(0);
}

void announce(pid_t pid) {
    std::cout << "ready " << pid << std::endl;
}

[[noreturn]] void without_leader(int count) {
    quiet_threads(count - 1);
    start([] {
        const auto leader_ended = [] {
            const auto path = "/proc/self/task/" + std::to_string(getpid()) + "/stat";
            char text[512]{};
            const std::unique_ptr<FILE, int (*)(FILE*)> file{fopen(path.c_str(), "re"), fclose};
            const auto size = fread(text, 1, sizeof text - 1, file.get());
            const std::string stat{text, size};
            return stat.at(stat.rfind(')') + 2) == 'Z';
        };
        while (!leader_ended()) {
            sched_yield();
        }
        ++expected;
        announce(getpid());
        obey();
    });
    pthread_exit(nullptr);
}

void run(const std::vector<std::string>& words) {
    const auto number = [&](std::size_t index) { return std::stoi(words.at(index)); };
    const auto uid = [&](std::size_t index) { return static_cast<uid_t>(std::stoul(words.at(index))); };
    const std::map<std::string, Body> modes{
        {"threads", [&] { quiet_threads(number(1) - 1); }},
        {"births",
         [&] {
             quiet_threads(number(1) - 2);
             start(give_birth);
         }},
        {"chains",
         [&] {
             for (int i = 0; i < number(1); ++i) {
                 start(link_of_chain);
             }
         }},
        {"writes",
         [&] {
             const int file = open(words.at(1).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
             check(file >= 0, words.at(1).c_str());
             start([file] { write_on(file); });
         }},
        {"leaderless", [&] { without_leader(number(1)); }},
        {"uids", [&] { check(setresuid(uid(1), uid(2), uid(2)) == 0, "setresuid"); }},
        {"capability", [&] { keep_one_capability(uid(1)); }},
        {"thread-uid",
         [&] {
             quiet_threads(number(1) - 2);
             start([&] { become_another(uid(2)); });
             while (expected < number(1)) {
                 sched_yield();
             }
         }},
    };
    if (words.at(0) == "zombie") {
        announce(make_zombie());
    } else {
        modes.at(words.at(0))();
        announce(getpid());
    }
    obey();
}

}  // namespace

int main(int argc, char** argv) {
    try {
        run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        std::cerr << "target: " << error.what() << '\n';
    }
    _exit(1);
}
