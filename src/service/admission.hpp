// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// How many requests may be under way, for one user and in all.
#pragma once

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "values/expected.hpp"

namespace iopriority::service {

/// Counts the requests under way, from before any work is done for them until their reply. The limit for one user is
/// the number of free places, divided by the number of users with requests plus one. So it shrinks as more users send
/// requests: one person with many (subordinate) user ids cannot take all places, and there is room for a user who comes
/// later. With as many user ids as there are places a person could take them all: so subordinate ones have half of the
/// places at most, and do not make the share of the others smaller. Root is counted separately.
class Admission {
 public:
    /// What is counted, and how many there may be: for one user, and for all users except root.
    struct Limits {
        unsigned of_user = 0;
        unsigned in_all = 0;
        const char* what = "";    ///< "requests"
        const char* advice = "";  ///< what to do first
    };
    static constexpr Limits requests{128, 1024, "requests", "wait for a reply before the next call"};
    static constexpr Limits questions{8, 64, "requests that wait for authorization", "answer or close a dialog first"};
    /// Each keeps descriptors of its process for the delay: beyond this limit the settle pass after a reply is skipped.
    static constexpr Limits settling{32, 256, "settle passes", ""};
    static constexpr Limits holds{16, 256, "holds", "end one first"};

    /// From here on a user id is no local person's or service's own: it is a subordinate one (subuid(5)), one of a
    /// container, or one of a directory.
    static constexpr uid_t first_subordinate = 65536;

    explicit Admission(const Limits& limits = requests) : limits_(limits) {}

 private:
    struct Pool {
        std::map<uid_t, unsigned> of_user;
        unsigned places = 0;  ///< except root's
    };
    struct Counts {
        Pool own;
        Pool subordinate;
        [[nodiscard]] Pool& of(uid_t uid) noexcept { return uid < first_subordinate ? own : subordinate; }
        [[nodiscard]] unsigned places() const noexcept { return own.places + subordinate.places; }
    };

 public:
    /// The place of one request. Its destructor releases the place, even if the admission itself is gone.
    class [[nodiscard]] Place {
     public:
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        Place(Place&& other) noexcept = default;
        Place& operator=(Place&& other) noexcept;
        ~Place() { give_back(); }

     private:
        friend class Admission;
        Place(std::shared_ptr<Counts> counts, uid_t uid);
        void give_back() noexcept;

        std::shared_ptr<Counts> counts_;  ///< null if it was moved from
        uid_t uid_;
    };

    /// limits_exceeded if this user already has its share.
    Expected<Place> admit(uid_t uid);
    /// While the function runs, admit() for the place's user returns this place.
    void hand_over(Place place, const std::function<void()>& function);

    /// Whether admit() would fail now.
    [[nodiscard]] bool is_full(uid_t uid) const { return of(uid) >= share(uid); }
    /// The failure that admit() would return now, if any.
    [[nodiscard]] std::optional<Failure> refuses(uid_t uid) const;
    /// How many there are, for one user and in all.
    [[nodiscard]] unsigned of(uid_t uid) const;
    [[nodiscard]] unsigned in_all() const;

 private:
    [[nodiscard]] unsigned most_of_pool(uid_t uid) const;
    [[nodiscard]] unsigned share(uid_t uid) const;
    [[nodiscard]] Failure refusal(uid_t uid) const;

    Limits limits_;
    std::optional<Place> in_hand_;
    std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
};

}  // namespace iopriority::service
