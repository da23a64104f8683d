// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Licence to text.
#include "licence/document.hpp"
#include "licence/hex.hpp"
#include "proto/utf8.hpp"

#include <stdexcept>

namespace cifra::licence {

namespace {

using Fault = std::optional<DocumentFault>;

Fault bad(std::string what) { return DocumentFault{Flaw::bad_value, std::move(what)}; }

bool is_plain(std::string_view text, std::size_t limit) {
    return !text.empty() && text.size() <= limit && proto::is_utf8(text) && !proto::has_control_characters(text);
}

Fault fault_of_amount(std::string_view name, const std::optional<std::uint64_t>& amount) {
    if (!amount || (*amount >= 1 && *amount <= max_amount)) return {};
    return bad("constraints." + std::string(name) + ": not from 1 to " + std::to_string(max_amount));
}

Fault fault_of_time(std::string_view name, const std::optional<std::int64_t>& time) {
    if (!time || (*time >= 0 && *time <= max_time)) return {};
    return bad(std::string(name) + ": not from 0 to " + std::to_string(max_time));
}

Fault fault_of_constraints(const Constraints& c) {
    if (auto fault = fault_of_amount("count", c.count)) return fault;
    if (auto fault = fault_of_amount("units", c.units)) return fault;
    if (auto fault = fault_of_amount("accumulated", c.accumulated)) return fault;
    if (auto fault = fault_of_time("constraints.not_before", c.not_before)) return fault;
    if (auto fault = fault_of_time("constraints.not_after", c.not_after)) return fault;
    if (auto fault = fault_of_amount("after_first_play", c.after_first_play)) return fault;
    if (c.max_concurrent == 0U) return bad("constraints.max_concurrent: not from 1 to 4294967295");
    if (auto fault = fault_of_time("constraints.renew_until", c.renew_until)) return fault;
    if (c.not_before && c.not_after && *c.not_after < *c.not_before)
        return bad("constraints.not_after: before not_before");
    return {};
}

// Neither text that gets here has control characters.
std::string json_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string array_of(Rights rights) {
    std::string out;
    for (const auto right : all_rights) {
        if (has(rights, right)) out += (out.empty() ? "" : ",") + json_string(name_of(right));
    }
    return "[" + out + "]";
}

template <class Number>
void append(std::string& out, std::string_view name, const std::optional<Number>& number) {
    if (number) out += (out.empty() ? "" : ",") + json_string(name) + ":" + std::to_string(*number);
}

std::string object_of(const Constraints& c) {
    std::string out;
    append(out, "count", c.count);
    append(out, "units", c.units);
    append(out, "accumulated", c.accumulated);
    append(out, "not_before", c.not_before);
    append(out, "not_after", c.not_after);
    append(out, "after_first_play", c.after_first_play);
    append(out, "max_concurrent", c.max_concurrent);
    append(out, "renewals_max", c.renewals_max);
    append(out, "renew_until", c.renew_until);
    return "{" + out + "}";
}

} // namespace

std::optional<DocumentFault> fault_of(const Licence& licence) {
    if (licence.version != licence_version)
        return DocumentFault{Flaw::unknown_version, "version " + std::to_string(licence.version)};
    if (!is_plain(licence.person, max_person))
        return bad("person: not 1 to 128 bytes of text without control characters");
    if (licence.rights == 0 || (licence.rights & ~every_right) != 0)
        return bad("rights: none, or one that is not known");
    if (auto fault = fault_of_constraints(licence.constraints)) return fault;
    if (licence.renewal > Renewal::by_operator) return bad("renewal: not known");
    if (auto fault = fault_of_time("issued", licence.issued)) return fault;
    if (!is_plain(licence.origin, max_origin))
        return bad("origin: not 1 to 64 bytes of text without control characters");
    return {};
}

std::string text_of(const Licence& licence) {
    if (const auto fault = fault_of(licence)) throw std::invalid_argument("no licence: " + fault->what);
    return R"({"version":)" + std::to_string(licence.version) + R"(,"id":")" + to_hex(licence.id) + R"(","person":)" +
           json_string(licence.person) + R"(,"item":")" + to_hex(licence.item) + R"(","rights":)" +
           array_of(licence.rights) + R"(,"constraints":)" + object_of(licence.constraints) + R"(,"renewal":)" +
           json_string(name_of(licence.renewal)) + R"(,"issued":)" + std::to_string(licence.issued) + R"(,"origin":)" +
           json_string(licence.origin) + "}";
}

} // namespace cifra::licence
