// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
#include "service/message_head.hpp"

namespace iopriority::service {

namespace {

// Byte order, type, flags, version, length of the body, serial, length of the fields.
constexpr std::size_t fixed_size = 16;
constexpr std::size_t body_at = 4;
constexpr std::size_t serial_at = 8;
constexpr std::size_t fields_at = 12;
constexpr char call = 1;
constexpr unsigned no_reply_expected = 1;

constexpr std::size_t aligned(std::size_t at, std::size_t to) {
    return (at + to - 1) / to * to;
}

/// Reads forward, and never beyond the end.
class Bytes {
 public:
    explicit Bytes(std::string_view bytes, std::size_t at) : bytes_(bytes), at_(at) {}

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool ended() const { return !ok_ || at_ >= bytes_.size(); }
    void align(std::size_t to) { at_ = aligned(at_, to); }
    std::uint8_t byte() {
        ok_ = ok_ && at_ < bytes_.size();
        return ok_ ? static_cast<std::uint8_t>(bytes_[at_++]) : std::uint8_t{0};
    }
    std::uint32_t number() {
        align(4);
        const std::uint32_t first = byte();
        const std::uint32_t second = byte();
        const std::uint32_t third = byte();
        const std::uint32_t fourth = byte();
        return bytes_[0] == 'B' ? first << 24U | second << 16U | third << 8U | fourth
                                : fourth << 24U | third << 16U | second << 8U | first;
    }
    /// Includes the zero that follows.
    std::string_view text(std::size_t size) {
        ok_ = ok_ && at_ < bytes_.size() && size < bytes_.size() - at_;
        const auto text = ok_ ? bytes_.substr(at_, size) : std::string_view{};
        at_ += ok_ ? size + 1 : 0;
        return text;
    }

 private:
    std::string_view bytes_;
    std::size_t at_;
    bool ok_ = true;
};

// One field of the header. False if it is not understood.
bool read_field(Bytes& bytes, MessageHead& head) {
    constexpr std::uint8_t member = 3;
    constexpr std::uint8_t sender = 7;
    bytes.align(8);
    const auto code = bytes.byte();
    const auto signature = bytes.text(bytes.byte());
    if (signature == "s" || signature == "o") {
        const auto text = bytes.text(bytes.number());
        head.member = code == member ? text : head.member;
        head.sender = code == sender ? text : head.sender;
    } else if (signature == "g") {
        static_cast<void>(bytes.text(bytes.byte()));
    } else if (signature == "u") {
        static_cast<void>(bytes.number());
    } else {
        return false;
    }
    return bytes.ok();
}

}  // namespace

std::optional<std::size_t> size_of_message(std::string_view bytes) {
    if (bytes.size() < fixed_size || (bytes[0] != 'l' && bytes[0] != 'B')) {
        return std::nullopt;
    }
    const std::size_t body = Bytes(bytes, body_at).number();
    const std::size_t fields = Bytes(bytes, fields_at).number();
    return aligned(fixed_size + fields, 8) + body;
}

std::optional<std::uint32_t> serial_of_message(std::string_view bytes) {
    return bytes.size() < fixed_size ? std::nullopt : std::optional(Bytes(bytes, serial_at).number());
}

std::optional<MessageHead> parse_head(std::string_view bytes) {
    const auto size = size_of_message(bytes);
    if (!size || bytes.size() < *size) {
        return std::nullopt;
    }
    MessageHead head;
    head.size = *size;
    head.serial = *serial_of_message(bytes);
    head.is_call = bytes[1] == call;
    head.wants_reply = (static_cast<unsigned char>(bytes[2]) & no_reply_expected) == 0;
    Bytes fields(bytes.substr(0, fixed_size + Bytes(bytes, fields_at).number()), fixed_size);
    while (!fields.ended()) {
        if (!read_field(fields, head)) {
            return std::nullopt;
        }
    }
    return head;
}

}  // namespace iopriority::service
