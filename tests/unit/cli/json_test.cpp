// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/json.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace iopriority::cli {

TEST(Json, of_nothing_is_an_empty_list) {
    EXPECT_EQ(json_text(Json::array(), JsonStyle::one_line), "[]\n");
    EXPECT_EQ(json_text(Json::object(), JsonStyle::one_line), "{}\n");
}

TEST(Json, keeps_the_order_and_the_kinds_of_values) {
    const Json record{{"z", 1},
                      {"a", "text"},
                      {"n", nullptr},
                      {"b", true},
                      {"m", std::map<std::string, unsigned>{{"idle", 2}}},
                      {"l", std::vector<std::string>{"x", "y"}},
                      {"r", Json::array({{{"k", std::numeric_limits<unsigned>::max()}}})}};
    EXPECT_EQ(json_text(record, JsonStyle::one_line),
              R"({"z":1,"a":"text","n":null,"b":true,"m":{"idle":2},"l":["x","y"],"r":[{"k":4294967295}]})"
              "\n");
    EXPECT_EQ(json_text(Json{{"z", 1}}, JsonStyle::pretty), "{\n    \"z\": 1\n}\n");
}

TEST(Json, is_well_formed_with_any_text) {
    EXPECT_EQ(json_text(Json{{"t", "\"\\\n\x1b"}}, JsonStyle::one_line), "{\"t\":\"\\\"\\\\\\n\\u001b\"}\n");
    EXPECT_EQ(json_text(Json{{"t", "\xff\xc3"}}, JsonStyle::one_line), "{\"t\":\"\xef\xbf\xbd\xef\xbf\xbd\"}\n");
}

}  // namespace iopriority::cli
