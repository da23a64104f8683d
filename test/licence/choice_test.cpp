// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Which of several licences serves, and whose denial is told.
#include "vectors.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>

using namespace cifra;
using namespace cifra::licence;
using namespace cifra::licence::test;

namespace {

constexpr std::int64_t now = 2'000'000;

struct One {
    Licence licence;
    Usage usage;
    std::uint64_t running = 0;
};

One one(const Constraints& constraints, std::uint8_t number, Usage usage = {}) {
    One made{licence_with(constraints), usage, 0};
    made.licence.id = id(number);
    return made;
}

One ended(std::uint8_t number, Standing standing) {
    auto made = one({}, number);
    made.usage.standing = standing;
    return made;
}

Constraints until(std::int64_t end) {
    Constraints c;
    c.not_after = end;
    return c;
}

Constraints plays(std::uint64_t count) {
    Constraints c;
    c.count = count;
    return c;
}

// The first byte of the id that is chosen, in whatever order they are held.
int chosen(std::vector<One> all, Right right = Right::play) {
    std::vector<std::size_t> order(all.size());
    std::iota(order.begin(), order.end(), 0U);
    std::optional<int> answer;
    do {
        std::vector<Held> held;
        for (const auto i : order) held.push_back({&all[i].licence, &all[i].usage, all[i].running});
        const auto choice = choose(held, right, now);
        REQUIRE(choice);
        const int number = held[choice->index].licence->id[0];
        if (answer) CHECK(*answer == number);
        answer = number;
    } while (std::ranges::next_permutation(order).found);
    return *answer;
}

} // namespace

TEST_CASE("nothing is held: nothing is chosen") { CHECK_FALSE(choose({}, Right::play, now)); }

TEST_CASE("what grants goes first, then what ends soonest, counts nothing, is older, has the lower id") {
    CHECK(chosen({one(until(now - 1), 1), one(until(now + 9), 2)}) == 2);
    CHECK(chosen({one(until(now + 9), 1), one(until(now + 5), 2), one({}, 3)}) == 2);
    CHECK(chosen({one(plays(5), 1), one({}, 2)}) == 2);
    Constraints c;
    c.units = 5;
    CHECK(chosen({one(c, 1), one({}, 2)}) == 2);
    c = {};
    c.accumulated = 5;
    CHECK(chosen({one(c, 1), one({}, 2)}) == 2);
    auto older = one(plays(5), 2);
    older.licence.issued -= 1;
    CHECK(chosen({one(plays(5), 1), older}) == 2);
    CHECK(chosen({one(plays(5), 2), one(plays(5), 1)}) == 1);
}

TEST_CASE("the right decides too") {
    auto saving = one(until(now + 9), 2);
    saving.licence.rights = static_cast<Rights>(Right::save);
    CHECK(chosen({one(until(now + 5), 1), saving}, Right::save) == 2);
    CHECK(chosen({one(until(now + 5), 1), saving}, Right::play) == 1);
}

TEST_CASE("of denials, the one that is nearest to a grant") {
    auto busy = one(plays(5), 1);
    busy.licence.constraints.max_concurrent = 1;
    busy.running = 1;
    Constraints c;
    c.not_before = now + 10;
    const auto later = one(c, 2);
    c.not_before = now + 9;
    const auto sooner = one(c, 3);
    auto used = one(plays(1), 4, with_play({}, Right::play, now));
    auto by_voucher = used;
    by_voucher.licence.id = id(5);
    by_voucher.licence.renewal = Renewal::voucher;
    auto renewable = used;
    renewable.licence.id = id(6);
    renewable.licence.renewal = Renewal::free;
    auto saving = one({}, 7);
    saving.licence.rights = static_cast<Rights>(Right::save);
    const auto returned = ended(8, Standing::returned);
    const auto revoked = ended(9, Standing::revoked);
    const auto cancelled = ended(10, Standing::cancelled);

    CHECK(chosen({busy, later, renewable, revoked}) == 1);
    CHECK(chosen({later, sooner, renewable}) == 3);
    CHECK(chosen({by_voucher, renewable, used}) == 6);
    CHECK(chosen({by_voucher, used, saving}) == 5);
    CHECK(chosen({used, saving, returned}) == 4);
    CHECK(chosen({saving, returned, revoked}) == 7);
    CHECK(chosen({returned, revoked, cancelled}) == 8);
    auto newer = revoked;
    newer.licence.issued += 1;
    newer.licence.id = id(11);
    CHECK(chosen({revoked, newer}) == 11);
    CHECK(chosen({one(until(now - 1), 1), one(until(now - 2), 2)}) == 1); // as far, as old: the lower id
}
