// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Uploads on disks that are full, damaged, failing or elsewhere.
#include "server/upload_store.hpp"
#include "small_disk.hpp"
#include "upload_site.hpp"

#include <sys/stat.h>

using namespace cifra;
using namespace cifra::server;
using namespace cifra::server::test;
using proto::ErrorCode;

TEST_CASE("whatever is wrong with a partial upload, it starts afresh or ends with HASH_MISMATCH") {
    Site site;
    const auto contents = noise(10 * upload_chunk, 1);
    const auto what = identity("x", contents);
    const bool restart = GENERATE(false, true);
    REQUIRE(send(*site.begin(what), contents, 0, 8).has_value());
    const auto partial = site.state / "uploads" / what.key();
    auto durable = 0U;
    SECTION("no record") { std::filesystem::remove(partial / "meta.json"); }
    SECTION("no data") { std::filesystem::remove(partial / "data"); }
    SECTION("less data than the record says") { std::filesystem::resize_file(partial / "data", 7 * upload_chunk); }
    SECTION("a record that is no JSON") { write_file(partial / "meta.json", "{\"owner\":"); }
    SECTION("a record of another type") { write_file(partial / "meta.json", "[1,2]"); }
    SECTION("a record of another upload") {
        const auto other = identity("y", contents);
        REQUIRE(send(*site.begin(other), contents, 0, 8).has_value());
        std::filesystem::copy_file(site.state / "uploads" / other.key() / "meta.json", partial / "meta.json",
                                   std::filesystem::copy_options::overwrite_existing);
    }
    SECTION("altered data") {
        auto bytes = contents_of(partial / "data");
        bytes[1000] = static_cast<char>(bytes[1000] ^ 1);
        write_file(partial / "data", bytes);
        durable = 8;
    }
    if (restart) site.open();
    auto upload = site.begin(what);
    CHECK(upload->durable_chunks() == durable);
    if (durable != 0) {
        CHECK(send_rest(*upload, contents).error() == ErrorCode::hash_mismatch);
        CHECK_FALSE(site.has_partial(what));
        upload = site.begin(what);
        CHECK(upload->durable_chunks() == 0);
    }
    CHECK(send_rest(*upload, contents).has_value());
    CHECK((contents_of(site.media / "x") == contents));
}

TEST_CASE("a sync that fails ends the upload and is not tried again") {
    Site site;
    int calls = 0;
    bool fail = false;
    site.options.sync = [&](int) {
        ++calls;
        errno = EIO;
        return fail ? -1 : 0;
    };
    site.open();
    const auto contents = noise(10 * upload_chunk, 1);
    const auto what = identity("x", contents);
    auto upload = site.begin(what);
    REQUIRE(send(*upload, contents, 0, 4).has_value());
    REQUIRE(calls == 1);
    fail = true;
    SECTION("while it is written") { CHECK(send(*upload, contents, 4, 10).error() == ErrorCode::internal); }
    SECTION("at its end") {
        REQUIRE(send(*upload, contents, 4, 6).has_value());
        CHECK(upload->sync().error() == ErrorCode::internal);
    }
    SECTION("when it is superseded") {
        REQUIRE(send(*upload, contents, 4, 6).has_value());
        CHECK(site.begin(what)->durable_chunks() == 4);
        return;
    }
    CHECK(calls == 2);
    CHECK(upload->sync().error() == ErrorCode::internal);
    CHECK(upload->finish().error() == ErrorCode::internal);
    CHECK(calls == 2);
    CHECK_FALSE(site.has_partial(what));
    fail = false;
    upload = site.begin(what);
    CHECK(upload->durable_chunks() == 0);
    CHECK(send_rest(*upload, contents).has_value());
}

TEST_CASE("a damaged index of owners is put aside") {
    Site site;
    REQUIRE(send_rest(*site.begin(identity("x", "x")), "x").has_value());
    const auto owners = site.state / "uploads/owners.json";
    REQUIRE(std::filesystem::exists(owners));
    write_file(owners, GENERATE("", "{}", "[{}]", "[{\"key\":1}]", "\xff"));
    site.open();
    CHECK(std::filesystem::exists(site.state / "uploads/owners.json.damaged"));
    CHECK(site.store->used_bytes("person:listener") == 0);
    CHECK(send_rest(*site.begin(identity("y", "y")), "y").has_value());
    site.open();
    CHECK(site.store->used_bytes("person:listener") == 4096);
}

TEST_CASE("what does not belong to the store is left alone, what remained of a crash is not") {
    Site site;
    site.folder.write("state/uploads/notes.txt", "x");
    site.folder.write("state/uploads/" + std::string(64, 'a') + "/data", "x");
    site.folder.write("media/.cifra-" + std::string(64, 'a') + ".part", "half");
    site.folder.write("media/.other", "x");
    site.open();
    CHECK(std::filesystem::exists(site.state / "uploads/notes.txt"));
    CHECK_FALSE(std::filesystem::exists(site.state / "uploads" / std::string(64, 'a')));
    CHECK_FALSE(std::filesystem::exists(site.media / (".cifra-" + std::string(64, 'a') + ".part")));
    CHECK(std::filesystem::exists(site.media / ".other"));
}

