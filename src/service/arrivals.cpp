// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/arrivals.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace iopriority::service {

namespace {

constexpr std::size_t most_bytes = 64 * 1024;
// After these, others have their turn.
constexpr int most_fillings = 4;

void discard(int socket, std::size_t size) {
    std::array<char, 16384> bytes;  // NOLINT(*-member-init): nobody reads it
    while (size > 0) {
        const ssize_t taken = ::recv(socket, bytes.data(), std::min(size, bytes.size()), MSG_DONTWAIT);
        if (taken <= 0) {
            throw std::runtime_error("a message in the bus socket has disappeared");
        }
        size -= static_cast<std::size_t>(taken);
    }
}

// Whether the socket begins with these bytes: compares all of them, since two messages can begin with the same bytes.
bool stand_first(int socket, std::string_view bytes) {
    std::vector<char> first(bytes.size());
    const ssize_t size = ::recv(socket, first.data(), first.size(), MSG_PEEK | MSG_DONTWAIT);
    return size == static_cast<ssize_t>(first.size()) && std::equal(bytes.begin(), bytes.end(), first.begin());
}

bool whole(std::string_view bytes) {
    const auto size = size_of_message(bytes);
    return size && *size <= bytes.size();
}

}  // namespace

Arrivals::Arrivals(ForeignDescriptors& foreign, Drops drops)
    : foreign_(foreign), drops_(std::move(drops)), bytes_(most_bytes) {}

void Arrivals::forget() noexcept {
    size_ = 0;
    at_ = 0;
    all_seen_ = false;
    copies_.clear();  // never the last copies: the socket still has them
}

bool Arrivals::look_ahead(int socket) noexcept try {
    seen_ = foreign_.seen();
    next_ = 0;
    for (int i = 0; at_beginning_ && i < most_fillings && drop_some(socket); ++i) {
    }
    if (at_beginning_) {
        return next_ > 0;
    }
    foreign_.look_ahead(socket);
    return true;
} catch (...) {
    forget();
    at_beginning_ = false;
    return true;
}

// True if all known messages have been dropped, and there may be more.
bool Arrivals::drop_some(int socket) {
    if (!whole(waiting())) {
        fill(socket);
    }
    const std::size_t begin = at_;
    auto head = parse_head(waiting());
    const auto is_dropped = [&] { return head && (copies_.empty() || at_ != copies_at_) && drops_(*head); };
    for (; is_dropped(); head = parse_head(waiting())) {
        at_ += head->size;
    }
    if (at_ > begin && !stand_first(socket, {bytes_.data() + begin, at_ - begin})) {
        forget();  // libsystemd has read more than one message: it skips what it does not understand
        at_beginning_ = false;
        return false;
    }
    discard(socket, at_ - begin);
    if (!head && at_ > begin) {
        forget();
        return true;
    }
    if (!copies_.empty() && at_ == copies_at_) {
        foreign_.take(head ? std::optional(head->serial) : std::nullopt, std::exchange(copies_, {}));
    }
    next_ = head ? head->size : 0;
    at_beginning_ = head || waiting().empty();
    return false;
}

void Arrivals::fill(int socket) {
    forget();
    auto ahead = peek(socket, bytes_);
    size_ = ahead.size;
    // The kernel shows nothing behind descriptors.
    all_seen_ = size_ < bytes_.size() && ahead.copies.empty();
    if (ahead.copies.empty()) {
        return;
    }
    // The copies came with the last message that begins here.
    copies_ = std::move(ahead.copies);
    copies_at_ = 0;
    for (auto size = size_of_message({bytes_.data(), size_}); size && *size < size_ - copies_at_;
         size = size_of_message({bytes_.data() + copies_at_, size_ - copies_at_})) {
        copies_at_ += *size;
    }
}

void Arrivals::turn_ended(bool nothing_queued) noexcept {
    foreign_.turn_ended();
    const bool read_one = foreign_.seen() != seen_;
    all_seen_ = all_seen_ && nothing_queued;
    if (next_ == 0) {
        at_beginning_ = read_one && nothing_queued;
        forget();
    } else if (read_one) {
        at_ += next_;
    } else {
        forget();  // a reply is read unseen; so is a message that libsystemd does not understand: then it reads on
        at_beginning_ = false;
    }
}

}  // namespace iopriority::service
