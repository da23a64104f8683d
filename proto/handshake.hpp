// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// DH_PARAMETERS, REFUSED and the items of AUTHENTICATE: PROTOCOL.md sections 4.2, 4.3 and 4.6.
#pragma once

#include "proto/bytes.hpp"
#include "proto/codes.hpp"
#include "proto/fault.hpp"
#include "proto/names.hpp"

namespace cifra::proto {

struct DhParameters {
    std::uint16_t group = 0; // as sent: a wrong guess may name a group that we do not know
    Bytes key;
};
Bytes encode(const DhParameters& message);
Result<DhParameters> decode_dh_parameters(ByteView payload);

Bytes encode_refused(RefusedCode code);
Result<RefusedCode> decode_refused(ByteView payload); // any u16

enum class ItemType : std::uint8_t { request = 1, chain = 2, signature = 3, finished = 4, ticket = 5, enrolment = 6 };
inline constexpr std::size_t item_header_size = 4;
inline constexpr std::size_t max_chain = 4;          // certificates
inline constexpr std::size_t max_certificate = 8192; // bytes
inline constexpr std::size_t max_issuer_name = 1024; // bytes
inline constexpr std::size_t max_person_name = 64;   // bytes
inline constexpr std::size_t max_ticket = 12'288;    // bytes

enum class UserAsked : std::uint8_t { none = 0, any = 1, card = 2 };

struct Request {
    UserAsked user = UserAsked::none;
    bool enrolment = false;      // requests for certificates are taken
    bool tickets = false;        // a TICKET may stand for CHAIN and SIGNATURE of the user
    std::vector<Scheme> schemes; // unknown codes are dropped in decoding
    std::vector<Bytes> issuers;  // DER names
};
struct Chain {
    std::vector<Bytes> certificates; // DER, leaf first
};
struct Signature {
    std::uint16_t scheme = 0;
    Bytes bytes;
};
struct Ticket {
    Bytes bytes; // the server's own, 1 to max_ticket
};
// A device without a certificate asks for one, and for one of its person or that her card may be known.
enum class EnrolmentUser : std::uint8_t { none = 0, request = 1, certificate = 2 };
struct Enrolment {
    std::string name;     // what the person or device wants to be called; 1 to 64 bytes
    Bytes device_request; // PKCS#10, DER, at most max_certificate
    EnrolmentUser kind = EnrolmentUser::none;
    Bytes user; // PKCS#10 or a certificate, DER, at most max_certificate; empty with none
};

// Whole items: type, length and value.
Bytes encode_item(const Request& item);
Bytes encode_item(const Chain& item);
Bytes encode_item(const Signature& item);
Bytes encode_item(const Ticket& item);
Bytes encode_item(const Enrolment& item);
Bytes encode_finished(ByteView mac);

// One item of an AUTHENTICATE body, not copied: `whole` is what goes into the transcript.
struct Item {
    ItemType type;
    ByteView value;
    ByteView whole;
};
// The items of a body in order; at most 4. Unknown type, overrun or bytes left over: a fault.
Result<std::vector<Item>> split_items(ByteView body);

Result<Request> decode_request(ByteView value);
Result<Chain> decode_chain(ByteView value);
Result<Signature> decode_signature(ByteView value);
Result<Ticket> decode_ticket(ByteView value);
Result<Enrolment> decode_enrolment(ByteView value);

} // namespace cifra::proto
