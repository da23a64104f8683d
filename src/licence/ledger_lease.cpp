// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// While a play goes on: what it may use is debited before it is sent, and what it did not use comes back when it is
// settled. Whatever happens in between, no more was given than was debited.
#include "licence/ledger_run.hpp"

#include <algorithm>

namespace cifra::licence {

namespace {

constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();
// No number in a row comes near its end, whatever a caller says.
constexpr std::uint64_t most = std::uint64_t{1} << 53U;

std::uint64_t beyond(std::uint64_t wanted, std::uint64_t have) { return wanted > have ? wanted - have : 0; }

struct Playing {
    PlayRow play;
    LicenceRow licence;
};

Playing playing(Books& books, const PlayKey& key) {
    auto play = books.play(key.id);
    if (!play) throw UnknownHere("no play " + hex_of(key.id));
    if (play->over || play->holder != key.holder) throw TakenOver("play " + hex_of(key.id) + " is no longer held");
    auto licence = books.licence(play->licence);
    if (!licence) throw Tampered("the licence of play " + hex_of(key.id) + " has gone from the database");
    return {std::move(*play), std::move(*licence)};
}

Lease bounded(const Lease& lease) { return {std::min(lease.units, most), std::min(lease.milliseconds, most)}; }

// What the licence does not count, and what its right does not take, is debited when it is known; the rest is what it
// was debited before.
bool counts_units(const Licence& licence, const PlayRow& play) {
    return licence.constraints.units.has_value() && cost_of(play.right).units;
}
bool counts_time(const Licence& licence, const PlayRow& play) {
    return licence.constraints.accumulated.has_value() && cost_of(play.right).time;
}

Lease wanted_beyond(const Playing& at, const Lease& used, const Lease& ahead) {
    Lease wanted;
    if (counts_units(at.licence.licence, at.play))
        wanted.units = beyond(used.units + ahead.units, at.play.debited.units);
    if (counts_time(at.licence.licence, at.play))
        wanted.milliseconds = beyond(used.milliseconds + ahead.milliseconds, at.play.debited.milliseconds);
    return wanted;
}

// What was used, as far as it was granted: a caller who reports more has sent what it was not allowed, and that is not
// hidden by a debit afterwards.
Lease within(const Lease& used, const Lease& allowance) {
    return {std::min(used.units, allowance.units), std::min(used.milliseconds, allowance.milliseconds)};
}

Lease largest(const Lease& a, const Lease& b) {
    return {std::max(a.units, b.units), std::max(a.milliseconds, b.milliseconds)};
}

// What of it costs anything by this right, as far as it was granted.
Lease spent_of(const Playing& at, const Lease& used) {
    const auto cost = cost_of(at.play.right);
    const auto granted = within(bounded(used), allowance_of(at.licence.licence, at.play));
    return largest(at.play.used, {cost.units ? granted.units : 0, cost.time ? granted.milliseconds : 0});
}

// What the play was debited becomes what it used, and the licence with it.
void settle(PlayRow& play, LicenceRow& licence, const Lease& spent) {
    licence.usage = with_lease(
        given_back(licence.usage,
                   {beyond(play.debited.units, spent.units), beyond(play.debited.milliseconds, spent.milliseconds)}),
        {beyond(spent.units, play.debited.units), beyond(spent.milliseconds, play.debited.milliseconds)});
    play.used = spent;
    play.debited = spent;
}

} // namespace

Lease allowance_of(const Licence& licence, const PlayRow& play) {
    return {counts_units(licence, play) ? play.debited.units : no_limit,
            counts_time(licence, play) ? play.debited.milliseconds : no_limit};
}

Answer<Progress> Ledger::lease(const PlayKey& key, const Lease& used, const Lease& ahead, std::int64_t now) {
    return run(Access::write, now, [&](Books& books) {
        const auto before = playing(books, key);
        auto after = before;
        auto& play = after.play;
        play.used = spent_of(before, used);
        auto taken = licence::lease(before.licence.licence, before.licence.usage,
                                    wanted_beyond(before, bounded(used), bounded(ahead)));
        // What the licence does not count is debited as it is used: nobody waits for it.
        taken = largest(taken, {beyond(play.used.units, play.debited.units),
                                beyond(play.used.milliseconds, play.debited.milliseconds)});
        play.debited.units += taken.units;
        play.debited.milliseconds += taken.milliseconds;
        after.licence.usage = with_lease(before.licence.usage, taken);
        play.seen = now;
        books.update(before.play, play);
        if (taken != Lease{}) {
            books.update(before.licence, after.licence);
            books.append(Event::lease, now,
                         {{"play", hex_of(key.id)}, {"units", taken.units}, {"milliseconds", taken.milliseconds}},
                         after.licence);
        }
        return Progress{allowance_of(after.licence.licence, play), after.licence.usage.standing};
    });
}

Answer<Progress> Ledger::heartbeat(const PlayKey& key, std::int64_t now) {
    return run(Access::write, now, [&](Books& books) {
        const auto at = playing(books, key);
        auto after = at.play;
        after.seen = now;
        books.update(at.play, after);
        return Progress{allowance_of(at.licence.licence, after), at.licence.usage.standing};
    });
}

Answer<void> Ledger::end_play(const PlayKey& key, const Lease& used, bool over, std::int64_t now) {
    return without_value(run(Access::write, now, [&](Books& books) {
        const auto before = playing(books, key);
        auto after = before;
        settle(after.play, after.licence, spent_of(before, used));
        after.play.seen = 0;
        after.play.over = over;
        after.play.ended = over ? now : 0;
        books.update(before.play, after.play);
        if (after.licence.usage != before.licence.usage) books.update(before.licence, after.licence);
        if (over || after.licence.usage != before.licence.usage)
            books.append(Event::end, now,
                         {{"play", hex_of(key.id)},
                          {"over", over},
                          {"units", after.play.used.units},
                          {"milliseconds", after.play.used.milliseconds}},
                         after.licence);
        return Done{};
    }));
}

// The server's own plays that were open when it stopped. What was reserved stays debited, unless the server can show
// how much of it was sent at most. Their listeners may resume them.
Answer<Recovered> Ledger::recover(std::int64_t now, const Proof& proven) {
    return run(Access::write, now, [&](Books& books) {
        Recovered recovered;
        for (const auto& before : books.plays_left_by(server_)) {
            if (before.seen == 0 && before.until >= now) continue; // settled, and waits for its listener
            auto after = before;
            after.seen = 0;
            after.over = before.until < now;
            after.ended = after.over ? before.until : 0;
            const auto sent = proven ? proven(before.id) : std::nullopt;
            after.used = before.debited;
            if (sent) {
                auto row = books.licence(before.licence);
                if (!row) throw Tampered("the licence of play " + hex_of(before.id) + " has gone from the database");
                const auto former = *row;
                settle(after, *row, largest(before.used, within(*sent, before.debited)));
                if (row->usage != former.usage) {
                    books.update(former, *row);
                    books.append(Event::end, now, {{"play", hex_of(before.id)}, {"over", after.over}}, *row);
                }
                recovered.given_back.units += before.debited.units - after.debited.units;
                recovered.given_back.milliseconds += before.debited.milliseconds - after.debited.milliseconds;
            }
            books.update(before, after);
            ++recovered.plays;
        }
        if (recovered.plays > 0)
            books.append(Event::recovery, now,
                         {{"plays", recovered.plays},
                          {"units", recovered.given_back.units},
                          {"milliseconds", recovered.given_back.milliseconds}});
        return recovered;
    });
}

} // namespace cifra::licence
