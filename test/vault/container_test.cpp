// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <cerrno>
#include <thread>

#include "support.hpp"

using namespace cifra;
using namespace cifra::vault;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t page = 512 * 16'384;

bool proven(const ContainerReader& reader, std::uint32_t chunk_size, std::uint64_t index) {
    Bytes chunk(proto::chunk_length(reader.size(), chunk_size, index));
    Bytes path(crypto::path_length(reader.size(), chunk_size, index) * 32);
    reader.read_chunk(index, chunk_size, chunk).value();
    reader.path(index, chunk_size, path).value();
    return crypto::proves(reader.root(), reader.size(), chunk_size, index, chunk, path);
}

const TakePiece none_expected = [](ByteView) -> bool { throw std::runtime_error("there was something"); };

} // namespace

TEST_CASE("What is imported is read again, whatever its size and however it comes") {
    const test::Folder folder;
    const auto vault = test::make_vault(folder);
    std::uint8_t id = 0;
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{16'383}, std::size_t{16'384}, std::size_t{16'385},
          std::size_t{300'001}, page - 1, page, page + 1, 2 * page, 2 * page + 20'000}) {
        CAPTURE(size);
        const Bytes whole = test::content(size);
        const std::size_t piece = size < page ? 777 : 1'000'003;
        const auto reader = test::import(*vault, test::some_id(++id), whole, piece);
        CHECK(reader->item() == test::some_id(id));
        CHECK(reader->size() == size);
        CHECK(reader->root() == crypto::node_of_chunk(whole));
        CHECK(std::ranges::equal(reader->note(), as_bytes("note")));
        CHECK(std::ranges::equal(reader->metadata(), as_bytes("metadata")));
        CHECK(reader->verify().has_value());
        for (const std::uint32_t chunk_size : {16'384U, 65'536U, 262'144U, 1'048'576U}) {
            CHECK(test::read_whole(*reader, chunk_size) == whole);
            const auto count = proto::chunk_count(size, chunk_size);
            for (std::uint64_t i = 0; i < count; i += 1 + count / 50) CHECK(proven(*reader, chunk_size, i));
            if (count > 0) CHECK(proven(*reader, chunk_size, count - 1));
        }
    }
    CHECK(test::files_in(folder / "vault/incoming") == 0);
    CHECK(vault->items().value().items.size() == id);
}

TEST_CASE("Any bytes of an item are read") {
    const test::Folder folder;
    const auto vault = test::make_vault(folder);
    const Bytes whole = test::content(70'000);
    const auto reader = test::import(*vault, test::some_id(), whole);
    for (const std::size_t offset : {0U, 1U, 16'383U, 16'384U, 40'000U, 69'999U, 70'000U}) {
        for (const std::size_t length : {0U, 1U, 2U, 16'384U, 30'000U}) {
            if (offset + length > whole.size()) continue;
            Bytes out(length);
            REQUIRE(reader->read_at(offset, out).has_value());
            CHECK(std::ranges::equal(out, ByteView(whole).subspan(offset, length)));
        }
    }
    Bytes out(1);
    CHECK_THROWS_AS(reader->read_at(70'000, out), std::logic_error);
    CHECK_THROWS_AS(reader->read_at(~std::uint64_t{0}, out), std::logic_error);
    CHECK_THROWS_AS(reader->read_chunk(0, 16'384, out), std::logic_error);
    CHECK_THROWS_AS(reader->read_chunk(5, 16'384, out), std::logic_error);
    Bytes chunk(70'000);
    CHECK_THROWS_AS(reader->read_chunk(0, 2'097'152, chunk), std::logic_error);
    CHECK_THROWS_AS(reader->path(0, 16'384, chunk), std::logic_error);
    CHECK_THROWS_AS(reader->path(5, 16'384, {}), std::logic_error);
}

TEST_CASE("Many threads read one item at many places") {
    const test::Folder folder;
    const auto vault = test::make_vault(folder);
    const Bytes whole = test::content(page + 500'000);
    const auto reader = test::import(*vault, test::some_id(), whole, 1 << 20);
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
        threads.emplace_back([&, seed] {
            for (std::uint64_t i = 0; i < 100; ++i) {
                const std::uint32_t chunk_size = i % 2 == 0 ? 16'384 : 262'144;
                const auto index = (i * 7919 + seed * 104'729) % proto::chunk_count(whole.size(), chunk_size);
                if (!proven(*reader, chunk_size, index)) ++wrong;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    CHECK(wrong == 0);
}

TEST_CASE("An item that goes away, or is cut, while it is read") {
    const test::Folder folder;
    const auto vault = test::make_vault(folder);
    const Bytes whole = test::content(50'000);
    const auto reader = test::import(*vault, test::some_id(), whole);
    REQUIRE(vault->remove(test::some_id()).has_value());
    CHECK(test::read_whole(*reader, 16'384) == whole);
    CHECK(test::problem_of(vault->find(test::some_id())) == Problem::not_there);

    const auto other = test::import(*vault, test::some_id(), whole);
    fs::resize_file(folder / "vault/items" / container_name(test::some_id()), 20'000);
    Bytes chunk(16'384, 0xA5);
    CHECK(other->read_chunk(0, 16'384, chunk).has_value());
    CHECK(test::problem_of(other->read_chunk(1, 16'384, chunk)) == Problem::wrong_length);
    CHECK(std::ranges::all_of(chunk, [](auto byte) { return byte == 0; }));
}

TEST_CASE("Two imports of the same bytes share no byte of ciphertext, and no plaintext is on the disk") {
    const test::Folder folder;
    const auto vault = test::make_vault(folder);
    const Bytes whole = test::content(100'000);
    test::import(*vault, test::some_id(1), whole);
    test::import(*vault, test::some_id(2), whole);
    const auto first = folder / "vault/items" / container_name(test::some_id(1));
    const auto second = folder / "vault/items" / container_name(test::some_id(2));
    CHECK_FALSE(test::holds_plaintext(first, whole));
    CHECK_FALSE(test::holds_plaintext(second, ByteView(test::load(first)).subspan(176)));
    CHECK(test::holds_plaintext(first, test::load(first))); // the search finds what is there
    struct stat found{};
    REQUIRE(::stat(first.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0600);
}

TEST_CASE("Limits and misuse of a writer") {
    const test::Folder folder;
    const auto vault = test::make_vault(folder);
    const NewItem item{test::some_id(), {}, 10};
    {
        const auto writer = vault->upload(as_bytes("x"), item, none_expected).value();
        CHECK(test::problem_of(writer->append(Bytes(11))) == Problem::out_of_bounds);
        CHECK(test::problem_of(writer->end()) == Problem::incomplete);
        CHECK_THROWS_AS(writer->finish({}), std::logic_error);
        Bytes out(1);
        CHECK_THROWS_AS(writer->read_at(0, out), std::logic_error);
        writer->append(Bytes(10)).value();
        writer->end().value();
        CHECK_THROWS_AS(writer->append(Bytes(1)), std::logic_error);
        CHECK_THROWS_AS(writer->end(), std::logic_error);
        CHECK(test::problem_of(writer->finish(Bytes(65'537))) == Problem::out_of_bounds);
        writer->finish(Bytes(65'536)).value();
        CHECK_THROWS_AS(writer->finish({}), std::logic_error);
    }
    CHECK(vault->find(test::some_id()).value()->metadata().size() == 65'536);
    const NewItem huge{test::some_id(2), {}, (std::uint64_t{1} << 42) + 1};
    CHECK(test::problem_of(vault->upload(as_bytes("y"), huge, none_expected)) == Problem::out_of_bounds);
    const NewItem wordy{test::some_id(2), Bytes(4097), 1};
    CHECK_THROWS_AS(vault->upload(as_bytes("y"), wordy, none_expected), std::logic_error);
    CHECK_THROWS_AS(vault->upload(as_bytes("y"), {test::some_id(2), {}, {}}, none_expected), std::logic_error);
    CHECK(test::files_in(folder / "vault/incoming") == 0);
}

TEST_CASE("A failed fsync is final, and leaves nothing behind") {
    const test::Folder folder;
    const auto vault = test::make_vault(folder);
    int until = 0;
    int calls = 0;
    vault->set_sync([&](int fd) {
        if (++calls != until) return ::fsync(fd);
        errno = EIO;
        return -1;
    });
    const Bytes whole = test::content(40'000);
    for (until = 1; until <= 3; ++until) {
        CAPTURE(until);
        calls = 0;
        auto writer = vault->upload(as_bytes("x"), {test::some_id(), {}, whole.size()}, none_expected).value();
        writer->append(whole).value();
        auto done = writer->sync();
        if (done) writer->end().value();
        if (done) done = writer->finish({});
        REQUIRE_FALSE(done.has_value());
        CHECK(done.error().problem == Problem::io_failed);
        CHECK(done.error().error == EIO);
        // Even though a later fsync would succeed.
        CHECK(test::problem_of(writer->sync()) == Problem::io_failed);
        writer.reset();
        CHECK(test::files_in(folder / "vault/incoming") == 0);
        CHECK(test::files_in(folder / "vault/items") == 0);
    }
    calls = 0;
    until = 1;
    const auto writer = vault->import(test::some_id()).value();
    writer->append(whole).value();
    writer->end().value();
    CHECK(test::problem_of(writer->finish({})) == Problem::io_failed);
    CHECK(test::files_in(folder / "vault/items") == 0);
    CHECK(test::files_in(folder / "vault/incoming") == 0);
}
