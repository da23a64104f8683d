// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Every decoder on every vector, three ways: whole, cut at every byte, with bytes behind.
#include "vectors.hpp"
#include "codecs.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <set>

namespace cifra::proto::test {
namespace {

std::string fault_name(const Result<Bytes>& result) { return result ? "ok" : describe(result.error()); }
std::string fault_name(const std::optional<Fault>& fault) { return fault ? describe(*fault) : "ok"; }

bool is_json(const Codec& codec) { return codec.name.starts_with("negotiation"); }

// Cuts at every byte; of a long body, only of its two ends.
std::vector<std::size_t> cuts(std::size_t size) {
    constexpr std::size_t end = 2048;
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < size; ++i)
        if (i < end || i + end >= size) out.push_back(i);
    return out;
}

void check_whole(const Codec& codec, const Vector& vector) {
    const auto result = codec.recode(vector.payload);
    CHECK(fault_name(result) == fault_name(vector.fault));
    if (result) CHECK(*result == vector.payload);
}

void check_cut(const Codec& codec, const Vector& vector) {
    const Fault expected = is_json(codec) ? Fault::bad_json : Fault::truncated;
    std::size_t wrong = 0;
    for (const auto size : cuts(vector.payload.size())) {
        // A copy of exactly that size, so that a sanitizer sees a read behind it.
        const Bytes cut(vector.payload.data(), vector.payload.data() + size);
        const auto result = codec.recode(cut);
        if (!result.has_error() || result.error() != expected) ++wrong;
    }
    CHECK(wrong == 0);
}

void check_longer(const Codec& codec, const Vector& vector) {
    for (const std::string_view tail : {std::string_view("\0", 1), std::string_view("}"), std::string_view(" "),
                                        std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff")}) {
        Bytes longer = vector.payload;
        longer.insert(longer.end(), tail.begin(), tail.end());
        const auto result = codec.recode(longer);
        REQUIRE(result.has_error());
        const bool full = result.error() == Fault::too_large; // the body had its greatest size already
        CHECK((full || result.error() == (is_json(codec) ? Fault::bad_json : Fault::trailing)));
    }
}

} // namespace

TEST_CASE("vectors of every decoder, whole") {
    for (const auto& codec : codecs)
        for (const auto& vector : load_vectors(codec.name)) {
            INFO(codec.name << ": " << vector.name);
            check_whole(codec, vector);
        }
}

TEST_CASE("R-43: a body cut at any byte is refused") {
    for (const auto& codec : codecs)
        for (const auto& vector : load_vectors(codec.name)) {
            if (vector.fault || codec.open_ended) continue;
            INFO(codec.name << ": " << vector.name);
            check_cut(codec, vector);
        }
}

TEST_CASE("R-43: a body with bytes behind it is refused") {
    for (const auto& codec : codecs)
        for (const auto& vector : load_vectors(codec.name)) {
            if (vector.fault || codec.open_ended) continue;
            INFO(codec.name << ": " << vector.name);
            check_longer(codec, vector);
        }
}

TEST_CASE("a header of DATA cut at any byte is refused") {
    const auto whole = vector_payload("data", "typical");
    for (std::size_t size = 0; size < data_header_size; ++size) {
        const Bytes cut(whole.data(), whole.data() + size);
        CHECK(decode_data(cut).error() == Fault::truncated);
    }
}

TEST_CASE("items of AUTHENTICATE cut within an item are refused") {
    const auto whole = vector_payload("authenticate", "server");
    std::set<std::size_t> ends{0};
    const auto items = split_items(whole);
    REQUIRE(items.has_value());
    for (const auto& item : *items) ends.insert(*ends.rbegin() + item.whole.size());
    REQUIRE(ends.size() == 5);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const Bytes cut(whole.data(), whole.data() + size);
        INFO(size);
        CHECK(split_items(cut).has_value() == ends.contains(size));
    }
}

TEST_CASE("other forms of NEGOTIATION are taken and encoded in one form") {
    const auto typical = vector_payload("negotiation", "typical");
    for (const auto& vector : load_vectors("negotiation_other_forms")) {
        INFO(vector.name);
        const auto result = recode<decode_negotiation>(vector.payload);
        REQUIRE(fault_name(result) == fault_name(vector.fault));
        CHECK(*result == typical);
    }
}

TEST_CASE("every file of vectors has a decoder, and names no vector twice") {
    std::set<std::string> wanted{"negotiation_other_forms"};
    for (const auto& codec : codecs) wanted.emplace(codec.name);
    std::set<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(CIFRA_SOURCE_DIR "/test/vectors/proto"))
        if (entry.path().extension() == ".txt") found.insert(entry.path().stem());
    CHECK(found == wanted);
    for (const auto& file : found) {
        std::set<std::string> names;
        for (const auto& vector : load_vectors(file)) {
            INFO(file << ": " << vector.name);
            CHECK(names.insert(vector.name).second);
        }
    }
}

} // namespace cifra::proto::test
