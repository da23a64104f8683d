// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Items that go on after a restart.
#include <algorithm>
#include <catch2/catch.hpp>
#include <stdexcept>

#include "support.hpp"

using namespace cifra;
using namespace cifra::vault;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t page = 512 * 16'384;

const TakePiece none_expected = [](ByteView) -> bool { throw std::runtime_error("there was something"); };

} // namespace

TEST_CASE("An upload goes on where it stopped, sealed all the time") {
    const test::Folder folder;
    auto vault = test::make_vault(folder);
    // To the middle of a chunk; to a page's end; beyond; to the very end.
    const Bytes whole = test::content(page + 100'000);
    NewItem item{test::some_id(), {1, 2, 3}, whole.size()};
    const auto identity = as_bytes("alice, a file");
    std::size_t sent = 0;
    for (const std::size_t until : {std::size_t{40'000}, page - 16'384, page, page + 16'384 + 5, whole.size()}) {
        Bytes before;
        const auto writer = vault->upload(identity, item, [&](ByteView piece) {
            before.insert(before.end(), piece.begin(), piece.end());
            return true;
        });
        REQUIRE(writer.has_value());
        const auto start = static_cast<std::size_t>((*writer)->size());
        CHECK(start == sent / 16'384 * 16'384); // what was in no whole chunk was in memory alone
        CHECK((*writer)->durable_size() == start);
        CHECK(std::ranges::equal(before, ByteView(whole).first(start)));
        CHECK((*writer)->item() == test::some_id());
        CHECK(std::ranges::equal((*writer)->note(), item.note));
        REQUIRE((*writer)->append(ByteView(whole).subspan(start, until - start)).has_value());
        REQUIRE((*writer)->sync().has_value());
        CHECK(test::problem_of(vault->upload(identity, item, none_expected)) == Problem::busy);
        sent = until;
        const auto partials = vault->partials().value();
        REQUIRE(partials.size() == 1);
        CHECK(partials[0].item == test::some_id());
        CHECK(partials[0].size == whole.size());
        CHECK_FALSE(test::holds_plaintext(partials[0].file, ByteView(whole).first(40'000)));
        CHECK(test::problem_of(ContainerReader::open(partials[0].file, vault->key())) == Problem::incomplete);
        CHECK(test::problem_of(vault->remove_partial(partials[0].file)) == Problem::busy);
        item.item = test::some_id(9); // the id stays that of the first
    }
    auto writer = vault->upload(identity, item, [](ByteView) { return true; }).value();
    CHECK(test::problem_of(writer->append(Bytes(1))) == Problem::out_of_bounds);
    CHECK(writer->end().value() == crypto::node_of_chunk(whole));
    Bytes again(5000);
    REQUIRE(writer->read_at(12'345, again).has_value());
    CHECK(std::ranges::equal(again, ByteView(whole).subspan(12'345, 5000)));
    REQUIRE(writer->finish(as_bytes("metadata")).has_value());
    const auto reader = vault->find(test::some_id()).value();
    CHECK(test::read_whole(*reader, 262'144) == whole);
    CHECK(reader->verify().has_value());
    CHECK(vault->partials().value().empty());
}

TEST_CASE("An upload goes on before what was changed in it, cut off, or never written") {
    const test::Folder folder;
    const auto vault = test::make_vault(folder);
    const Bytes whole = test::content(10 * 16'384);
    const NewItem item{test::some_id(), {}, whole.size()};
    vault->upload(as_bytes("x"), item, none_expected).value()->append(ByteView(whole).first(1)).value();
    const auto begin = [&] {
        auto writer = vault->upload(as_bytes("x"), item, [](ByteView) { return true; }).value();
        const auto size = writer->size();
        writer->append(ByteView(whole).subspan(static_cast<std::size_t>(size))).value();
        writer->sync().value();
        return size / 16'384;
    };
    CHECK(begin() == 0);
    CHECK(begin() == 10);
    const auto file = vault->partials().value().at(0).file;
    auto bytes = test::load(file);
    bytes.at(204 + 3 * 16'412 + 100) ^= 1;
    test::store(file, bytes);
    CHECK(begin() == 3);
    CHECK(begin() == 10);
    fs::resize_file(file, 204 + 7 * 16'412 + 5);
    CHECK(begin() == 7);
    bytes = test::load(file);
    std::fill_n(bytes.begin() + 204 + 9 * 16'412, 16'412, std::uint8_t{0}); // a hole, as after a power cut
    test::store(file, bytes);
    CHECK(begin() == 9);
    bytes = test::load(file);
    bytes.at(150) ^= 1; // its header: it starts afresh
    test::store(file, bytes);
    CHECK(begin() == 0);
    CHECK(begin() == 10);
    CHECK(test::problem_of(vault->upload(as_bytes("x"), item, [](ByteView) { return false; })) == Problem::stopped);
    CHECK(begin() == 10);
}

TEST_CASE("An upload that was stopped between its last header and its name is finished again") {
    const test::Folder folder;
    const auto vault = test::make_vault(folder);
    const Bytes whole = test::content(40'000);
    const NewItem item{test::some_id(), {7}, whole.size()};
    vault->upload(as_bytes("x"), item, none_expected).value()->append(whole).value();
    auto writer = vault->upload(as_bytes("x"), item, [](ByteView) { return true; }).value();
    writer->append(ByteView(whole).subspan(static_cast<std::size_t>(writer->size()))).value();
    writer->end().value();
    writer->finish(as_bytes("first")).value();
    writer.reset();
    const auto partial = folder / "vault/incoming/0123456789abcdef0123456789abcdef.part";
    fs::rename(folder / "vault/items" / container_name(test::some_id()), partial);
    {
        const WriterPlace place{partial, folder / "vault/items"};
        const auto again = ContainerWriter::resume(place, vault->key(), [](ByteView) { return true; }).value();
        CHECK(again->size() == whole.size());
        CHECK(test::problem_of(ContainerReader::open(partial, vault->key())) == Problem::incomplete);
        again->end().value();
        again->finish(as_bytes("second")).value();
    }
    const auto reader = vault->find(test::some_id()).value();
    CHECK(std::ranges::equal(reader->metadata(), as_bytes("second")));
    CHECK(std::ranges::equal(reader->note(), Bytes{7}));
    CHECK(test::read_whole(*reader, 16'384) == whole);
}
