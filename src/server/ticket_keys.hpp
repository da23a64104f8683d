// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Keys that tickets are sealed with: those of a file, which several servers share, or random ones of this server.
#pragma once

#include "crypto/secret.hpp"

#include <botan/rng.h>

#include <array>
#include <filesystem>
#include <vector>

namespace cifra::server {

struct TicketKey {
    static constexpr std::size_t size = 32;
    using Id = std::array<std::uint8_t, 8>;
    explicit TicketKey(crypto::Secret value); // of that size
    Id id{};                                  // follows from the key, and tells nothing about it
    crypto::Secret key;
};

// The first seals, all of them open.
using TicketKeys = std::vector<TicketKey>;

// Lines of 64 hexadecimal digits; empty ones, and those that begin with #, do not count. Throws std::runtime_error
// naming file and line; also when everybody may read the file.
TicketKeys load_ticket_keys(const std::filesystem::path& file);
TicketKey random_ticket_key(Botan::RandomNumberGenerator& rng);

} // namespace cifra::server
