// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/loaded_authority.hpp"

#include "values/module.hpp"

namespace iopriority::service {

namespace {

// IOPRIORITY_POLKIT_MODULE_NAME is set by CMake for this file.
alignas(4) [[gnu::used, gnu::section(".note.dlopen")]] constexpr auto note = dlopen_note(
    R"([{"feature":"polkit","description":"Asks polkit for authorization","priority":"required","soname":[")" IOPRIORITY_POLKIT_MODULE_NAME
    R"("]}])");

// A question that nobody can be asked. It is answered in a later turn of the loop, as all others are.
class Unasked final : public policy::Authority::Check {
 public:
    Unasked(Loop& loop, std::string why, std::function<void(const policy::Answer&)> handler)
        : answer_(loop.after(std::chrono::milliseconds(0), [why = std::move(why), handler = std::move(handler)] {
              handler({policy::Verdict::unavailable, why});
          })) {}

 private:
    Source answer_;
};

}  // namespace

std::string LoadedAuthority::load() {
    if (authority_) {
        return {};
    }
    const auto make = address_in_module({module_.c_str()}, "iopriority_polkit_authority");
    if (!make) {
        return "cannot load the part of iopriorityd that asks polkit: " + make.failure().message;
    }
    authority_.reset(
        reinterpret_cast<policy::Authority* (*)()>(*make)());  // NOLINT(*-reinterpret-cast): as dlsym(3) has it
    return {};
}

std::unique_ptr<policy::Authority::Check> LoadedAuthority::check(const policy::Question& question,
                                                                 std::function<void(const policy::Answer&)> handler,
                                                                 std::shared_ptr<const void> place) {
    if (auto why = load(); !why.empty()) {
        return std::make_unique<Unasked>(loop_, std::move(why), std::move(handler));
    }
    return authority_->check(question, std::move(handler), std::move(place));
}

}  // namespace iopriority::service
