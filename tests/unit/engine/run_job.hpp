// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Jobs run to their end, without the waits that only real clones need.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/job.hpp"
#include "fake_target.hpp"

namespace iopriority::engine::test {

constexpr uid_t root = 0;
constexpr uid_t alice = 61001;
constexpr uid_t bob = 61002;

inline Expected<Look> look(Job& job) {
    job.begin_look();
    while (!job.look_step()) {
    }
    return job.looked();
}

/// @return the number of waits before another round
inline unsigned finish(Job& job) {
    unsigned waits = 0;
    auto progress = Job::Progress::more;
    while ((progress = job.step()) != Job::Progress::done) {
        waits += progress == Job::Progress::settle ? 1U : 0U;
    }
    return waits;
}

inline Expected<Changed> set(Job& job, const policy::Grant& grant, Recorder* recorder = nullptr) {
    job.begin(grant, recorder);
    static_cast<void>(finish(job));
    return job.result();
}

/// The threads of each process that were as wanted when its turn was over: whose holds are overruled.
using AsWanted = std::map<process::ProcessKey, std::vector<pid_t>>;

inline Expected<Changed> set(Job& job, const policy::Grant& grant, AsWanted& told) {
    job.begin(grant, nullptr, {},
              [&told](const process::ProcessKey& key, const std::vector<pid_t>& tids, bool /*all*/) {
                  told[key] = tids;
                  return false;
              });
    static_cast<void>(finish(job));
    return job.result();
}

inline void undo(Job& job) {
    job.begin_undo();
    static_cast<void>(finish(job));
}

/// What polkit has allowed on the threads of bob.
inline policy::Grant given_for_bob() {
    return policy::Grant::given(alice, policy::Action::set_other_users, {bob});
}

}  // namespace iopriority::engine::test
