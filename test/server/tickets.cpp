// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/tickets.hpp"

#include "folder.hpp"

#include <botan/auto_rng.h>

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::server;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t login = 1'800'000'000; // seconds since 1970

struct Booth {
    Botan::AutoSeeded_RNG rng;
    Tickets tickets;
    Bytes device = Bytes(32, 7);
    Tickets::Steady begin{24h};

    TicketContents contents() const { return {"ada", {Bytes(700, 1), Bytes(500, 2)}, device, login, login + 3600}; }
    Bytes seal(Tickets::Steady::duration since = {}) { return tickets.seal(contents(), rng, begin + since); }
    Tickets::Opened open(ByteView ticket, std::int64_t now = login, Tickets::Steady::duration since = {}) {
        return tickets.open(ticket, device, now, begin + since);
    }
};

std::string key_line(char digit, std::size_t digits = 64) {
    std::string line(digits + 1, digit);
    line.back() = '\n';
    return line;
}

} // namespace

TEST_CASE("a ticket brings back what it was made of, and looks like nothing") {
    Booth booth;
    const auto ticket = booth.seal();
    CHECK(*booth.open(ticket) == booth.contents());
    const auto again = booth.seal();
    CHECK(again != ticket);
    const Bytes name{'a', 'd', 'a'};
    CHECK(std::search(ticket.begin(), ticket.end(), name.begin(), name.end()) == ticket.end());
}

TEST_CASE("a ticket ends at its time, and is not good before it was made") {
    Booth booth;
    const auto ticket = booth.seal();
    CHECK(booth.open(ticket, login + 3599).has_value());
    CHECK(booth.open(ticket, login + 3600).error() == TicketFault::expired);
    CHECK(booth.open(ticket, login - 30).has_value()); // clocks of two servers
    CHECK(booth.open(ticket, login - 61).error() == TicketFault::from_the_future);
    CHECK(booth.open(ticket, 0).error() == TicketFault::from_the_future);
}

TEST_CASE("a ticket is good for the device that it was given to") {
    Booth booth;
    const auto ticket = booth.seal();
    const auto opened = [&](const Bytes& device) { return booth.tickets.open(ticket, device, login, booth.begin); };
    CHECK(opened(Bytes(32, 8)).error() == TicketFault::other_device);
    CHECK(opened(Bytes(31, 7)).error() == TicketFault::other_device);
    CHECK(opened({}).error() == TicketFault::other_device);
    CHECK(opened(booth.device).has_value());
}

TEST_CASE("each bit of a ticket counts, and its length") {
    Booth booth;
    const auto ticket = booth.seal();
    for (std::size_t at = 0; at < ticket.size(); ++at) {
        auto changed = ticket;
        changed[at] ^= static_cast<std::uint8_t>(1U << at % 8);
        const auto opened = booth.open(changed);
        INFO("byte " << at);
        REQUIRE(opened.has_error());
        CHECK(opened.error() == (at == 0   ? TicketFault::malformed
                                 : at <= 8 ? TicketFault::unknown_key
                                           : TicketFault::altered));
    }
    for (std::size_t size = 0; size < ticket.size(); ++size) {
        const auto opened = booth.open(ByteView(ticket).first(size));
        INFO("size " << size);
        REQUIRE(opened.has_error());
        CHECK(opened.error() == (size < 1 + 8 + 24 + 16 ? TicketFault::malformed : TicketFault::altered));
    }
    auto longer = ticket;
    longer.push_back(0);
    CHECK(booth.open(longer).error() == TicketFault::altered);
    CHECK(booth.open(Bytes(1 << 20, 1)).error() == TicketFault::malformed);
}

TEST_CASE("random keys seal for an hour and open for another one") {
    Booth booth;
    const auto first = booth.seal();
    const auto last = booth.seal(59min);
    const auto later = booth.seal(61min); // of another key
    CHECK(booth.open(first, login, 61min).has_value());
    CHECK(booth.open(last, login, 119min).has_value());
    CHECK(booth.open(later, login, 119min).has_value());
    // Whatever the clock of the day says: it may have been set back.
    CHECK(booth.open(last, login, 121min).error() == TicketFault::unknown_key);
    CHECK(booth.open(later, login, 121min).has_value());
    CHECK(booth.open(later, login, 3h + 2min).error() == TicketFault::unknown_key);
    CHECK(booth.open(booth.seal(4h), login, 4h).has_value());
}

