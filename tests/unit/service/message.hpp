// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
/// @file
/// Messages of D-Bus, byte by byte.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace iopriority::service::test {

struct MessageToWrite {
    char order = 'l';
    char type = 1;  ///< a call
    char flags = 0;
    std::uint32_t serial = 1;
    std::vector<std::pair<char, std::string>> texts{{1, "/org/example/IoPriority"}, {3, "Get"}, {7, ":1.42"}};
    std::string body{};

    [[nodiscard]] std::string bytes() const {
        std::string fields;
        for (const auto& [code, text] : texts) {
            fields.resize((fields.size() + 7) / 8 * 8);
            fields += {code, 1, code == 1 ? 'o' : 's', 0};
            fields += number(static_cast<std::uint32_t>(text.size())) + text + '\0';
        }
        std::string all{order, type, flags, 1};
        all += number(static_cast<std::uint32_t>(body.size())) + number(serial) +
               number(static_cast<std::uint32_t>(fields.size())) + fields;
        all.resize((all.size() + 7) / 8 * 8);
        return all + body;
    }

 private:
    [[nodiscard]] std::string number(std::uint32_t value) const {
        std::string text;
        for (unsigned i = 0; i < sizeof value; ++i) {
            const unsigned shift = 8 * (order == 'l' ? i : 3 - i);
            text += static_cast<char>(value >> shift & 0xffU);
        }
        return text;
    }
};

}  // namespace iopriority::service::test
