// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/read_request.hpp"

#include <utility>

namespace iopriority::service {

void ReadRequest::target_found(engine::Target target) {
    reader_.begin(std::move(target));
    in_slices([this] { return reader_.step(); },
              [this] {
                  reply_.send(reader_.result());
                  end();
              });
}

void ReadRequest::fail(const Failure& why) {
    reply_.send(why);
    end();
}

}  // namespace iopriority::service
