// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/messages.hpp"

namespace cifra::proto {

Result<InnerType> inner_type_from(std::uint8_t code) {
    const auto type = static_cast<InnerType>(code);
    if (name_of(type).empty()) return Fault::unknown_type;
    return type;
}

std::string_view name_of(InnerType type) noexcept {
    switch (type) {
        case InnerType::authenticate:
            return "AUTHENTICATE";
        case InnerType::ok:
            return "OK";
        case InnerType::error:
            return "ERROR";
        case InnerType::bye:
            return "BYE";
        case InnerType::ping:
            return "PING";
        case InnerType::pong:
            return "PONG";
        case InnerType::rotate:
            return "ROTATE";
        case InnerType::rotate_response:
            return "ROTATE_RESPONSE";
        case InnerType::rotated:
            return "ROTATED";
        case InnerType::enrolment_status:
            return "ENROLMENT_STATUS";
        case InnerType::list:
            return "LIST";
        case InnerType::catalogue:
            return "CATALOGUE";
        case InnerType::open:
            return "OPEN";
        case InnerType::opened:
            return "OPENED";
        case InnerType::read:
            return "READ";
        case InnerType::data:
            return "DATA";
        case InnerType::close:
            return "CLOSE";
        case InnerType::licence_request:
            return "LICENCE_REQUEST";
        case InnerType::licence:
            return "LICENCE";
    }
    return {};
}

} // namespace cifra::proto