TEST_CASE("a crash between the file in media_dir and the end of the partial upload") {
    Site site;
    const auto contents = noise(3 * upload_chunk, 1);
    const auto what = identity("x", contents);
    const auto upload = site.begin(what);
    REQUIRE(send(*upload, contents, 0, 3).has_value());
    REQUIRE(upload->sync().has_value());
    const auto partial = site.state / "uploads" / what.key();
    std::filesystem::copy(partial, site.folder / "kept");
    REQUIRE(upload->finish().has_value());
    std::filesystem::copy(site.folder / "kept", partial);
    SECTION("copied from another file system: all of it") {}
    SECTION("renamed: only its record") { std::filesystem::remove(partial / "data"); }
    site.open();
    CHECK(site.store->used_bytes(what.owner) == contents.size());
    const auto again = site.begin(what);
    CHECK(again->durable_chunks() == 3);
    CHECK(again->finish().has_value());
    CHECK_FALSE(site.has_partial(what));
    CHECK(site.store->used_bytes(what.owner) == contents.size());
}

TEST_CASE("partial uploads are nobody else's to read") {
    const Site site;
    const auto what = identity("x", "x");
    const auto upload = site.begin(what);
    const auto mode = [&](const std::filesystem::path& path) {
        struct stat found{};
        REQUIRE(::stat(path.c_str(), &found) == 0);
        return found.st_mode & 07777;
    };
    CHECK(mode(site.state / "uploads") == 0700);
    CHECK(mode(site.state / "uploads" / what.key()) == 0700);
    CHECK(mode(site.state / "uploads" / what.key() / "data") == 0600);
    REQUIRE(send_rest(*upload, "x").has_value());
    CHECK(mode(site.media / "x") == 0640);
}

TEST_CASE("media_dir may be on another file system") {
    struct stat here{}, there{};
    const auto elsewhere = std::filesystem::path("/dev/shm");
    if (::stat(elsewhere.c_str(), &there) != 0 || ::stat(std::filesystem::temp_directory_path().c_str(), &here) != 0 ||
        here.st_dev == there.st_dev) {
        WARN("skipped: /dev/shm is no other file system");
        return;
    }
    Site site;
    const Folder other(elsewhere);
    site.media = other.path();
    site.open();
    const auto contents = noise(300'000, 1);
    const auto what = identity("x", contents);
    REQUIRE(send_rest(*site.begin(what), contents).has_value());
    CHECK((contents_of(site.media / "x") == contents));
    CHECK_FALSE(site.has_partial(what));
    CHECK(std::distance(std::filesystem::directory_iterator(site.media), {}) == 1);
    // A name taken meanwhile is not overwritten there either.
    const auto upload = site.begin(identity("y", contents));
    REQUIRE(send(*upload, contents, 0, 19).has_value());
    other.write("y", "their");
    CHECK(upload->finish().error() == ErrorCode::exists);
    CHECK(contents_of(site.media / "y") == "their");
    CHECK(std::distance(std::filesystem::directory_iterator(site.media), {}) == 2);
}

TEST_CASE("a file that may not grow leaves whole chunks behind, and goes on later") {
    Site site;
    const auto contents = noise(10 * upload_chunk, 1);
    const auto what = identity("x", contents);
    const auto upload = site.begin(what);
    {
        const FileSizeLimit limit(6 * upload_chunk + 1000);
        CHECK(send(*upload, contents, 0, 10).error() == ErrorCode::no_space);
    }
    CHECK(std::filesystem::file_size(site.state / "uploads" / what.key() / "data") == 6 * upload_chunk);
    CHECK(upload->write(6, as_bytes(contents).first(upload_chunk)).error() == ErrorCode::no_space);
    CHECK(upload->durable_chunks() == 6);
    const auto next = site.begin(what);
    CHECK(next->durable_chunks() == 6);
    CHECK(send_rest(*next, contents).has_value());
}

TEST_CASE("a full disk is NO_SPACE, and nothing half written is left") {
    Site site;
    const auto small = site.folder.make("small");
    const SmallDisk disk(small, 1 << 20);
    if (!disk.mounted()) {
        WARN("skipped: cannot mount a tmpfs here (needs root and CAP_SYS_ADMIN)");
        return;
    }
    std::filesystem::create_directory(small / "media");
    std::filesystem::create_directory(small / "state");
    site.media = small / "media";
    site.state = site.options.state_dir = small / "state";
    site.open();
    const auto contents = noise(600'000, 1);
    const auto what = identity("x", contents);
    CHECK(site.refusal(identity("y", noise(2 << 20, 1))) == ErrorCode::no_space);
    const auto upload = site.begin(what);
    const auto fill = noise(700'000, 2); // somebody else takes the room meanwhile
    write_file(small / "fill", fill);
    CHECK(send_rest(*upload, contents).error() == ErrorCode::no_space);
    CHECK_FALSE(std::filesystem::exists(site.media / "x"));
    const auto length = std::filesystem::file_size(site.state / "uploads" / what.key() / "data");
    CHECK(length % upload_chunk == 0);
    CHECK(length < contents.size());
    CHECK(site.refusal(what) == ErrorCode::no_space);
    std::filesystem::remove(small / "fill");
    const auto next = site.begin(what);
    CHECK(next->durable_chunks() > 0);
    CHECK(send_rest(*next, contents).has_value());
    CHECK((contents_of(site.media / "x") == contents));
}
