// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Parts that are loaded when they are needed, since what they link takes long to load.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "values/expected.hpp"

namespace iopriority {

/// Says in a program's file what it loads while it runs, for those who make packages and images
/// (https://systemd.io/ELF_DLOPEN_METADATA).
template <std::size_t size>
struct DlopenNote {
    std::uint32_t owner_size = 4;
    std::uint32_t text_size = size;
    std::uint32_t type = 0x407c0c0a;
    std::array<char, 4> owner{'F', 'D', 'O', '\0'};
    std::array<char, size> text{};
};

/// For a constant that is alignas(4), and has the attributes gnu::used and gnu::section(".note.dlopen").
/// @param json what is loaded, as a list
template <std::size_t size>
constexpr DlopenNote<size> dlopen_note(const char (&json)[size]) {  // NOLINT(*-avoid-c-arrays): a literal
    DlopenNote<size> note;
    note.text = std::to_array(json);
    return note;
}

/// Of a function of a module, which stays loaded from then on: what it links may have threads.
/// @param files where it may be. By its name alone it is found in a build tree (CMake's BUILD_RPATH)
/// @return of `failed` if there is no descriptor or memory for it, otherwise service_unavailable
Expected<void*> address_in_module(std::initializer_list<const char*> files, const char* function);

}  // namespace iopriority
