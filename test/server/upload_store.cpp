// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/upload_store.hpp"

#include "upload_site.hpp"

#include <algorithm>

using namespace cifra;
using namespace cifra::server;
using namespace cifra::server::test;
using proto::ErrorCode;

TEST_CASE("an upload becomes a file of the catalogue") {
    const Site site;
    const auto contents = noise(GENERATE(0U, 1U, 16'384U, 16'385U, 300'000U), 1);
    const auto what = identity("Ária.txt", contents);
    const auto upload = site.begin(what);
    CHECK(upload->durable_chunks() == 0);
    CHECK_FALSE(site.catalogue->snapshot()->find_name(what.name));
    CHECK(send_rest(*upload, contents).has_value());
    CHECK((contents_of(site.media / what.name) == contents));
    const auto item = site.catalogue->snapshot()->find_name(what.name);
    REQUIRE(item);
    CHECK(item->manifest.sha256 == what.sha256);
    CHECK_FALSE(site.has_partial(what));
    CHECK(upload->finish().has_value());
    CHECK(upload->write(0, {}).error() == ErrorCode::protocol);
}

TEST_CASE("chunks come whole and in order") {
    const Site site;
    const auto contents = noise(50'000, 1);
    const auto upload = site.begin(identity("x", contents));
    REQUIRE(send(*upload, contents, 0, 2).has_value());
    const auto chunk = as_bytes(contents).subspan(2 * upload_chunk, upload_chunk);
    for (const std::uint64_t index : {0U, 1U, 3U, 1000U})
        CHECK(upload->write(index, chunk).error() == ErrorCode::protocol);
    CHECK(upload->write(UINT64_MAX, chunk).error() == ErrorCode::protocol);
    CHECK(upload->write(2, chunk.first(5)).error() == ErrorCode::protocol);
    CHECK(upload->write(2, {}).error() == ErrorCode::protocol);
    CHECK(upload->write(2, chunk).has_value());
    CHECK(upload->write(3, as_bytes(contents).subspan(3 * upload_chunk)).has_value());
    CHECK(upload->write(4, {}).error() == ErrorCode::protocol);
    CHECK(upload->finish().has_value());
    CHECK((contents_of(site.media / "x") == contents));
}

TEST_CASE("names that are no names for an upload") {
    const Site site;
    const auto name =
        GENERATE(as<std::string>(), "", ".", "..", ".hidden", "a/b", "/a", "../a", "a\nb", "a\x7f", "\xc2\x85",
                 "a\u202eb", "a\u2069", "a\xff", std::string("a\0b", 3), std::string(256, 'a'));
    CHECK(site.refusal(identity(name, "x")) == ErrorCode::name_refused);
    CHECK(is_upload_name(std::string(255, 'a')));
    CHECK(is_upload_name("a b\\c:*?.txt"));
}

TEST_CASE("what is refused before a byte is sent") {
    Site site;
    SECTION("uploads are off") {
        site.options.limits.enabled = false;
        site.open();
        CHECK(site.refusal(identity("x", "x")) == ErrorCode::uploads_off);
    }
    SECTION("too large") {
        site.options.limits.max_bytes = 10;
        site.open();
        CHECK(site.refusal(identity("x", "12345678901")) == ErrorCode::too_large);
        CHECK(send_rest(*site.begin(identity("x", "1234567890")), "1234567890").has_value());
    }
    SECTION("no limit is still one") {
        site.options.limits = {.enabled = true, .max_bytes = 0, .quota_bytes = 0, .expire_days = 0};
        site.open();
        auto what = identity("x", "x");
        what.size = UINT64_MAX;
        CHECK(site.refusal(what) == ErrorCode::too_large);
        what.size = 1ULL << 61;
        CHECK(site.refusal(what) == ErrorCode::no_space);
        CHECK_FALSE(site.has_partial(what));
    }
    SECTION("the name is taken") {
        site.folder.write("media/x", "other");
        site.folder.make("media/folder");
        std::filesystem::create_symlink("nowhere", site.media / "dangling");
        for (const auto* name : {"x", "folder", "dangling"})
            CHECK(site.refusal(identity(name, "x")) == ErrorCode::exists);
        CHECK(contents_of(site.media / "x") == "other");
    }
    SECTION("no chunk size") {
        auto what = identity("x", "x");
        what.chunk_size = GENERATE(0U, 1U, 8192U, 16'385U, 2'097'152U);
        CHECK(site.refusal(what) == ErrorCode::protocol);
    }
    SECTION("too many partial uploads, however small") {
        site.options.max_partials_of_owner = 3;
        site.open();
        for (const auto* name : {"a", "b", "c"}) site.begin(identity(name, "x"));
        CHECK(site.refusal(identity("d", "x")) == ErrorCode::quota);
        site.begin(identity("c", "x"));
        site.begin(identity("d", "x", "person:other"));
    }
}

TEST_CASE("an upload goes on where it was durable") {
    Site site;
    const auto contents = noise(20 * upload_chunk + 5, 1);
    const auto what = identity("x", contents);
    SECTION("after a connection that ended") {
        auto upload = site.begin(what);
        REQUIRE(send(*upload, contents, 0, 7).has_value());
        CHECK(upload->durable_chunks() == 4); // synced every four
        upload->leave();
        CHECK(upload->write(7, as_bytes(contents).first(upload_chunk)).error() == ErrorCode::superseded);
        upload = site.begin(what);
        CHECK(upload->durable_chunks() == 7);
        CHECK(send_rest(*upload, contents).has_value());
    }
    SECTION("after a restart") {
        REQUIRE(send(*site.begin(what), contents, 0, 11).has_value());
        site.open();
        const auto upload = site.begin(what);
        CHECK(upload->durable_chunks() == 8);
        CHECK(send_rest(*upload, contents).has_value());
    }
    SECTION("after a crash that lost what was not synced") {
        REQUIRE(send(*site.begin(what), contents, 0, 11).has_value());
        const auto data = site.state / "uploads" / what.key() / "data";
        auto bytes = contents_of(data);
        std::fill(bytes.begin() + 8 * upload_chunk, bytes.end(), '\0');
        write_file(data, bytes);
        site.open();
        CHECK(send_rest(*site.begin(what), contents).has_value());
    }
    SECTION("with all of it there, but not finished") {
        auto upload = site.begin(what);
        REQUIRE(send(*upload, contents, 0, 21).has_value());
        REQUIRE(upload->sync().has_value());
        site.open();
        upload = site.begin(what);
        CHECK(upload->durable_chunks() == 21);
        CHECK(upload->finish().has_value());
    }
    CHECK((contents_of(site.media / "x") == contents));
    CHECK_FALSE(site.has_partial(what));
}

TEST_CASE("R-50: any change makes another upload") {
    const Site site;
    const auto contents = noise(10 * upload_chunk, 1);
    const auto what = identity("x", contents);
    const auto upload = site.begin(what);
    REQUIRE(send(*upload, contents, 0, 4).has_value());
    auto other = what;
    SECTION("owner") { other.owner = upload_owner("", "listener"); }
    SECTION("name") { other.name = "y"; }
    SECTION("size") { other.size += 1; }
    SECTION("chunk size") { other.chunk_size *= 2; }
    SECTION("hash") { other.sha256[0] ^= 1; }
    CHECK(other.key() != what.key());
    CHECK(site.begin(other)->durable_chunks() == 0);
    CHECK(upload->write(4, as_bytes(contents).first(upload_chunk)).has_value()); // not superseded
}

TEST_CASE("fields do not run into each other in the key") {
    CHECK(UploadIdentity{"ab", "c", 1, 16'384, {}}.key() != UploadIdentity{"a", "bc", 1, 16'384, {}}.key());
    CHECK(upload_owner("a", "b") == "person:a");
    CHECK(upload_owner("", "a") == "device:a");
}

TEST_CASE("the newest writer wins") {
    const Site site;
    const auto contents = noise(10 * upload_chunk, 1);
    const auto what = identity("x", contents);
    const auto first = site.begin(what);
    REQUIRE(send(*first, contents, 0, 6).has_value());
    const auto second = site.begin(what);
    CHECK(second->durable_chunks() == 6);
    CHECK(first->write(6, as_bytes(contents).first(upload_chunk)).error() == ErrorCode::superseded);
    CHECK(first->sync().error() == ErrorCode::superseded);
    CHECK(first->finish().error() == ErrorCode::superseded);
    first->leave();
    CHECK(send_rest(*second, contents).has_value());
    CHECK((contents_of(site.media / "x") == contents));
}

TEST_CASE("an upload whose OK was lost is finished once more, for its owner alone") {
    Site site;
    const std::string contents = "contents";
    const auto what = identity("x", contents);
    REQUIRE(send_rest(*site.begin(what), contents).has_value());
    if (GENERATE(false, true)) site.open();
    const auto again = site.begin(what);
    CHECK(again->durable_chunks() == 1);
    CHECK(again->finish().has_value());
    CHECK(site.refusal(identity("x", contents, "person:other")) == ErrorCode::exists);
    CHECK(site.refusal(identity("x", "other contents")) == ErrorCode::exists);
    // The operator put something else there.
    std::filesystem::remove(site.media / "x");
    site.folder.write("media/x", "CONTENTS");
    site.catalogue->rescan();
    CHECK(site.refusal(what) == ErrorCode::exists);
}

TEST_CASE("what is not as announced is thrown away") {
    const Site site;
    const auto contents = noise(5 * upload_chunk, 1);
    auto what = identity("x", contents);
    what.sha256[31] ^= 1;
    const auto upload = site.begin(what);
    REQUIRE(send(*upload, contents, 0, 5).has_value());
    CHECK(upload->finish().error() == ErrorCode::hash_mismatch);
    CHECK(upload->finish().error() == ErrorCode::hash_mismatch);
    CHECK_FALSE(std::filesystem::exists(site.media / "x"));
    CHECK_FALSE(site.has_partial(what));
    CHECK(site.store->used_bytes(what.owner) == 0);
    CHECK(site.begin(what)->durable_chunks() == 0);
}

TEST_CASE("an upload that is closed before its end is kept") {
    const Site site;
    const auto contents = noise(5 * upload_chunk, 1);
    const auto what = identity("x", contents);
    const auto upload = site.begin(what);
    REQUIRE(send(*upload, contents, 0, 3).has_value());
    CHECK(upload->finish().error() == ErrorCode::hash_mismatch);
    CHECK_FALSE(std::filesystem::exists(site.media / "x"));
    CHECK(site.begin(what)->durable_chunks() == 3);
}

TEST_CASE("a name that is taken meanwhile is not overwritten") {
    const Site site;
    const auto what = identity("x", "mine");
    const auto upload = site.begin(what);
    const auto other = site.begin(identity("x", "their", "person:other"));
    REQUIRE(send(*upload, "mine", 0, 1).has_value());
    REQUIRE(send_rest(*other, "their").has_value());
    CHECK(upload->finish().error() == ErrorCode::exists);
    CHECK(contents_of(site.media / "x") == "their");
    CHECK(site.store->used_bytes(what.owner) == 0);
    CHECK_FALSE(site.has_partial(what));
}

TEST_CASE("the quota counts finished files and partial uploads") {
    Site site;
    const auto big = noise(6 * upload_chunk, 1);
    site.options.limits.quota_bytes = 10 * upload_chunk;
    site.open();
    const auto what = identity("big", big);
    const auto second = identity("second", noise(5 * upload_chunk, 2));
    SECTION("a living upload counts as whole") {
        const auto upload = site.begin(what);
        CHECK(site.store->used_bytes(what.owner) == big.size());
        CHECK(site.refusal(second) == ErrorCode::quota);
        site.begin(identity("second", noise(5 * upload_chunk, 2), "person:other"));
    }
    SECTION("one that waits counts with what is there") {
        REQUIRE(send(*site.begin(what), big, 0, 4).has_value());
        if (GENERATE(false, true)) site.open();
        CHECK(site.store->used_bytes(what.owner) == 4 * upload_chunk);
        const auto upload = site.begin(second);
        CHECK(site.refusal(what) == ErrorCode::quota); // whole, it would be too much now
    }
    SECTION("a finished one counts until the operator takes it away") {
        REQUIRE(send_rest(*site.begin(what), big).has_value());
        if (GENERATE(false, true)) site.open();
        CHECK(site.store->used_bytes(what.owner) == big.size());
        CHECK(site.refusal(second) == ErrorCode::quota);
        std::filesystem::remove(site.media / "big");
        CHECK(site.store->used_bytes(what.owner) == 0);
        site.begin(second);
    }
    SECTION("small files count as a block") {
        site.store->set_limits({.enabled = true, .max_bytes = 0, .quota_bytes = 6 * 4096, .expire_days = 0});
        for (int i = 0; i < 6; ++i) REQUIRE(send_rest(*site.begin(identity(std::to_string(i), "x")), "x").has_value());
        CHECK(site.store->used_bytes(what.owner) == 6 * 4096);
        CHECK(site.refusal(identity("7", "x")) == ErrorCode::quota);
    }
}

TEST_CASE("partial uploads expire, living ones and finished ones do not") {
    Site site;
    const auto contents = noise(5 * upload_chunk, 1);
    const auto idle = identity("idle", contents), living = identity("living", contents);
    REQUIRE(send(*site.begin(idle), contents, 0, 4).has_value());
    const auto upload = site.begin(living);
    REQUIRE(send_rest(*site.begin(identity("done", "x")), "x").has_value());
    const auto now = std::chrono::system_clock::now();
    CHECK(site.store->expire(now + std::chrono::hours(24 * 7 - 1)) == 0);
    CHECK(site.store->expire(now + std::chrono::hours(24 * 7 + 1)) == 1);
    CHECK_FALSE(site.has_partial(idle));
    CHECK(site.has_partial(living));
    CHECK(std::filesystem::exists(site.media / "done"));
    CHECK(site.begin(idle)->durable_chunks() == 0);
    CHECK(send_rest(*upload, contents).has_value());
    site.store->set_limits({.enabled = true, .max_bytes = 0, .quota_bytes = 0, .expire_days = 0});
    CHECK(site.store->expire(now + std::chrono::hours(24 * 10'000)) == 0);
}
