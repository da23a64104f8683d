// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/negotiation.hpp"

#include "proto/frame.hpp"
#include "proto/json.hpp"
#include "proto/members.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <bit>

namespace cifra::proto {
namespace {

namespace json = boost::json;

constexpr std::size_t max_suites = 16, max_groups = 8, max_schemes = 16, max_features = 16;
constexpr std::size_t max_server_name = 255;
constexpr std::uint64_t max_rotation_chunks = std::uint64_t{1} << 20;
constexpr std::uint64_t max_rotation_bytes = std::uint64_t{1} << 36;
constexpr std::uint64_t max_rotation_seconds = 86'400;

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

Nonce32 nonce_member(Members& members) {
    Nonce32 nonce{};
    const auto text = members.text("nonce");
    const bool good =
        text.size() == 2 * nonce.size() && std::ranges::all_of(text, [](char c) { return hex_digit(c) >= 0; });
    if (!good) {
        members.fail(Fault::bad_value);
        return nonce;
    }
    for (std::size_t i = 0; i < nonce.size(); ++i)
        nonce[i] = static_cast<std::uint8_t>(hex_digit(text[2 * i]) * 16 + hex_digit(text[2 * i + 1]));
    return nonce;
}

std::uint32_t chunk_limit_member(Members& members) {
    const auto limit = members.integer32("chunk_limit", max_chunk);
    if (limit < min_chunk || !std::has_single_bit(limit)) members.fail(Fault::bad_value);
    return limit;
}

Padding padding_member(Members& members) {
    const auto text = members.text("padding");
    if (text != "none" && text != "full") members.fail(Fault::bad_value);
    return text == "full" ? Padding::full : Padding::none;
}

RotationPolicy rotation_member(Members& outer) {
    Members members(outer.object("rotation"));
    RotationPolicy policy;
    policy.chunks = members.integer32("chunks", max_rotation_chunks);
    policy.bytes = members.integer("bytes", max_rotation_bytes);
    policy.seconds = members.integer32("seconds", max_rotation_seconds);
    policy.ratchet = members.boolean("ratchet");
    members.demand_no_others();
    if (!members.ok()) outer.fail(members.fault());
    return policy;
}

template <class Enum>
std::vector<Enum> known(const std::vector<std::string_view>& names,
                        std::optional<Enum> (*find)(std::string_view) noexcept) {
    std::vector<Enum> out;
    for (const auto name : names)
        if (const auto value = find(name)) out.push_back(*value);
    return out;
}

// A name that is not known cannot have been offered.
template <class Enum>
Enum chosen(Members& members, std::string_view member, std::optional<Enum> (*find)(std::string_view) noexcept) {
    const auto value = find(members.text(member));
    if (!value) members.fail(Fault::not_offered);
    return value.value_or(Enum{});
}

template <class Range>
json::array names_array(const Range& values) {
    json::array out;
    for (const auto value : values) out.emplace_back(name_of(value));
    return out;
}

std::string hex(const Nonce32& nonce) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const auto byte : nonce) {
        out.push_back(digits[byte >> 4]);
        out.push_back(digits[byte & 15]);
    }
    return out;
}

std::string_view name_of_padding(Padding padding) { return padding == Padding::full ? "full" : "none"; }

Bytes serialized(const json::object& object) {
    const std::string text = json::serialize(object); // members in the order of insertion
    return {text.begin(), text.end()};
}

} // namespace

Bytes encode(const Negotiation& message) {
    json::object out;
    out["versions"] = json::array(message.versions.begin(), message.versions.end());
    out["suites"] = names_array(message.suites);
    out["groups"] = names_array(message.groups);
    out["schemes"] = names_array(message.schemes);
    out["nonce"] = hex(message.nonce);
    if (!message.server_name.empty()) out["server_name"] = message.server_name;
    out["chunk_limit"] = message.chunk_limit;
    out["padding"] = name_of_padding(message.padding);
    out["features"] = json::array(message.features.begin(), message.features.end());
    return serialized(out);
}

Bytes encode(const NegotiationResponse& message) {
    json::object out;
    out["version"] = message.version;
    out["suite"] = name_of(message.suite);
    out["group"] = name_of(message.group);
    out["nonce"] = hex(message.nonce);
    out["chunk_limit"] = message.chunk_limit;
    out["padding"] = name_of_padding(message.padding);
    json::object rotation;
    rotation["chunks"] = message.rotation.chunks;
    rotation["bytes"] = message.rotation.bytes;
    rotation["seconds"] = message.rotation.seconds;
    rotation["ratchet"] = message.rotation.ratchet;
    out["rotation"] = std::move(rotation);
    out["features"] = json::array(message.features.begin(), message.features.end());
    return serialized(out);
}

Result<Negotiation> decode_negotiation(ByteView payload) {
    if (payload.size() > negotiation_limit) return Fault::too_large;
    const auto object = parse_object(payload);
    if (!object) return object.error();
    Members members(*object);
    Negotiation message;
    message.versions = members.integers("versions");
    message.suites = known(members.texts("suites", 1, max_suites), suite_named);
    message.groups = known(members.texts("groups", 1, max_groups), group_named);
    message.schemes = known(members.texts("schemes", 1, max_schemes), scheme_named);
    message.nonce = nonce_member(members);
    message.server_name = members.optional_text("server_name");
    if (message.server_name.size() > max_server_name) members.fail(Fault::bad_value);
    message.chunk_limit = chunk_limit_member(members);
    message.padding = padding_member(members);
    // Version 1 knows no feature, so each one is checked and dropped.
    members.texts("features", 0, max_features);
    return members.finish(std::move(message));
}

Result<NegotiationResponse> decode_negotiation_response(ByteView payload) {
    if (payload.size() > negotiation_limit) return Fault::too_large;
    const auto object = parse_object(payload);
    if (!object) return object.error();
    Members members(*object);
    NegotiationResponse message;
    message.version = members.integer32("version", any_u32);
    message.suite = chosen(members, "suite", suite_named);
    message.group = chosen(members, "group", group_named);
    message.nonce = nonce_member(members);
    message.chunk_limit = chunk_limit_member(members);
    message.padding = padding_member(members);
    message.rotation = rotation_member(members);
    for (const auto feature : members.texts("features", 0, max_features)) message.features.emplace_back(feature);
    members.demand_no_others();
    return members.finish(std::move(message));
}

} // namespace cifra::proto
