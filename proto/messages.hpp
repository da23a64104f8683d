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
enum class Kind : std::uint8_t { audio = 1, file = 2 };
struct Entry {
    Id16 item{};
    Kind kind = Kind::file;
    std::uint64_t size = 0;       // bytes
    std::uint32_t chunk_size = 0; // bytes
    std::uint32_t duration_ms = 0;
    std::string name, title, artist, album;
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
    std::uint32_t chunk_size = 0; // a power of two, min_chunk to max_chunk
    Sha256 sha256{};
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

struct Opened {
    std::uint32_t request = 0;
    std::uint64_t next_chunk = 0; // not above the item's number of chunks
    Manifest manifest;
};
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
struct Data {
    DataHeader header;
    ByteView chunk;
};
struct Close {
    std::uint32_t stream = 0;
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
};

void write_data_header(std::span<std::uint8_t, data_header_size> out, const DataHeader& header);
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

} // namespace cifra::proto
