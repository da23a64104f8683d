// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The bodies of PROTOCOL.md section 8 and 6. `encode` gives the body without inner header and padding; `decode` takes
// the whole body and refuses bytes missing or left over. Text is checked to be UTF-8, and lengths before they
// are used.
#pragma once

#include "proto/bytes.hpp"
#include "proto/codes.hpp"
#include "proto/fault.hpp"

namespace cifra::proto {

enum class InnerType : std::uint8_t {
    authenticate = 1,
    ok = 2,
    error = 3,
    bye = 4,
    ping = 5,
    pong = 6,
    rotate = 7,
    rotate_response = 8,
    rotated = 9,
    enrolment_status = 10,
    list = 16,
    catalogue = 17,
    open = 18,
    opened = 19,
    read = 20,
    data = 21,
    close = 22,
    licence_request = 23,
    licence = 24,
};
// Any other number: Fault::unknown_type.
Result<InnerType> inner_type_from(std::uint8_t code);
// "LIST", "ROTATE_RESPONSE", …
std::string_view name_of(InnerType type) noexcept;
constexpr bool is_application(InnerType type) { return static_cast<std::uint8_t>(type) >= 16; }

using Id16 = std::array<std::uint8_t, 16>; // item ids and play ids
using Sha256 = std::array<std::uint8_t, 32>;

enum class Scope : std::uint8_t { session = 0, request = 1, stream = 2 };

struct LoginOk {
    std::string device;
    std::string person;        // empty without a user
    std::uint64_t time_ms = 0; // since 1970, UTC
    std::uint32_t expires_seconds = 0;
    std::uint32_t ticket_seconds = 0; // how long the ticket is good
    Bytes ticket;                     // empty: none
    bool pause_without_card = false;  // while the person's card is out of its reader nothing is to be played
};
// The answer to an ENROLMENT. Certificates in DER; all three lists are empty unless it is approved.
struct EnrolmentStatus {
    enum class Status : std::uint8_t { pending = 0, approved = 1, refused = 2 };
    Status status = Status::pending;
    std::string id;                  // what listener and operator compare; at most 64 bytes
    std::string text;                // the operator's words; at most 512 bytes
    std::vector<Bytes> roots;        // of servers; at most 4, as the others
    std::vector<Bytes> device_chain; // chain, leaf first
    std::vector<Bytes> user_chain;   // chain, leaf first; empty when a card speaks for the person
};
struct StreamOk {
    std::uint32_t stream = 0;
};
struct Error {
    Scope scope = Scope::session;
    std::uint32_t id = 0;
    ErrorCode code{}; // may be outside the table
};
struct Ping {
    std::uint64_t token = 0;
};
struct Pong {
    std::uint64_t token = 0;
};
struct Rotate {
    std::uint32_t epoch = 0;
    Bytes key;
};
struct RotateResponse {
    std::uint32_t epoch = 0;
    Bytes key;
};

struct List {
    std::uint32_t request = 0;
    std::uint64_t revision = 0;
    std::uint64_t cursor = 0;
    std::uint16_t limit = 0;
    std::string query; // at most 256 bytes
};
// What a person may do with an item, as the server sees it now.
enum class TermsState : std::uint8_t {
    open = 0, // no licence is needed
    ready = 1,
    active = 2, // begun
    exhausted = 3,
    expired = 4,
    returned = 5,
    revoked = 6,
    cancelled = 7,
    none = 8, // there is no licence
    not_yet = 9,
};
enum class TermsRenewal : std::uint8_t { none = 0, free = 1, voucher = 2, by_operator = 3 };
inline constexpr std::uint8_t right_play = 1, right_save = 2, right_bridge = 4, right_preview = 8;
inline constexpr std::uint64_t no_limit = UINT64_MAX;
struct Terms {
    TermsState state = TermsState::open;
    std::uint8_t rights = right_play | right_save | right_bridge;
    TermsRenewal renewal = TermsRenewal::none;
    std::uint64_t plays = no_limit, units = no_limit, seconds = no_limit; // that are left; units are chunks
    std::uint64_t not_before = 0, not_after = no_limit;                   // seconds since 1970
    std::uint64_t renewals = 0;                                           // that are left
    bool operator==(const Terms&) const = default;
};
inline constexpr std::size_t terms_size = 51;
enum class Kind : std::uint8_t { audio = 1, file = 2 };
struct Entry {
    Id16 item{};
    Kind kind = Kind::file;
    std::uint64_t size = 0;       // bytes
    std::uint32_t chunk_size = 0; // bytes
    std::uint32_t duration_ms = 0;
    std::string name, title, artist, album;
    Terms terms{};
};
struct Catalogue {
    std::uint32_t request = 0;
    std::uint64_t revision = 0;
    std::uint64_t next_cursor = 0;
    std::uint32_t total = 0;
    std::vector<Entry> entries;
};
inline constexpr std::size_t catalogue_limit = 65'536; // bytes of a whole body
inline constexpr std::size_t max_item_name = 1024, max_item_text = 512, max_query = 256;
// Bytes that this entry takes in a CATALOGUE.
std::size_t encoded_size(const Entry& entry) noexcept;

enum class Mode : std::uint8_t { play = 1, save = 2, upload = 3 };
struct Upload {
    std::string name; // any UTF-8: one that will not do is for NAME_REFUSED, which ends no session
    std::uint64_t size = 0;
    std::uint32_t chunk_size = 0;
    Sha256 sha256{};
};
struct Open {
    std::uint32_t request = 0;
    Mode mode = Mode::save;
    Id16 play{};
    Id16 item{};   // play and save
    Upload upload; // upload
};

struct Manifest {
    Id16 item{};
    Kind kind = Kind::file;
    std::uint64_t size = 0;
    std::uint32_t chunk_size = 0; // a power of two, min_chunk to max_chunk; of an item, what suits it best
    Sha256 sha256{};
    Sha256 root{}; // of the item's hash tree; zeros when nobody signed this
    std::string name, title, artist, album;
    std::uint32_t duration_ms = 0;
    std::uint32_t sample_rate = 0;
    std::uint8_t channels = 0;
    std::uint32_t seek_step = 0;             // MPEG frames an entry of seek_offsets
    std::vector<std::uint64_t> seek_offsets; // bytes into the file; at most 1000, none above size, and only with a step
};
Bytes encode(const Manifest& manifest);
Result<Manifest> decode_manifest(ByteView bytes);
// Number of chunks, and the length of chunk `index` (0 outside the item), in bytes.
std::uint64_t chunk_count(std::uint64_t size, std::uint32_t chunk_size) noexcept;
std::uint32_t chunk_length(std::uint64_t size, std::uint32_t chunk_size, std::uint64_t index) noexcept;

// The publisher's word for a manifest: over signed_content(Party::publisher, SHA-256 of encode(manifest)).
struct ManifestSignature {
    std::vector<Bytes> chain; // DER, leaf first; empty: nobody signed
    std::uint16_t scheme = 0;
    Bytes signature;
    bool operator==(const ManifestSignature&) const = default;
};
// As an item keeps it beside its bytes: manifest bytes24 ‖ signature, both as in OPENED.
struct SignedManifest {
    Manifest manifest;
    ManifestSignature signature;
};
Bytes encode(const SignedManifest& item);
Result<SignedManifest> decode_signed_manifest(ByteView bytes);

struct Opened {
    std::uint32_t request = 0;
    std::uint64_t next_chunk = 0; // not above the number of the stream's chunks
    std::uint32_t chunk_size = 0; // of this stream: a power of two, min_chunk to max_chunk
    Terms terms{};
    Manifest manifest; // its root is zero if, and only if, there is no signature
    ManifestSignature signature{};
    bool is_signed() const { return !signature.chain.empty(); }
};
// Of an item, or an upload, that nobody signed and for which no licence is needed, in chunks of the manifest's size.
Opened plain_opened(std::uint32_t request, Manifest manifest, std::uint64_t next_chunk = 0);
struct Read {
    std::uint32_t stream = 0;
    std::uint32_t read_id = 0;
    std::uint64_t first = 0;
    std::uint32_t count = 0; // first + count does not overflow
};
// DATA is not copied: the header is encoded in front of the chunk, and decoding leaves the chunk where it is.
struct DataHeader {
    std::uint32_t stream = 0;
    std::uint32_t read_id = 0;
    std::uint64_t index = 0;
};
inline constexpr std::size_t data_header_size = 17;
inline constexpr std::size_t max_path = 50; // hashes: an item of 2^64 bytes has no more levels
inline constexpr std::size_t path_hash_size = 32;
struct Data {
    DataHeader header;
    ByteView path; // hashes that lead from the chunk to the root, path_hash_size bytes each
    ByteView chunk;
};
struct Close {
    std::uint32_t stream = 0;
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
};

enum class LicenceAction : std::uint8_t { show = 0, renew = 1, give_back = 2 };
inline constexpr std::size_t max_voucher = 128;
struct LicenceRequest {
    std::uint32_t request = 0;
    LicenceAction action = LicenceAction::show;
    Id16 item{};
    std::string voucher; // at most max_voucher bytes; empty unless renewing
};
struct LicenceReply {
    std::uint32_t request = 0;
    Id16 item{};
    Terms terms{};
};

// `hashes`: of the path that follows, at most max_path; then comes the chunk.
void write_data_header(std::span<std::uint8_t, data_header_size> out, const DataHeader& header, std::size_t hashes = 0);
Bytes encode(const LoginOk& message);
Bytes encode(const EnrolmentStatus& message);
Bytes encode(const StreamOk& message);
Bytes encode(const Error& message);
Bytes encode(const Ping& message);
Bytes encode(const Pong& message);
Bytes encode(const Rotate& message);
Bytes encode(const RotateResponse& message);
Bytes encode(const List& message);
Bytes encode(const Catalogue& message);
Bytes encode(const Open& message);
Bytes encode(const Opened& message);
Bytes encode(const Read& message);
Bytes encode(const Close& message);
Bytes encode(const LicenceRequest& message);
Bytes encode(const LicenceReply& message);

// OK: which of the two forms its scope byte names (Scope::session is the login).
Result<Scope> ok_scope(ByteView body);
Result<LoginOk> decode_login_ok(ByteView body);
Result<EnrolmentStatus> decode_enrolment_status(ByteView body);
Result<StreamOk> decode_stream_ok(ByteView body);
Result<Error> decode_error(ByteView body);
Result<Ping> decode_ping(ByteView body);
Result<Pong> decode_pong(ByteView body);
Result<Rotate> decode_rotate(ByteView body);
Result<RotateResponse> decode_rotate_response(ByteView body);
Result<void> decode_empty(ByteView body); // BYE, ROTATED
Result<List> decode_list(ByteView body);
Result<Catalogue> decode_catalogue(ByteView body);
Result<Open> decode_open(ByteView body);
Result<Opened> decode_opened(ByteView body);
Result<Read> decode_read(ByteView body);
Result<Data> decode_data(ByteView body);
Result<Close> decode_close(ByteView body);
Result<LicenceRequest> decode_licence_request(ByteView body);
Result<LicenceReply> decode_licence_reply(ByteView body);

} // namespace cifra::proto
