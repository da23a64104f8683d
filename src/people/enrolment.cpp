// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "people/enrolment.hpp"

#include "crypto/certificate_form.hpp"
#include "crypto/der_check.hpp"
#include "people/json_text.hpp"
#include "proto/utf8.hpp"

#include <botan/data_src.h>
#include <botan/hash.h>
#include <botan/hex.h>
#include <botan/pem.h>

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace cifra::people {

namespace {

namespace json = boost::json;
namespace der = crypto::der;

constexpr std::size_t id_digits = 20;
constexpr std::size_t max_request_file = 64U << 10U;
constexpr std::size_t max_answer_file = 512U << 10U;
constexpr std::size_t max_pem = 12U << 10U; // a little more than max_certificate_size in base64
constexpr std::size_t max_chain = 4;
constexpr std::size_t longest_text = 512;
constexpr std::size_t longest_address = 64;
constexpr std::string_view request_label = "CERTIFICATE REQUEST";
constexpr std::string_view certificate_label = "CERTIFICATE";
constexpr std::array<std::string_view, 3> kinds{"none", "request", "certificate"};

std::string_view label_of(EnrolmentRequest::User kind) {
    return kind == EnrolmentRequest::User::certificate ? certificate_label : request_label;
}

std::string pem(const Bytes& bytes, std::string_view label) {
    return bytes.empty() ? std::string() : Botan::PEM_Code::encode(bytes, std::string(label));
}

// Nothing: not PEM of that label, or not DER of a size that anything accepts.
std::optional<Bytes> der_from(std::string_view text, std::string_view label) try {
    std::string found;
    Botan::DataSource_Memory source{std::string(text)};
    const auto decoded = Botan::PEM_Code::decode(source, found);
    Bytes bytes(decoded.begin(), decoded.end());
    if (found != label || bytes.size() > crypto::max_certificate_size || !crypto::is_strict_der(bytes))
        return std::nullopt;
    return bytes;
} catch (const std::exception&) {
    return std::nullopt;
}

Bytes der_in(const Object& object, const std::string& member, std::string_view text, std::string_view label) {
    if (auto bytes = der_from(text, label)) return std::move(*bytes);
    object.fail(member, "not PEM of a " + std::string(label) + " of at most " +
                            std::to_string(crypto::max_certificate_size) + " bytes");
}

std::vector<Bytes> chain_in(const Object& object, const std::string& member) {
    const auto texts = object.texts(member, max_pem);
    if (texts.size() > max_chain) object.fail(member, "more than " + std::to_string(max_chain) + " certificates");
    std::vector<Bytes> chain;
    for (const auto& text : texts) chain.push_back(der_in(object, member, text, certificate_label));
    return chain;
}

json::array json_of(const std::vector<Bytes>& chain) {
    json::array all;
    for (const auto& one : chain) all.emplace_back(pem(one, certificate_label));
    return all;
}

std::string words_in(const Object& object, std::string_view member, std::size_t limit) {
    auto words = object.text(member, limit);
    if (!proto::is_utf8(words) || proto::has_control_characters(words))
        object.fail(member, "not text, or with control characters");
    return words;
}

void demand_version(const Object& object) {
    if (object.integer("version", 1'000'000) != 1) object.fail("version", "not 1: made by another version");
}

} // namespace

std::string enrolment_id(ByteView device_request) {
    // CertificationRequest of RFC 2986: { { version, subject, public key, [0] attributes }, algorithm, signature }
    if (device_request.size() > crypto::max_certificate_size || !crypto::is_strict_der(device_request)) return {};
    const auto outer = crypto::DerReader(device_request).next(der::sequence);
    const auto info = outer ? crypto::DerReader(outer->content).next(der::sequence) : std::nullopt;
    if (!info) return {};
    crypto::DerReader reader(info->content);
    if (!reader.next(der::integer) || !reader.next(der::sequence)) return {};
    const auto key = reader.next(der::sequence);
    if (!key) return {};
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    hash->update(key->whole.data(), key->whole.size());
    return Botan::hex_encode(hash->final(), false).substr(0, id_digits);
}

std::string shown_id(std::string_view id) {
    std::string shown;
    for (std::size_t i = 0; i < id.size(); ++i) {
        if (i != 0 && i % 4 == 0) shown += '-';
        shown += id[i];
    }
    return shown;
}

std::string typed_id(std::string_view text) {
    std::string id;
    for (const char c : text) {
        if (c != '-' && c != ' ') id += crypto::ascii_lower(c);
    }
    return id;
}

EnrolmentRequest EnrolmentRequest::parse(std::string_view text) {
    const auto whole = parse_json(text, max_request_file);
    const Object object(whole, "");
    object.demand_only({"version", "id", "name", "received", "address", "device_request", "user", "user_pem"});
    demand_version(object);
    EnrolmentRequest request;
    request.name = object.text("name", longest_text);
    if (!crypto::is_plain_name(request.name)) object.fail("name", "not a name");
    request.received_ms = object.integer("received", std::numeric_limits<std::int64_t>::max());
    request.address = words_in(object, "address", longest_address);
    request.device_request = der_in(object, "device_request", object.text("device_request", max_pem), request_label);
    request.id = object.text("id", id_digits);
    if (request.id.empty() || request.id != enrolment_id(request.device_request))
        object.fail("id", "not that of the key in device_request");
    const auto kind = std::find(kinds.begin(), kinds.end(), object.text("user", longest_text));
    if (kind == kinds.end()) object.fail("user", "not one of none, request, certificate");
    request.user_kind = static_cast<User>(kind - kinds.begin());
    const auto user = object.text("user_pem", max_pem);
    if (request.user_kind != User::none) request.user = der_in(object, "user_pem", user, label_of(request.user_kind));
    if (request.user_kind == User::none && !user.empty()) object.fail("user_pem", "not empty");
    return request;
}

std::string EnrolmentRequest::to_json() const {
    return json::serialize(json::object{{"version", 1},
                                        {"id", id},
                                        {"name", name},
                                        {"received", received_ms},
                                        {"address", address},
                                        {"device_request", pem(device_request, request_label)},
                                        {"user", kinds.at(static_cast<std::size_t>(user_kind))},
                                        {"user_pem", pem(user, label_of(user_kind))}}) +
           "\n";
}

EnrolmentAnswer EnrolmentAnswer::parse(std::string_view text) {
    const auto whole = parse_json(text, max_answer_file);
    const Object object(whole, "");
    object.demand_only({"version", "status", "text", "device_chain", "user_chain"});
    demand_version(object);
    EnrolmentAnswer answer;
    const auto status = object.text("status", longest_text);
    if (status != "approved" && status != "refused") object.fail("status", "neither approved nor refused");
    answer.status = status == "approved" ? Status::approved : Status::refused;
    answer.text = words_in(object, "text", longest_text);
    answer.device_chain = chain_in(object, "device_chain");
    answer.user_chain = chain_in(object, "user_chain");
    const bool approved = answer.status == Status::approved;
    if (approved == answer.device_chain.empty())
        object.fail("device_chain", approved ? "empty in an approval" : "not empty in a refusal");
    if (!approved && !answer.user_chain.empty()) object.fail("user_chain", "not empty in a refusal");
    return answer;
}

std::string EnrolmentAnswer::to_json() const {
    return json::serialize(json::object{{"version", 1},
                                        {"status", status == Status::approved ? "approved" : "refused"},
                                        {"text", text},
                                        {"device_chain", json_of(device_chain)},
                                        {"user_chain", json_of(user_chain)}}) +
           "\n";
}

} // namespace cifra::people
