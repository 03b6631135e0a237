// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/user_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <future>
#include <memory>
#include <thread>

namespace iopriority::service::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr uid_t stuck = 6000;

/// A name service that is stuck at one user until it is let go.
class NameService {
 public:
    UserNames::LookUp look_up() {
        return [state = state_](uid_t uid) -> std::optional<std::string> {
            ++state->asked;
            if (uid == stuck) {
                state->released.wait();
            }
            return uid == 7000 ? std::nullopt : std::optional("name\n" + std::to_string(uid));
        };
    }
    void release() { release_.set_value(); }
    [[nodiscard]] int asked() const { return state_->asked; }

 private:
    struct State {
        std::atomic<int> asked{0};
        std::shared_future<void> released;
    };
    std::promise<void> release_;
    std::shared_ptr<State> state_ = std::make_shared<State>();

 public:
    NameService() { state_->released = release_.get_future().share(); }
};

int threads() {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word && word != "Threads:") {
    }
    int number = 0;
    status >> number;
    return number;
}

class Names : public testing::Test {
 protected:
    std::optional<std::string> found(uid_t uid) {
        std::optional<std::optional<std::string>> name;
        names->find(uid, [&](const auto& answer) {
            name = answer;
            loop.quit();
        });
        if (!name) {
            loop.run();
        }
        return *name;
    }

    static constexpr auto limit = 50ms;
    Loop loop;
    NameService service;
    std::unique_ptr<UserNames> names = std::make_unique<UserNames>(loop, limit, service.look_up());
};

TEST_F(Names, of_a_service_that_is_stuck_are_missing_when_the_time_is_up) {
    const auto start = Clock::now();
    EXPECT_EQ(found(stuck), std::nullopt);
    EXPECT_GE(Clock::now() - start, limit - 1ms);
    EXPECT_LT(Clock::now() - start, limit + 2s);
    service.release();
}

TEST_F(Names, while_the_service_is_stuck_are_missing_at_once_and_nothing_piles_up) {
    EXPECT_EQ(found(stuck), std::nullopt);
    while (service.asked() == 0) {
        std::this_thread::sleep_for(1ms);
    }
    std::this_thread::sleep_for(2 * limit);
    const int before = threads();
    int answered = 0;
    for (uid_t uid = 10'000; uid < 110'000; ++uid) {
        names->find(uid, [&](const auto& name) { answered += name ? 0 : 1; });
    }
    EXPECT_EQ(answered, 100'000);
    EXPECT_EQ(threads(), before);
    service.release();
}

TEST_F(Names, asked_for_in_one_go_are_bounded) {
    names->find(stuck, [](const auto&) {});
    unsigned at_once = 0;
    bool asking = true;
    for (uid_t uid = 10'000; uid < 20'000; ++uid) {
        names->find(uid, [&](const auto&) { at_once += asking ? 1 : 0; });
    }
    asking = false;
    EXPECT_GE(at_once, 10'000U - UserNames::most_waiting);
    service.release();
}

TEST_F(Names, that_come_too_late_are_remembered_for_the_next) {
    EXPECT_EQ(found(stuck), std::nullopt);
    service.release();
    while (!names->known(stuck)) {
        const auto later = loop.after(1ms, [this] { loop.quit(); });
        loop.run();
    }
    EXPECT_EQ(found(stuck), "name?6000");
    EXPECT_EQ(service.asked(), 1);
}

TEST_F(Names, are_harmless_and_looked_up_once) {
    EXPECT_EQ(names->known(1001), std::nullopt);
    EXPECT_EQ(found(1001), "name?1001");
    EXPECT_EQ(found(1001), "name?1001");
    EXPECT_EQ(names->known(1001), "name?1001");
    EXPECT_EQ(service.asked(), 1);
}

TEST_F(Names, that_cannot_be_looked_up_are_missing_and_asked_for_again) {
    EXPECT_EQ(found(7000), std::nullopt);
    EXPECT_EQ(found(7000), std::nullopt);
    EXPECT_EQ(service.asked(), 2);
}

TEST_F(Names, are_asked_for_once_by_many_at_the_same_time) {
    int answers = 0;
    for (int i = 0; i < 10; ++i) {
        names->find(1001, [&](const auto& name) {
            EXPECT_EQ(name, "name?1001");
            if (++answers == 10) {
                loop.quit();
            }
        });
    }
    loop.run();
    EXPECT_EQ(service.asked(), 1);
}

TEST_F(Names, are_remembered_in_bounded_number) {
    for (uid_t uid = 10'000; uid <= 10'000 + UserNames::most_remembered; ++uid) {
        found(uid);
    }
    EXPECT_EQ(names->known(10'000), std::nullopt);
    EXPECT_NE(names->known(10'001), std::nullopt);
}

TEST(The_end_of_names, does_not_wait_for_a_service_that_is_stuck) {
    const auto start = Clock::now();
    const pid_t child = ::fork();
    if (child == 0) {
        const auto sleep_long = [](uid_t) -> std::optional<std::string> {
            std::this_thread::sleep_for(1h);
            return std::nullopt;
        };
        {
            Loop loop;
            UserNames names(loop, 10ms, sleep_long);
            names.find(1, [&](const auto&) { loop.quit(); });
            loop.run();
        }
        std::exit(7);  // NOLINT(*-mt-unsafe): as the daemon's main ends
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), 7);
    EXPECT_LT(Clock::now() - start, 1s);
}

TEST(The_systems_names, have_root_and_not_everybody) {
    EXPECT_EQ(UserNames::from_system(0), "root");
    EXPECT_EQ(UserNames::from_system(4'000'000'000), "4000000000");
}

}  // namespace
}  // namespace iopriority::service::test