TEST_CASE("another server does not know random keys") {
    Booth one, another;
    const auto ticket = one.seal();
    CHECK(another.open(ticket).error() == TicketFault::unknown_key); // none yet
    const auto own = another.seal();
    CHECK(another.open(ticket).error() == TicketFault::unknown_key);
    CHECK(another.open(own).has_value());
}

TEST_CASE("a chain that does not fit gets no ticket") {
    Booth booth;
    auto contents = booth.contents();
    contents.chain.assign(4, Bytes(8192, 1));
    CHECK(booth.tickets.seal(contents, booth.rng, booth.begin).empty());
}

TEST_CASE("servers with the same keys take one another's tickets") {
    const test::Folder folder;
    const auto file = folder.write("keys", "# tickets\n\n" + key_line('a') + key_line('B'));
    const auto turned = folder.write("turned", key_line('b') + key_line('a'));
    for (const auto& path : {file, turned}) std::filesystem::permissions(path, std::filesystem::perms::owner_read);
    Booth one, another, third;
    one.tickets.use(file);
    another.tickets.use(turned);
    const auto ticket = one.seal();
    CHECK(*another.open(ticket) == one.contents());
    CHECK(one.open(another.seal()).has_value());
    CHECK(one.open(ticket, login, 30h).has_value()); // these are not changed by time
    CHECK(third.open(ticket).error() == TicketFault::unknown_key);
    one.tickets.use({});
    CHECK(one.open(ticket).error() == TicketFault::unknown_key);
    const auto own = one.seal();
    one.tickets.use({}); // as at each reload
    CHECK(one.open(own).has_value());
}

TEST_CASE("a file of keys is read strictly") {
    const test::Folder folder;
    using P = std::pair<std::string, const char*>;
    const auto [text, why] = GENERATE(
        P{"", ": no key in it"}, P{"# none\n", ": no key in it"},
        P{key_line('a') + "abc\n", ":2: not 64 hexadecimal digits"}, P{key_line('g'), ":1: not 64 hexadecimal digits"},
        P{key_line('a', 66), ":1: not 64 hexadecimal digits"}, P{std::string(5000, '\n'), "cannot be read"});
    const auto file = folder.write("keys", text);
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    CHECK_THROWS_WITH(load_ticket_keys(file), Catch::StartsWith(file.string()) && Catch::Contains(why));
}

TEST_CASE("a file of keys is not everybody's") {
    const test::Folder folder;
    const auto file = folder.write("keys", key_line('a'));
    using std::filesystem::perms;
    std::filesystem::permissions(file, perms::owner_all | perms::others_read);
    CHECK_THROWS_WITH(load_ticket_keys(file), Catch::Contains("everybody may read it"));
    std::filesystem::permissions(file, perms::owner_all | perms::group_read);
    CHECK(load_ticket_keys(file).size() == 1);
    CHECK_THROWS_WITH(load_ticket_keys(folder / "none"), Catch::Contains("cannot be read: No such file"));
}

TEST_CASE("a file of keys that changed is read again, and one that broke is not taken") {
    const test::Folder folder;
    const auto write = [&](const std::string& text) {
        const auto file = folder.write("keys", text);
        std::filesystem::permissions(file, std::filesystem::perms::owner_all);
        return file;
    };
    Booth booth;
    booth.tickets.use(write(key_line('a')));
    const auto ticket = booth.seal();
    booth.tickets.look();
    CHECK(booth.open(ticket).has_value());
    write("broken, and of another size");
    booth.tickets.look();
    CHECK(booth.open(ticket).has_value());
    write(key_line('c') + key_line('a'));
    booth.tickets.look();
    CHECK(booth.open(ticket).has_value());
    write(key_line('c') + "\n");
    booth.tickets.look();
    CHECK(booth.open(ticket).error() == TicketFault::unknown_key);
}
