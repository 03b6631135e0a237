// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Requests of the service on real processes of the test, with everybody else that has a say played.
#pragma once

#include <gtest/gtest.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../engine/crowd.hpp"
#include "fakes.hpp"
#include "service/set_request.hpp"

namespace iopriority::service::test {

using engine::test::Crowd;

/// A directory of the test's own, removed with it.
class Directory {
 public:
    Directory() : path_(std::filesystem::temp_directory_path() / "iopriority-test-XXXXXX") {
        if (::mkdtemp(path_.data()) == nullptr) {
            throw std::runtime_error("mkdtemp");
        }
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    Directory(Directory&&) = delete;
    Directory& operator=(Directory&&) = delete;
    ~Directory() { remove(); }

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] bool empty() const { return std::filesystem::is_empty(path_); }
    void remove() const { std::filesystem::remove_all(path_); }

 private:
    std::string path_;
};

/// Whose the test's processes are: a plain user, also where the test is root.
inline uid_t owner() {
    constexpr uid_t somebody = 61001;
    return ::getuid() == 0 ? somebody : ::getuid();
}

/// While it lives, a file cannot be opened, not even by root.
class Unreadable {
 public:
    explicit Unreadable(const std::string& path) : path_(path) {
        ::chmod(path_.c_str(), 0);
        if (::getuid() == 0) {
            const auto directory = std::filesystem::path(path_).parent_path();
            EXPECT_EQ(::chown(directory.c_str(), owner(), owner()), 0);
            ::setfsuid(owner());
        }
    }
    Unreadable(const Unreadable&) = delete;
    Unreadable& operator=(const Unreadable&) = delete;
    Unreadable(Unreadable&&) = delete;
    Unreadable& operator=(Unreadable&&) = delete;
    ~Unreadable() {
        ::setfsuid(::getuid());
        ::chmod(path_.c_str(), 0600);
    }

 private:
    std::string path_;
};

/// "rsync", with so many threads, which waits; while it waits it does what a byte in the pipe tells it to.
inline std::unique_ptr<Crowd> process_of(uid_t uid, unsigned threads = 1) {
    return std::make_unique<Crowd>([=](const auto& ready) {
        ::prctl(PR_SET_NAME, "rsync");
        if (uid != ::getuid()) {
            engine::test::become(uid);
        }
        engine::test::start_waiting_threads(threads - 1);
        ready();
        while (true) {
            ::pause();
        }
    });
}

class Bench : public testing::Test {
 protected:
    static TargetSpec spec_of(const Crowd& process) {
        return {TargetSpec::Kind::process, static_cast<std::uint32_t>(process.pid())};
    }
    void start(TargetSpec spec, engine::Order order, bool may_ask = false,
               SetRequest::For duration = SetRequest::For::good) {
        SetRequest::Reply reply([this](const Expected<Done>& done) {
            ++answers;
            result = done;
        });
        std::make_shared<SetRequest>(parts, Call{":1.7", may_ask}, std::move(spec), order, duration, std::move(reply))
            ->start();
    }
    void start(Priority wanted, bool may_ask = false) { start(spec_of(*process), {wanted}, may_ask); }

    /// Runs the loop until it is so.
    void until(const std::function<bool()>& so) {
        while (!so()) {
            const auto turn = loop.after(std::chrono::milliseconds(1), [this] { loop.quit(); });
            loop.run();
        }
    }
    void until_answered(int times = 1) {
        until([&] { return answers >= times; });
    }
    void until_asked(std::size_t times = 1) {
        until([&] { return authority.questions.size() >= times; });
    }
    void until_done() {
        until([&] { return requests.count() == 0; });
    }
    void set(Priority wanted) {
        start(wanted);
        until_answered();
    }
    void ask(Priority wanted, bool may_ask = false) {
        start(wanted, may_ask);
        until_asked();
    }
    void answer(policy::Verdict verdict, const std::string& why = {}) {
        const int before = answers;
        authority.answer(verdict, why);
        until_answered(before + 1);
    }
    void caller_is(uid_t uid) { callers.answer = Caller{":1.7", uid, {}, PidView::same}; }

    [[nodiscard]] ErrorCode code() const { return result->failure().code; }
    [[nodiscard]] const std::string& text() const { return result->failure().message; }
    [[nodiscard]] Priority priority() const { return engine::test::priority_of(process->pid()); }
    [[nodiscard]] std::string name() const { return "process " + std::to_string(process->pid()) + " (rsync)"; }

    std::unique_ptr<Crowd> process = process_of(owner());
    std::optional<Expected<Done>> result;
    int answers = 0;
    Directory directory;
    Loop loop;
    FakeCallers callers;
    FakeAuthority authority;
    FakeLog log;
    FakeUnits units;
    Requests requests{[] {}};
    Admission admission{Admission::requests};
    Admission questions{Admission::questions};
    Admission settling{Admission::settling};
    RefusalLog refusals{loop, [](const RefusalLog::Line&) {}};
    UserNames names{loop, UserNames::usual_limit, [](uid_t) { return std::string("bob"); }};
    Holds holds{loop, HoldStore(directory.path()), log, [] {}};
    Parts parts{loop, callers, authority, requests, admission, questions, settling, refusals, names, log, units, holds};
};

}  // namespace iopriority::service::test
