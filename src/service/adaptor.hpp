// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// The service's object on the bus: the generated glue calls it, and it calls the services. No exception leaves it:
/// with sdbus-c++ 1.2 any exception except sdbus::Error that leaves a handler terminates the daemon.
#pragma once

#include <bus/iopriority_adaptor.hpp>
#include <bus/iopriority_extended1_adaptor.hpp>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bus/sdbus_compat.hpp"
#include "service/guard.hpp"
#include "service/read_request.hpp"
#include "service/set_request.hpp"

namespace iopriority::service {

class Adaptor final
    : public sdbus::AdaptorInterfaces<org::example::IoPriority_adaptor, org::example::IoPriority::Extended1_adaptor> {
 public:
    Adaptor(sdbus::IConnection& connection, const Parts& parts);
    ~Adaptor() { unregisterAdaptor(); }

 private:
    using Dictionary = std::map<std::string, sdbus::Variant>;
    using Devices = std::vector<sdbus::Struct<std::string, std::string, std::string>>;
    using Number = std::uint32_t;
    template <typename... Out>
    using Result = sdbus::Result<Out...>;

    // org.example.IoPriority (adaptor.cpp)
    void SetProcess(Result<Number>&& result, Number pid, std::string io_class, Number level) override;
    void SetUser(Result<Number, Number>&& result, Number uid, std::string io_class, Number level) override;
    void Get(Result<std::string, Number>&& result, Number pid) override;
    std::string Version() override { return IOPRIORITY_VERSION; }
    std::vector<std::string> Features() override;

    // org.example.IoPriority.Extended1 (extended_adaptor.cpp)
    void SetPriority(Result<Dictionary>&& result, std::string kind, sdbus::Variant target, std::string io_class,
                     Number level, Dictionary options) override;
    void HoldPriority(Result<sdbus::UnixFd, Dictionary>&& result, std::string kind, sdbus::Variant target,
                      std::string io_class, Number level, Dictionary options) override;
    void DescribePriority(Result<Dictionary>&& result, std::string kind, sdbus::Variant target,
                          Dictionary options) override;
    void ListDevices(Result<Devices>&& result) override;
    Number Holds() override { return parts_.holds.count(); }

    [[nodiscard]] Call current_call(const TargetSpec& spec) const;

    /// Runs a handler with a reply whose values `write` puts into the message; what it throws becomes an error reply.
    template <typename T, typename... Out, typename Write, typename Handler>
    void handle(Result<Out...>&& result, Write write, Handler handler);

    /// Begins a request that sets or holds a priority, if its arguments are valid.
    /// @param tells_left_alone as engine::Order has it
    void set(Expected<TargetSpec> spec, const std::string& io_class, Number level, bool tells_left_alone,
             SetRequest::For duration, SetRequest::Reply reply);
    void read(Expected<TargetSpec> spec, engine::Survey::Depth depth, ReadRequest::Reply reply);

    const Parts& parts_;
};

sdbus::Error to_error(const Failure& failure);

template <typename T, typename... Out, typename Write, typename Handler>
void Adaptor::handle(Result<Out...>&& result, Write write, Handler handler) {
    auto shared = std::make_shared<Result<Out...>>(std::move(result));
    Reply<T> reply([shared, write](const Expected<T>& outcome) {
        const auto fail = [&shared](const Failure& failure) { shared->returnError(to_error(failure)); };
        if (outcome) {
            auto step = [&] { write(*shared, *outcome); };
            guard(step, fail);  // e.g. a descriptor cannot be put into a message when none are left
        } else {
            fail(outcome.failure());
        }
    });
    auto step = [&] { handler(std::move(reply)); };
    guard(step, [&reply](const Failure& failure) { reply.send(failure); });  // unless it was moved from
}

}  // namespace iopriority::service
