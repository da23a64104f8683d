// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Tickets: who has logged in with a key may do so again for a while from the same device. A ticket says whose it is;
// that she is still let in has to be found out each time.
#pragma once

#include "proto/handshake.hpp"
#include "server/file_io.hpp"
#include "server/retry.hpp"
#include "server/ticket_keys.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

namespace cifra::server {

struct TicketContents {
    std::string person;
    std::vector<Bytes> chain; // hers, DER, leaf first
    Bytes device_key_hash;
    std::int64_t issued = 0; // seconds since 1970: when her key signed
    std::int64_t expires = 0;
    bool operator==(const TicketContents&) const = default;
};

enum class TicketFault : std::uint8_t { malformed, unknown_key, altered, expired, from_the_future, other_device };
std::string_view describe(TicketFault fault) noexcept;
[[noreturn]] void throw_exception_from_error(TicketFault fault, const boost::source_location& where);

// Any thread may call.
class Tickets {
  public:
    using Steady = std::chrono::steady_clock::time_point;
    using Opened = boost::system::result<TicketContents, TicketFault>;
    static constexpr std::size_t max_size = proto::max_ticket; // bytes of a ticket

    // Random keys.
    Tickets() = default;

    // Keys of that file from now on, or random ones again when `file` is empty. Throws as load_ticket_keys, and then
    // changes nothing.
    void use(const std::filesystem::path& file);
    // Reads the file again if it has changed, and logs that.
    void look();

    // Empty when the ticket would be too large. `now` drives the change of random keys: each seals for an hour, and
    // opens for another one.
    Bytes seal(const TicketContents& contents, Botan::RandomNumberGenerator& rng, Steady now);
    // `now` in seconds since 1970. A ticket is good for that device alone.
    Opened open(ByteView ticket, ByteView device_key_hash, std::int64_t now, Steady steady_now);

  private:
    void change_random_keys(Botan::RandomNumberGenerator* rng, Steady now);

    std::mutex mutex_;
    TicketKeys keys_;
    std::filesystem::path file_; // empty: keys_ are random ones
    std::optional<FileStamp> stamp_;
    Retry retry_; // of the one thread that looks
    Steady made_; // the first of random keys
};

} // namespace cifra::server
