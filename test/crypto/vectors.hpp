// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The vectors of test/vectors/crypto, which test/vectors/make_crypto_vectors.py makes, and what it takes to replay
// them.
#pragma once

#include "crypto/record.hpp"
#include "proto/names.hpp"

#include <botan/rng.h>
#include <boost/json/value.hpp>

#include <string>

namespace cifra::test {

// crypto/NAME.json.
boost::json::value load_vectors(const std::string& name);

Bytes bytes(const boost::json::value& hex);
Bytes from_hex(std::string_view hex);
crypto::Secret secret(const boost::json::value& hex);
Suite suite(const boost::json::value& name);
Group group(const boost::json::value& name);
std::string text(const boost::json::value& value);

std::vector<Suite> all_suites();

// Gives out the bytes that it was made with, then a fixed sequence: what a generator draws first is known.
class FixedRng final : public Botan::RandomNumberGenerator {
  public:
    explicit FixedRng(Bytes first = {}) : first_(std::move(first)) {}
    void randomize(std::uint8_t out[], std::size_t length) override;
    bool accepts_input() const override { return false; }
    void add_entropy(const std::uint8_t[], std::size_t) override {}
    std::string name() const override { return "fixed"; }
    void clear() override {}
    bool is_seeded() const override { return true; }
    std::size_t drawn() const { return drawn_; }

  private:
    Bytes first_;
    std::size_t drawn_ = 0;
};

// A record on the wire, taken apart.
struct Wire {
    Bytes frame;
    Bytes mac; // of the MAC frame; empty for an AEAD
};
Wire seal(crypto::RecordSealer& sealer, Suite suite, std::uint8_t type, ByteView body, std::size_t padding,
          crypto::SequenceNumber& number, Botan::RandomNumberGenerator& rng);

} // namespace cifra::test
