// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Long reading that is given up, and what throws on a thread of the disk.
#include "library.hpp"
#include "server/guarded.hpp"
#include "server/service.hpp"
#include "upload_site.hpp"

#include <boost/asio/thread_pool.hpp>

#include <fcntl.h>

#include <stdexcept>
#include <thread>

using namespace cifra;
using namespace cifra::server;
using namespace cifra::server::test;
using proto::ErrorCode;

namespace {

bool is_open(const std::filesystem::path& file) {
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code closed_meanwhile;
        if (std::filesystem::read_symlink(entry.path(), closed_meanwhile) == file) return true;
    }
    return false;
}

} // namespace

TEST_CASE("reading piece by piece stops between two pieces") {
    const Folder folder;
    const Descriptor file(::open(folder.write("x", std::string(3 << 20, 'x')).c_str(), O_RDONLY | O_CLOEXEC));
    int pieces = 0;
    const auto take = [&](ByteView) { ++pieces; };
    CHECK(for_each_piece(file.get(), 3 << 20, take, [&] { return pieces == 2; }) == ECANCELED);
    CHECK(pieces == 2);
    CHECK(for_each_piece(file.get(), 3 << 20, take) == 0);
    CHECK(pieces == 5);
}

TEST_CASE("a scan that is cancelled leaves the catalogue as it was") {
    const Library library;
    library.write("a", "a");
    auto catalogue = library.open();
    catalogue.rescan();
    library.write("b", "b");
    catalogue.cancel();
    const auto report = catalogue.rescan();
    CHECK(report.cancelled);
    CHECK_FALSE(report.complete);
    CHECK(report.read == 0);
    CHECK(names(catalogue) == Names{"a"});
}

// A file of this size, all zeros, takes no place and the better part of an hour.
TEST_CASE("a scan ends soon in the middle of a file, and keeps what it has read") {
    const Library library;
    library.write("a", "a");
    library.write("b", "");
    std::filesystem::resize_file(library.folder / "media/b", 1ULL << 40);
    {
        auto catalogue = library.open();
        ScanReport report;
        std::thread scanning([&] { report = catalogue.rescan(); });
        while (!is_open(library.folder / "media/b")) std::this_thread::yield();
        catalogue.cancel();
        scanning.join();
        CHECK(report.cancelled);
        CHECK(names(catalogue).empty());
    }
    std::filesystem::remove(library.folder / "media/b");
    auto catalogue = library.open();
    CHECK(catalogue.rescan().read == 0);
    CHECK(names(catalogue) == Names{"a"});
}

TEST_CASE("an upload whose beginning is cancelled stays as it is") {
    Site site;
    const auto contents = noise(8 * upload_chunk, 1);
    const auto what = identity("x", contents);
    {
        const auto upload = site.begin(what);
        REQUIRE(send(*upload, contents, 0, 5).has_value());
        upload->leave();
    }
    const auto cancelled = site.store->begin(what, [] { return true; });
    REQUIRE_FALSE(cancelled.has_value());
    CHECK(cancelled.error() == ErrorCode::busy);
    CHECK(site.has_partial(what));
    {
        const auto upload = site.begin(what);
        CHECK(upload->durable_chunks() == 5);
        upload->leave();
    }
    site.store->cancel();
    CHECK(site.refusal(what) == ErrorCode::busy);
    site.open();
    const auto upload = site.begin(what);
    CHECK(upload->durable_chunks() == 5);
    CHECK(send_rest(*upload, contents).has_value());
    CHECK((contents_of(site.media / "x") == contents));
}

TEST_CASE("what throws on a thread of the disk ends neither the thread nor the server") {
    boost::asio::thread_pool pool(1);
    bool next = false;
    post_guarded(pool, "test", [] { throw std::runtime_error("no memory"); });
    post_guarded(pool, "test", [] { throw 1; });
    post_guarded(pool, "test", [&] { next = true; });
    pool.join();
    CHECK(next);
    CHECK(guarded_outcome<int>("test", []() -> Outcome<int> { throw std::bad_alloc(); }).error() ==
          ErrorCode::internal);
    CHECK(*guarded_outcome<int>("test", []() -> Outcome<int> { return 5; }) == 5);
}

TEST_CASE("the keys that wait for a restart are told apart from the others") {
    const Config running;
    Config next = running;
    next.log.level = Level::debug;
    next.uploads.enabled = false;
    CHECK(keys_for_restart(running, next).empty());
    next.listen.front().port = 1;
    next.media_dir = "/media";
    next.state_dir = "/state";
    next.server.threads = 3;
    CHECK(keys_for_restart(running, next) ==
          std::vector<std::string_view>{"listen", "media_dir", "state_dir", "server.threads"});
}
