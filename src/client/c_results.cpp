// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
// What the functions of the library for C have handed out, part by part.
#include <cerrno>
#include <iterator>
#include <map>
#include <string>

#include "client/c_library.hpp"

namespace {

using ip::client::put;

/// The member with this index; null if there is none. @param list may be null
template <typename T>
const T* member(const std::vector<T>* list, std::size_t index) {
    return list != nullptr && index < list->size() ? &(*list)[index] : nullptr;
}

/// The count with this index. @param counts may be null @return 1, or 0 if there is none
int get_count(const std::map<std::string, unsigned>* counts, std::size_t index, const char** what, unsigned* result) {
    if (counts == nullptr || index >= counts->size()) {
        return 0;
    }
    const auto& [text, number] = *std::next(counts->begin(), static_cast<std::ptrdiff_t>(index));
    put(what, text.c_str());
    return put(result, number);
}

}  // namespace

unsigned iopriority_result_processes(const iopriority_result* result) {
    return result != nullptr ? result->changed.processes : 0;
}

unsigned iopriority_result_threads(const iopriority_result* result) {
    return result != nullptr ? result->changed.threads : 0;
}

int iopriority_result_by_service(const iopriority_result* result) {
    return result != nullptr && result->changed.by_service ? 1 : 0;
}

int iopriority_result_before(const iopriority_result* result, int* ret_io_class, unsigned* ret_level) {
    if (result == nullptr) {
        return -EINVAL;
    }
    const auto& before = result->changed.before;
    return before ? put(*before, ret_io_class, ret_level) : -ENODATA;
}

int iopriority_result_before_breakdown(const iopriority_result* result, size_t index, const char** ret_priority,
                                       unsigned* ret_threads) {
    return get_count(result != nullptr ? &result->changed.before_breakdown : nullptr, index, ret_priority, ret_threads);
}

int iopriority_result_left_alone(const iopriority_result* result, size_t index, const char** ret_reason,
                                 unsigned* ret_count) {
    return get_count(result != nullptr ? &result->changed.left_alone : nullptr, index, ret_reason, ret_count);
}

void iopriority_result_free(iopriority_result* result) {
    delete result;
}

int iopriority_details_set(const iopriority_details* details, int* ret_io_class, unsigned* ret_level) {
    return details != nullptr ? put(details->details.set, ret_io_class, ret_level) : -EINVAL;
}

int iopriority_details_effective(const iopriority_details* details, int* ret_io_class, unsigned* ret_level) {
    return details != nullptr ? put(details->details.effective, ret_io_class, ret_level) : -EINVAL;
}

const char* iopriority_details_source(const iopriority_details* details) {
    return details != nullptr ? details->details.source.c_str() : "";
}

int iopriority_details_uniform(const iopriority_details* details) {
    return details != nullptr && details->details.uniform() ? 1 : 0;
}

unsigned iopriority_details_processes(const iopriority_details* details) {
    return details != nullptr ? details->details.processes : 0;
}

unsigned iopriority_details_threads(const iopriority_details* details) {
    return details != nullptr ? details->details.threads : 0;
}

int iopriority_details_breakdown(const iopriority_details* details, size_t index, const char** ret_priority,
                                 unsigned* ret_threads) {
    return get_count(details != nullptr ? &details->details.breakdown : nullptr, index, ret_priority, ret_threads);
}

int iopriority_details_user(const iopriority_details* details, size_t index, uid_t* ret_uid) {
    const auto* const uid = member(details != nullptr ? &details->details.users : nullptr, index);
    return uid != nullptr ? put(ret_uid, *uid) : 0;
}

int iopriority_details_program(const iopriority_details* details, size_t index, const char** ret_program) {
    const auto* const program = member(details != nullptr ? &details->details.programs : nullptr, index);
    return program != nullptr ? put(ret_program, program->c_str()) : 0;
}

int iopriority_details_each(const iopriority_details* details, size_t index, pid_t* ret_pid,
                            const iopriority_details** ret_member) {
    const auto* const each = member(details != nullptr ? &details->each : nullptr, index);
    if (each != nullptr) {
        put(ret_pid, details->details.each[index].process);
        put<const iopriority_details*>(ret_member, each->get());
    }
    return each != nullptr ? 1 : 0;
}

int iopriority_details_each_cut(const iopriority_details* details) {
    return details != nullptr && details->details.each_cut ? 1 : 0;
}

void iopriority_details_free(iopriority_details* details) {
    delete details;
}

int iopriority_devices_get(const iopriority_devices* devices, size_t index, const char** ret_name,
                           const char** ret_scheduler, int* ret_honours) {
    const auto* const device = member(devices != nullptr ? &devices->devices : nullptr, index);
    if (device != nullptr) {
        put(ret_name, device->name.c_str());
        put(ret_scheduler, device->scheduler.c_str());
        put(ret_honours, static_cast<int>(device->honours));
    }
    return device != nullptr ? 1 : 0;
}

void iopriority_devices_free(iopriority_devices* devices) {
    delete devices;
}

int iopriority_error_code(const iopriority_error* error) {
    return error != nullptr ? static_cast<int>(error->code) + 1 : 0;
}

const char* iopriority_error_name(const iopriority_error* error) {
    return error != nullptr ? error->name.c_str() : "";
}

const char* iopriority_error_message(const iopriority_error* error) {
    return error != nullptr ? error->message.c_str() : "";
}

void iopriority_error_free(iopriority_error* error) {
    delete error;
}
