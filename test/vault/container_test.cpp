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

std::size_t files_in(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
}

// Whether any 32 bytes of `text`, at a stride, lie in the file.
bool holds_plaintext(const fs::path& file, ByteView text) {
    const Bytes bytes = test::load(file);
    for (std::size_t at = 0; at + 32 <= text.size(); at += 4096) {
        if (!std::ranges::search(bytes, text.subspan(at, 32)).empty()) return true;
    }
    return false;
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
    CHECK(files_in(folder / "vault/incoming") == 0);
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
    CHECK_FALSE(holds_plaintext(first, whole));
    CHECK_FALSE(holds_plaintext(second, ByteView(test::load(first)).subspan(176)));
    CHECK(holds_plaintext(first, test::load(first))); // the search finds what is there
    struct stat found{};
    REQUIRE(::stat(first.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0600);
}

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
        const auto partials = vault->partials().value().partials;
        REQUIRE(partials.size() == 1);
        CHECK(partials[0].item == test::some_id());
        CHECK(partials[0].size == whole.size());
        CHECK_FALSE(holds_plaintext(partials[0].file, whole));
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
    CHECK(vault->partials().value().partials.empty());
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
    const auto file = vault->partials().value().partials.at(0).file;
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
    CHECK(files_in(folder / "vault/incoming") == 0);
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
        CHECK(files_in(folder / "vault/incoming") == 0);
        CHECK(files_in(folder / "vault/items") == 0);
    }
    calls = 0;
    until = 1;
    const auto writer = vault->import(test::some_id()).value();
    writer->append(whole).value();
    writer->end().value();
    CHECK(test::problem_of(writer->finish({})) == Problem::io_failed);
    CHECK(files_in(folder / "vault/items") == 0);
    CHECK(files_in(folder / "vault/incoming") == 0);
}
