// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "world.hpp"

#include <algorithm>
#include <utility>

#include "service/read_request.hpp"
#include "service/set_request.hpp"

namespace iopriority::simulation {

World::World(Choices& choices, Empty /*empty*/)
    : choices_(choices), kernel_(*this), loop_(kernel_, choices), oracle_(kernel_, loop_, calls_) {
    loop_.dispatched = [this](Call* call, SimulatedLoop::Why why) { oracle_.dispatched(call, why); };
}

World::World(Choices& choices) : World(choices, Empty{}) {
    constexpr unsigned hours = 1'000'000;
    rate_ = choices_.weighed<unsigned>({{2, 3}, {2, 20}, {2, 200}, {1, hours}});
    kernel_.piece = choices_.weighed<std::size_t>({{1, 1}, {1, 3}, {2, 64}});
    populate();
    start_service();
}

World::~World() {
    calm_ = true;
    oracle_.ends_all = true;
}

void World::start_service() {
    stopped_.reset();
    oracle_.is_stopping = false;
    loop_.begin_again();
    for (auto& connection : connections_) {
        connection.known = false;
    }
    daemon_.emplace(loop_, choices_, by_name_, oracle_.ends_all);
    for (Call* call : std::exchange(late_, {})) {
        loop_.event(call, [this, call] { deliver(*call); });
    }
}

// A signal, perhaps with everything under way.
void World::stop_service() {
    if (stopped_) {
        return;
    }
    tell([&] { return std::string("the service is told to end"); });
    stopped_ = kernel_.tasks.now;
    oracle_.is_stopping = true;
    daemon_->lifetime->leave();
}

// What it leaves is answered by the end of its objects; the next one knows nobody.
void World::service_ended() {
    tell([&] { return std::string("the service ends"); });
    for (Call* call : live_) {
        call->dropped = call->under_way();
        oracle_.expect(!call->dropped || stopped_,
                       [&] { return "the service exits without an answer to " + call->text(); });
    }
    oracle_.ends_all = true;
    daemon_.reset();
    oracle_.ends_all = false;
    check_calls();
    oracle_.expect(live_.empty(), "a request has outlived the service");
    for (Call* call : held_) {
        call->held = false;
        call->from->holds.erase(call);
        call->descriptor.reset();
    }
    held_.clear();
    start_service();
}

// ---- what the kernel tells

void World::before_call() {
    if (!calm_ && --until_ == 0) {
        until_ = 1 + choices_.below(rate_);
        live();
    }
}

void World::pinned(Process& process) {
    auto* call = loop_.current();
    if (call == nullptr) {
        return;
    }
    if (call->pinned == nullptr) {
        call->pinned = &process;
    }
    // A number that is named twice is looked up twice, and may have become another's in between.
    const auto& ids = call->spec.ids;
    const auto times = std::count(ids.begin(), ids.end(), static_cast<std::uint32_t>(process.pid));
    const auto [begin, end] = call->named.equal_range(process.pid);
    const bool is_known = std::any_of(begin, end, [&](const auto& each) { return each.second == &process; });
    if (!is_known && std::distance(begin, end) < times) {
        call->named.emplace(process.pid, &process);
    }
}

void World::looked_at(const Thread& thread) {
    if (auto* call = loop_.current(); call != nullptr && !call->asked) {
        call->seen.insert(thread.real);
    }
}

void World::sets(Thread& thread, int value) {
    tell([&] {
        return text_of(thread) + " is set to " + std::to_string(value) +
               (loop_.current() != nullptr ? " for call " + std::to_string(loop_.current()->id) : "");
    });
    oracle_.sets(thread, value);
}

// ---- the service

// As the gate and the adaptor do it.
void World::deliver(Call& call) {
    if (daemon_->gave_name_up) {
        late_.push_back(&call);
        return;
    }
    const auto spec = call.spec;
    call.spec.pidfds.reset();  // the message is gone after this
    const auto refusal = call.from->known ? daemon_->admission.refuses(call.uid()) : std::nullopt;
    if (refusal) {
        answered(call, &*refusal);
        return;
    }
    const service::Call message{call.from->name, !choices_.one_in(4)};
    call.begun = kernel_.tasks.now;
    live_.push_back(&call);
    std::shared_ptr<service::StepwiseRequest> request;
    if (call.kind == Call::Kind::read) {
        request = std::make_shared<service::ReadRequest>(
            daemon_->parts, message, spec,
            choices_.one_in(2) ? engine::Survey::Depth::everything : engine::Survey::Depth::highest,
            service::ReadRequest::Reply([this, &call](const Expected<Details>& result) {
                answered(call, result ? nullptr : &result.failure());
            }));
    } else {
        const auto duration =
            call.kind == Call::Kind::hold ? service::SetRequest::For::a_hold : service::SetRequest::For::good;
        request = std::make_shared<service::SetRequest>(
            daemon_->parts, message, spec, engine::Order{call.wanted, call.keep_explicit}, duration,
            service::SetRequest::Reply([this, &call](const Expected<service::Done>& result) {
                if (result && result->hold) {
                    call.held = true;
                    call.descriptor = result->hold;
                    held_.push_back(&call);
                }
                answered(call, result ? nullptr : &result.failure());
            }));
    }
    call.request = request;
    request->start();
}

void World::answered(Call& call, const Failure* failure) {
    tell([&] { return "answer to " + call.text() + ": " + (failure != nullptr ? failure->message : "done"); });
    oracle_.answered(call, failure);
    --call.from->calls;
    if (call.from->left) {
        call.descriptor.reset();  // the bus has nobody to give it to
    }
}

bool World::step() {
    ++steps_;
    if (loop_.has_quit()) {
        service_ended();
    } else {
        something_happens();
    }
    return check();
}

bool World::play(std::uint64_t steps) {
    while (steps_ < steps) {
        if (!step()) {
            return false;
        }
    }
    return end();
}

}  // namespace iopriority::simulation
