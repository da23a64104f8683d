// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/media_file.hpp"

#include "folder.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <unistd.h>

using namespace cifra;
using namespace cifra::server;

namespace {

constexpr std::uint32_t chunk_size = 65'536;
constexpr std::size_t file_size = 200'000;

struct Shelf {
    test::Folder folder;
    std::string contents = test::noise(file_size, 1);
    Catalogue catalogue{folder.make("media"), folder.make("state")};
    MediaFiles files{folder / "media"};
    Shelf() {
        folder.write("media/item", contents);
        catalogue.rescan();
    }
    const Item& item() const { return *catalogue.snapshot()->items().at(0); }
    std::filesystem::path path() const { return folder / "media/item"; }
};

ReadStatus read(const MediaSource& file, std::uint64_t index, std::string& out) {
    Bytes bytes(proto::chunk_length(file_size, chunk_size, index));
    const auto status = file.read_chunk(index, chunk_size, {}, bytes);
    out.assign(bytes.begin(), bytes.end());
    return status;
}

} // namespace

TEST_CASE("chunks are read at random and are exactly the bytes of the file") {
    Shelf shelf;
    const auto file = shelf.files.open(shelf.item());
    REQUIRE(file.has_value());
    for (const std::uint64_t index : {3U, 0U, 2U, 1U, 3U}) {
        std::string chunk;
        CHECK(read(**file, index, chunk) == ReadStatus::ok);
        CHECK(chunk == shelf.contents.substr(index * chunk_size, chunk_size));
    }
    Bytes wrong(10);
    CHECK_THROWS_AS((*file)->read_chunk(0, chunk_size, {}, wrong), std::logic_error);
    CHECK_THROWS_AS((*file)->read_chunk(4, chunk_size, {}, wrong), std::logic_error);
}

TEST_CASE("listeners of one item share one open file") {
    Shelf shelf;
    const auto a = shelf.files.open(shelf.item());
    const auto b = shelf.files.open(shelf.item());
    REQUIRE(a.has_value());
    REQUIRE(b.has_value());
    CHECK(*a == *b);
    CHECK(a->use_count() == 2);
}

TEST_CASE("a file that changes while it is read is told from a bad disk") {
    Shelf shelf;
    const auto file = *shelf.files.open(shelf.item());
    std::string chunk;
    SECTION("shortened") {
        std::filesystem::resize_file(shelf.path(), 100'000);
        CHECK(read(*file, 2, chunk) == ReadStatus::changed);
        CHECK(read(*file, 0, chunk) == ReadStatus::changed);
    }
    SECTION("overwritten, same length") {
        std::filesystem::last_write_time(shelf.path(),
                                         std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
        CHECK(read(*file, 0, chunk) == ReadStatus::changed);
    }
    SECTION("longer") {
        std::filesystem::resize_file(shelf.path(), 300'000);
        CHECK(read(*file, 3, chunk) == ReadStatus::changed);
    }
    SECTION("unlinked: still what was promised") {
        std::filesystem::remove(shelf.path());
        CHECK(read(*file, 0, chunk) == ReadStatus::ok);
        CHECK(shelf.files.open(shelf.item()).has_value()); // shared with the listener who has it
    }
    SECTION("replaced: the old one is still what was promised") {
        shelf.folder.write("other", test::noise(file_size, 2));
        std::filesystem::rename(shelf.folder / "other", shelf.path());
        CHECK(read(*file, 0, chunk) == ReadStatus::ok);
        CHECK(chunk == shelf.contents.substr(0, chunk_size));
    }
}

TEST_CASE("an item is opened only as the catalogue describes it") {
    Shelf shelf;
    const auto item = shelf.item();
    SECTION("replaced") {
        shelf.folder.write("other", test::noise(file_size, 2));
        std::filesystem::rename(shelf.folder / "other", shelf.path());
        CHECK(shelf.files.open(item).error() == proto::ErrorCode::changed);
        shelf.catalogue.rescan();
        CHECK(shelf.files.open(shelf.item()).has_value());
    }
    SECTION("gone") {
        std::filesystem::remove(shelf.path());
        CHECK(shelf.files.open(item).error() == proto::ErrorCode::unavailable);
    }
    SECTION("now a link that leads out") {
        std::filesystem::rename(shelf.path(), shelf.folder / "outside");
        std::filesystem::create_symlink("../outside", shelf.path());
        CHECK(shelf.files.open(item).error() == proto::ErrorCode::read_failed);
    }
}

TEST_CASE("what cannot be read is READ_FAILED") {
    const test::Folder folder;
    const auto file = folder.write("x", "12345");
    Descriptor write_only(::open(file.c_str(), O_WRONLY));
    FileStamp stamp;
    REQUIRE(stamp_of(write_only.get(), stamp));
    const MediaFile media(std::move(write_only), stamp);
    Bytes out(5);
    CHECK(media.read_chunk(0, chunk_size, {}, out) == ReadStatus::read_failed);
}
