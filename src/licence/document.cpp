// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Text to licence.
#include "licence/document.hpp"

#include "licence/hex.hpp"
#include "proto/json.hpp"
#include "proto/utf8.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <initializer_list>
#include <stdexcept>

namespace cifra::licence {

namespace {

namespace json = boost::json;

// Inside this file only; parse() gives it back as its result.
struct Refused {
    DocumentFault fault;
};

[[noreturn]] void refuse(Flaw flaw, std::string what) { throw Refused{{flaw, std::move(what)}}; }

// A name out of the text, as far as it can be shown.
std::string shown(std::string_view name) {
    constexpr std::size_t limit = 64;
    if (name.size() > limit || !proto::is_utf8(name) || proto::has_control_characters(name)) return "?";
    return std::string(name);
}

void demand_only(const json::object& object, const std::string& place, std::string_view kind,
                 std::initializer_list<std::string_view> names) {
    for (const auto& member : object) {
        const std::string_view name(member.key().data(), member.key().size());
        if (std::find(names.begin(), names.end(), name) == names.end())
            refuse(Flaw::unknown_member,
                   place + shown(name) + ": not a " + std::string(kind) + " that this version knows");
    }
}

const json::value& at(const json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr) refuse(Flaw::missing, std::string(name) + ": is missing");
    return *value;
}

std::string text_in(const json::object& object, std::string_view name) {
    const auto& value = at(object, name);
    if (!value.is_string()) refuse(Flaw::bad_value, std::string(name) + ": not a text");
    return {value.get_string().data(), value.get_string().size()};
}

// The smaller ranges are fault_of()'s.
std::int64_t integer_of(const json::value& value, const std::string& place, std::int64_t at_most) {
    if (!value.is_int64() || value.get_int64() < 0 || value.get_int64() > at_most)
        refuse(Flaw::bad_value, place + ": not an integer from 0 to " + std::to_string(at_most));
    return value.get_int64();
}

Id16 id_in(const json::object& object, std::string_view name) {
    const auto id = id_of(text_in(object, name));
    if (!id) refuse(Flaw::bad_value, std::string(name) + ": not 32 lower-case hexadecimal digits");
    return *id;
}

Rights rights_in(const json::object& object) {
    const auto& value = at(object, "rights");
    if (!value.is_array()) refuse(Flaw::bad_value, "rights: not an array");
    Rights rights = 0;
    for (const auto& one : value.get_array()) {
        if (!one.is_string()) refuse(Flaw::bad_value, "rights: not texts");
        const std::string_view name(one.get_string().data(), one.get_string().size());
        const auto right = right_of(name);
        if (!right) refuse(Flaw::unknown_member, "rights: " + shown(name) + ": not a right that this version knows");
        if (has(rights, *right)) refuse(Flaw::bad_value, "rights: " + std::string(name) + " twice");
        rights |= static_cast<Rights>(*right);
    }
    return rights;
}

template <class Number>
void take(const json::object& object, std::string_view name, std::optional<Number>& number,
          std::uint64_t at_most = max_amount) {
    const auto* value = object.if_contains(name);
    if (value == nullptr) return;
    const auto read = integer_of(*value, "constraints." + std::string(name), static_cast<std::int64_t>(at_most));
    number = static_cast<Number>(read);
}

Constraints constraints_in(const json::object& whole) {
    const auto& value = at(whole, "constraints");
    if (!value.is_object()) refuse(Flaw::bad_value, "constraints: not an object");
    const auto& object = value.get_object();
    demand_only(object, "constraints.", "constraint",
                {"count", "units", "accumulated", "not_before", "not_after", "after_first_play", "max_concurrent",
                 "renewals_max", "renew_until"});
    constexpr std::uint64_t max_u32 = 0xffff'ffff;
    Constraints c;
    take(object, "count", c.count);
    take(object, "units", c.units);
    take(object, "accumulated", c.accumulated);
    take(object, "not_before", c.not_before);
    take(object, "not_after", c.not_after);
    take(object, "after_first_play", c.after_first_play);
    take(object, "max_concurrent", c.max_concurrent, max_u32);
    take(object, "renewals_max", c.renewals_max, max_u32);
    take(object, "renew_until", c.renew_until);
    return c;
}

void demand_version(const json::object& object) {
    const auto& value = at(object, "version");
    if (!value.is_int64() && !value.is_uint64()) refuse(Flaw::bad_value, "version: not an integer");
    if (!value.is_int64() || value.get_int64() != licence_version)
        refuse(Flaw::unknown_version,
               "version: not " + std::to_string(licence_version) + ", the only one that this version of Cifra knows");
}

Licence licence_in(const json::object& object) {
    demand_version(object); // first: what another version means by its members is not ours to judge
    demand_only(object, "", "member",
                {"version", "id", "person", "item", "rights", "constraints", "renewal", "issued", "origin"});
    Licence licence;
    licence.id = id_in(object, "id");
    licence.person = text_in(object, "person");
    licence.item = id_in(object, "item");
    licence.rights = rights_in(object);
    licence.constraints = constraints_in(object);
    const auto renewal = renewal_of(text_in(object, "renewal"));
    if (!renewal) refuse(Flaw::bad_value, "renewal: none of none, free, voucher, operator");
    licence.renewal = *renewal;
    licence.issued = integer_of(at(object, "issued"), "issued", max_time);
    licence.origin = text_in(object, "origin");
    return licence;
}

} // namespace

std::string_view describe(Flaw flaw) noexcept {
    switch (flaw) {
        case Flaw::too_large:
            return "too large";
        case Flaw::bad_json:
            return "bad JSON";
        case Flaw::unknown_version:
            return "unknown version";
        case Flaw::unknown_member:
            return "unknown member";
        case Flaw::missing:
            return "missing";
        case Flaw::bad_value:
            return "bad value";
        case Flaw::not_canonical:
            return "not canonical";
        case Flaw::bad_signature:
            return "bad signature";
    }
    return "unknown";
}

void throw_exception_from_error(const DocumentFault& fault, const boost::source_location& where) {
    throw std::logic_error("a licence was taken that is none: " + fault.what + " at " + where.to_string());
}

Parsed<Licence> parse(std::string_view text) {
    if (text.size() > max_document)
        return DocumentFault{Flaw::too_large, "larger than " + std::to_string(max_document) + " bytes"};
    const auto object = proto::parse_object(as_bytes(text));
    if (!object) return DocumentFault{Flaw::bad_json, "not one object of JSON, or with a member twice"};
    try {
        auto licence = licence_in(*object);
        if (auto fault = fault_of(licence)) return std::move(*fault);
        if (text_of(licence) != text)
            return DocumentFault{Flaw::not_canonical, "not in the one form: order of members, white space, escapes"};
        return licence;
    } catch (Refused& refused) {
        return std::move(refused.fault);
    }
}

} // namespace cifra::licence
