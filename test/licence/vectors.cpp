// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "vectors.hpp"

#include "licence/hex.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <sstream>

namespace cifra::licence::test {

namespace {

// Calls one of these for each line: with the words of "# NAME VALUE", or with a vector's line.
void each_line(const std::string& file, const std::function<void(const std::string&, const std::string&)>& heading,
               const std::function<void(std::istringstream&)>& vector) {
    std::ifstream in(CIFRA_SOURCE_DIR "/test/vectors/licence/" + file, std::ios::binary);
    if (!in) throw std::runtime_error("vectors: " + file);
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        if (!line.starts_with('#')) {
            vector(words);
            continue;
        }
        std::string hash, name, value;
        words >> hash >> name >> value;
        heading(name, value);
    }
}

std::string rest_of(std::istringstream& words) {
    std::string rest;
    std::getline(words, rest);
    return rest.empty() ? rest : rest.substr(1);
}

std::string text_in(const std::string& shown) {
    if (!shown.starts_with("hex:")) return shown;
    const auto bytes = from_hex(std::string_view(shown).substr(4));
    return {bytes.begin(), bytes.end()};
}

} // namespace

Bytes from_hex(std::string_view hex) {
    Bytes bytes(hex.size() / 2);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto* from = hex.data() + 2 * i;
        if (std::from_chars(from, from + 2, bytes[i], 16).ptr != from + 2) throw std::runtime_error("vectors: not hex");
    }
    return bytes;
}

crypto::Secret secret(ByteView bytes) { return crypto::Secret::copy_of(bytes); }

crypto::Secret counted_secret(std::uint8_t from) {
    crypto::Secret all(32);
    for (auto& byte : all.writable()) byte = from++;
    return all;
}

Id16 id(std::uint8_t byte) {
    Id16 all{};
    all.fill(byte);
    return all;
}

Documents load_documents() {
    Documents documents;
    const auto heading = [&](const std::string& name, const std::string& value) {
        if (name == "key") std::ranges::copy(from_hex(value), documents.key.begin());
    };
    each_line("documents.txt", heading, [&](std::istringstream& words) {
        DocumentVector one;
        std::string signature;
        words >> one.name >> one.verdict >> signature;
        if (signature != "-") one.signature = from_hex(signature);
        one.text = text_in(rest_of(words));
        documents.all.push_back(std::move(one));
    });
    return documents;
}

Vouchers load_vouchers() {
    Vouchers vouchers;
    const auto heading = [&](const std::string& name, const std::string& value) {
        if (name == "key") vouchers.key = from_hex(value);
        if (name == "now") vouchers.now = std::stoll(value);
    };
    each_line("vouchers.txt", heading, [&](std::istringstream& words) {
        VoucherVector one;
        std::string item;
        words >> one.name >> one.verdict >> item;
        if (item != "-") one.item = id_of(item);
        one.code = rest_of(words);
        one.code.resize(one.code.rfind('|'));
        vouchers.all.push_back(std::move(one));
    });
    return vouchers;
}

Licence licence_with(const Constraints& constraints) {
    Licence licence;
    licence.id = id(1);
    licence.person = "ada";
    licence.item = id(0xff);
    licence.rights = static_cast<Rights>(Right::play);
    licence.constraints = constraints;
    licence.issued = 1'000'000;
    licence.origin = "operator";
    return licence;
}

} // namespace cifra::licence::test
