// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Licences are issued, found, renewed, given back and ended.
#include "licence/hex.hpp"
#include "licence/ledger_run.hpp"

#include <algorithm>

namespace cifra::licence {

namespace {

std::uint64_t running_of(const std::vector<PlayRow>& open, const Id16& licence, std::int64_t now) {
    return static_cast<std::uint64_t>(std::count_if(
        open.begin(), open.end(), [&](const PlayRow& play) { return play.licence == licence && play.running(now); }));
}

Holding holding_of(Books& books, const LicenceRow& row, std::int64_t now) {
    return {row.licence, row.usage, running_of(books.open_plays(row.person), row.licence.id, now)};
}

LicenceRow known(Books& books, const Id16& id) {
    auto row = books.licence(id);
    if (!row) throw UnknownHere("no licence " + to_hex(id));
    return std::move(*row);
}

Refusal refusal_of(const Denial& denial) { return {Why::denied, denial, {}}; }
Refusal refusal_of(State state) { return {Why::not_so, {}, state}; }
std::string_view reason_of(const Denial& denial) { return name_of(denial.reason); }
std::string_view reason_of(State state) { return name_of(state); }

// The change is made to the row and logged, or what is in its way is told, and logged too.
template <class Error>
ChangeAnswer apply(Books& books, const LicenceRow& before, const boost::system::result<Usage, Error>& changed,
                   Event event, boost::json::object details, std::int64_t now) {
    if (!changed) {
        details["wanted"] = name_of(event);
        details["reason"] = reason_of(changed.error());
        books.append(Event::denial, now, std::move(details), before);
        return refusal_of(changed.error());
    }
    auto after = before;
    after.usage = *changed;
    books.update(before, after);
    books.append(event, now, std::move(details), after);
    return holding_of(books, after, now);
}

// Of several licences, what a listener asks for is done to the newest one for which it can be done.
template <class Change>
const LicenceRow& choose_one(const std::vector<LicenceRow>& rows, const Change& change) {
    const auto fits = [&](const LicenceRow& row) { return change(row).has_value(); };
    const auto found = std::find_if(rows.rbegin(), rows.rend(), fits);
    return found == rows.rend() ? rows.back() : *found;
}

NewUsage spent_voucher(const LicenceRow& row, std::int64_t now) {
    return Denial{Reason::voucher_refused, Right::play, Obstacle::none,
                  remedy_for(row.licence, row.usage, now, Reason::voucher_refused),
                  remaining(row.licence, row.usage, now)};
}

} // namespace

Answer<Holding> Ledger::issue(const Licence& draft, std::int64_t now) {
    return run(Access::write, now, [&](Books& books) {
        auto licence = draft;
        licence.id = sealing_.random_id();
        licence.issued = now;
        const auto row = books.row_for(licence);
        books.insert(row);
        books.append(Event::issue, now, {{"origin", licence.origin}}, row);
        return holding_of(books, row, now);
    });
}

Answer<Holding> Ledger::find(const Id16& licence, std::int64_t now) {
    return run(Access::read, now, [&](Books& books) { return holding_of(books, known(books, licence), now); });
}

Answer<std::vector<Holding>> Ledger::held(const std::string& person, const Id16& item, std::int64_t now) {
    auto lists = held(person, std::span(&item, 1), now);
    if (!lists) return lists.error();
    return std::move(lists->front());
}

Answer<std::vector<std::vector<Holding>>> Ledger::held(const std::string& person, std::span<const Id16> items,
                                                       std::int64_t now) {
    return run(Access::read, now, [&](Books& books) {
        const auto pseudonym = books.person(person);
        const auto open = books.open_plays(pseudonym);
        std::vector<std::vector<Holding>> lists;
        for (const auto& item : items) {
            auto& list = lists.emplace_back();
            for (auto& row : books.licences(pseudonym, books.item(item)))
                list.push_back({std::move(row.licence), row.usage, running_of(open, row.licence.id, now)});
        }
        return lists;
    });
}

Answer<std::vector<Holding>> Ledger::all(std::int64_t now) {
    return run(Access::read, now, [&](Books& books) {
        std::map<Id16, std::uint64_t> running;
        books.each_play([&](const PlayRow& play, const Hash&) {
            if (play.running(now)) ++running[play.licence];
        });
        std::vector<Holding> found;
        books.each_licence(true, [&](const LicenceRow& row, const Hash&) {
            found.push_back({row.licence, row.usage, running[row.licence.id]});
        });
        std::sort(found.begin(), found.end(), [](const Holding& a, const Holding& b) {
            return std::tie(a.licence.issued, a.licence.id) < std::tie(b.licence.issued, b.licence.id);
        });
        return found;
    });
}

// Rows are chosen by the change alone, and the voucher's serial is taken in the same transaction: a code that is
// refused is not spent, and one that is spent renews nothing.
Answer<ChangeAnswer> Ledger::renew(const std::string& person, const Id16& item, const std::optional<Voucher>& voucher,
                                   std::int64_t now) {
    return run(Access::write, now, [&](Books& books) -> ChangeAnswer {
        const auto rows = books.licences(books.person(person), books.item(item));
        if (rows.empty()) return Refusal{Why::no_licence, {}, {}};
        const auto change = [&](const LicenceRow& row) {
            return licence::renew(row.licence, row.usage, now, voucher ? By::voucher : By::listener,
                                  voucher ? voucher->gives : Gives{});
        };
        const auto& row = choose_one(rows, change);
        auto changed = change(row);
        boost::json::object details{{"by", voucher ? "voucher" : "listener"}};
        if (voucher) {
            details["serial"] = voucher->serial;
            if (changed && !books.redeem(voucher->serial, row.licence.id, now)) changed = spent_voucher(row, now);
        }
        return apply(books, row, changed, Event::renewal, std::move(details), now);
    });
}

Answer<ChangeAnswer> Ledger::give_back(const std::string& person, const Id16& item, std::int64_t now) {
    return run(Access::write, now, [&](Books& books) -> ChangeAnswer {
        const auto rows = books.licences(books.person(person), books.item(item));
        if (rows.empty()) return Refusal{Why::no_licence, {}, {}};
        const auto change = [&](const LicenceRow& row) { return return_early(row.licence, row.usage, now); };
        const auto& row = choose_one(rows, change);
        return apply(books, row, change(row), Event::returned, {{"by", "listener"}}, now);
    });
}

Answer<ChangeAnswer> Ledger::renew(const Id16& licence, const Gives& gives, std::int64_t now) {
    return run(Access::write, now, [&](Books& books) {
        const auto row = known(books, licence);
        return apply(books, row, licence::renew(row.licence, row.usage, now, By::by_operator, gives), Event::renewal,
                     {{"by", "operator"}}, now);
    });
}

Answer<ChangeAnswer> Ledger::give_back(const Id16& licence, std::int64_t now) {
    return run(Access::write, now, [&](Books& books) {
        const auto row = known(books, licence);
        return apply(books, row, return_early(row.licence, row.usage, now), Event::returned, {{"by", "operator"}}, now);
    });
}

Answer<ChangeAnswer> Ledger::revoke(const Id16& licence, const std::string& reason, std::int64_t now) {
    return run(Access::write, now, [&](Books& books) {
        const auto row = known(books, licence);
        return apply(books, row, licence::revoke(row.licence, row.usage, now), Event::revocation, {{"why", reason}},
                     now);
    });
}

Answer<ChangeAnswer> Ledger::cancel(const Id16& licence, const std::string& reason, std::int64_t now) {
    return run(Access::write, now, [&](Books& books) {
        const auto row = known(books, licence);
        return apply(books, row, licence::cancel(row.licence, row.usage, now), Event::cancellation, {{"why", reason}},
                     now);
    });
}

} // namespace cifra::licence
