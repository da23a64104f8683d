// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate_request.hpp"

#include "crypto/certificate_form.hpp"
#include "crypto/certificate_key.hpp"
#include "crypto/certificate_subject.hpp"
#include "crypto/signed_object.hpp"

#include <botan/x509_key.h>

#include <algorithm>

namespace cifra::crypto {

namespace {

struct Parts {
    ByteView subject, key; // whole
};

// CertificationRequest of RFC 2986.
ChainResult<Parts> take_apart(ByteView der) {
    constexpr std::uint8_t attributes_tag = 0xA0;
    const auto outer = DerReader(der).next(der::sequence);
    if (!outer) return ChainFault::malformed;
    DerReader reader(outer->content);
    const auto body = reader.next(der::sequence);
    const auto algorithm = body ? reader.next(der::sequence) : std::nullopt;
    const auto signature = algorithm ? reader.next(der::bit_string) : std::nullopt;
    if (!signature || !reader.empty() || !whole_bytes(*signature)) return ChainFault::malformed;
    DerReader inside(body->content);
    const auto version = inside.next(der::integer);
    if (!version || version->content.size() != 1 || version->content[0] != 0) return ChainFault::malformed;
    const auto subject = inside.next(der::sequence);
    const auto key = subject ? inside.next(der::sequence) : std::nullopt;
    if (!key || !inside.next(attributes_tag) || !inside.empty()) return ChainFault::malformed;
    if (const auto fault = check_key(*key)) return *fault;
    if (const auto fault = check_signature_algorithm(*algorithm)) return *fault;
    return Parts{subject->whole, key->whole};
}

Request read(const Parts& parts) {
    Request request;
    Botan::X509_DN subject;
    Botan::BER_Decoder(parts.subject.data(), parts.subject.size()).decode(subject);
    request.common_name = common_name(subject);
    request.key.reset(Botan::X509::load_key(Bytes(parts.key.begin(), parts.key.end())));
    request.key_hash = key_hash_of(*request.key);
    return request;
}

} // namespace

ChainResult<Request> parse_request(ByteView der) {
    if (const auto fault = check_outline(der)) return *fault;
    const auto parts = take_apart(der);
    if (!parts) return parts.error();
    try {
        auto request = read(*parts);
        if (!SignedObject(der).signed_by(*request.key)) return ChainFault::bad_signature;
        return request;
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception&) {
        return ChainFault::malformed;
    }
}

} // namespace cifra::crypto
