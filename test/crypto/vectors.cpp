// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "vectors.hpp"

#include "crypto/suite.hpp"

#include <botan/hex.h>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

namespace cifra::test {

boost::json::value load_vectors(const std::string& name) {
    std::ifstream file(std::string(CIFRA_SOURCE_DIR) + "/test/vectors/crypto/" + name + ".json");
    REQUIRE(file);
    return boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

Bytes from_hex(std::string_view hex) { return Botan::hex_decode(hex.data(), hex.size(), false); }
Bytes bytes(const boost::json::value& hex) { return from_hex(hex.as_string()); }
crypto::Secret secret(const boost::json::value& hex) { return crypto::Secret::copy_of(bytes(hex)); }
Suite suite(const boost::json::value& name) { return suite_named(name.as_string()).value(); }
Group group(const boost::json::value& name) { return group_named(name.as_string()).value(); }
std::string text(const boost::json::value& value) { return std::string(value.as_string()); }

std::vector<Suite> all_suites() {
    std::vector<Suite> suites;
    for (std::size_t i = 0; i < suite_count; ++i) suites.push_back(static_cast<Suite>(i));
    return suites;
}

void FixedRng::randomize(std::uint8_t out[], std::size_t length) {
    for (std::size_t i = 0; i < length; ++i, ++drawn_) {
        out[i] = drawn_ < first_.size() ? first_[drawn_] : static_cast<std::uint8_t>(drawn_ * 73 + 41);
    }
}

Wire seal(crypto::RecordSealer& sealer, Suite suite, std::uint8_t type, ByteView body, std::size_t padding,
          crypto::SequenceNumber& number, Botan::RandomNumberGenerator& rng) {
    Bytes record(sealer.sealed_size(body.size(), padding), 0xA5);
    std::ranges::copy(body, record.begin() + static_cast<std::ptrdiff_t>(sealer.prefix()));
    sealer.seal(record, static_cast<proto::InnerType>(type), body.size(), padding, number, rng);
    const std::size_t mac_length = crypto::info(suite).mac_length();
    if (mac_length == 0) return {std::move(record), {}};
    const ByteView mac_frame = ByteView(record).last(mac_length + proto::frame_header_size);
    REQUIRE(mac_frame[0] == 6);
    REQUIRE(mac_frame[1] == 0);
    REQUIRE(mac_frame[2] == 0);
    REQUIRE(mac_frame[3] == mac_length);
    const ByteView mac = mac_frame.subspan(proto::frame_header_size);
    Wire wire{{}, {mac.begin(), mac.end()}};
    record.resize(record.size() - mac_frame.size());
    wire.frame = std::move(record);
    return wire;
}

} // namespace cifra::test
