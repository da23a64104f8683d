// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/offer.hpp"

#include <botan/cpuid.h>
#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::client;

TEST_CASE("R-15: ChaCha20-Poly1305 comes first where there are no AES instructions, and last where there are") {
    CHECK(usual_suites(true) ==
          std::vector{Suite::aes256_gcm_sha384, Suite::aes128_gcm_sha256, Suite::chacha20_poly1305_sha256});
    CHECK(usual_suites(false) ==
          std::vector{Suite::chacha20_poly1305_sha256, Suite::aes256_gcm_sha384, Suite::aes128_gcm_sha256});
}

TEST_CASE("the offer is that of this machine, unless the settings name suites") {
    Settings settings;
    settings.host = "music.example";
    const auto offer = make_offer(settings);
    CHECK(offer.suites == usual_suites(Botan::CPUID::has_hw_aes()));
    CHECK(offer.server_name == "music.example");
    settings.suites = {Suite::aes256_ctr_sha256, Suite::chacha20_poly1305_sha256};
    CHECK(make_offer(settings).suites == settings.suites);
}
