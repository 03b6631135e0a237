// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "allocations.hpp"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

namespace iopriority::service::test {

thread_local long allocations_left = -1;
thread_local bool allocations_end = false;

namespace {

std::atomic<std::size_t> now{0};
std::size_t most = 0;

void* allocate(std::size_t size) {
    const bool fails = allocations_left == 0 || (allocations_left < 0 && allocations_end);
    allocations_left -= allocations_left >= 0 ? 1 : 0;
    void* const memory = fails ? nullptr : std::malloc(size > 0 ? size : 1);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    most = std::max(most, now += ::malloc_usable_size(memory));
    return memory;
}

void release(void* memory) {
    now -= ::malloc_usable_size(memory);
    std::free(memory);
}

}  // namespace

std::size_t allocated() {
    return now;
}

std::size_t& most_allocated() {
    return most;
}

}  // namespace iopriority::service::test

void* operator new(std::size_t size) {
    return iopriority::service::test::allocate(size);
}
void* operator new[](std::size_t size) {
    return iopriority::service::test::allocate(size);
}
void operator delete(void* memory) noexcept {
    iopriority::service::test::release(memory);
}
void operator delete[](void* memory) noexcept {
    iopriority::service::test::release(memory);
}
void operator delete(void* memory, std::size_t /*size*/) noexcept {
    iopriority::service::test::release(memory);
}
void operator delete[](void* memory, std::size_t /*size*/) noexcept {
    iopriority::service::test::release(memory);
}
