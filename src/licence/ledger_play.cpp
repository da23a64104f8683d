// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A play begins, or is the same one again: the debit and the play stand in one transaction, or neither does.
#include "licence/hex.hpp"
#include "licence/ledger_run.hpp"

#include <algorithm>
#include <cstring>

namespace cifra::licence {

namespace {

constexpr std::uint64_t shortest_window = 3'600; // seconds in which a play can be resumed, at least
constexpr std::uint64_t longest_item = 30ULL * 24 * 3'600;

std::int64_t window(std::uint64_t duration) {
    return static_cast<std::int64_t>(std::max(2 * std::min(duration, longest_item), shortest_window));
}

boost::json::object said_of(const PlayRow& play) { return {{"play", hex_of(play.id)}, {"right", name_of(play.right)}}; }

// One request, within one transaction.
class Beginning {
  public:
    Beginning(Books& books, Sealing& sealing, const PlayRequest& request, const Pseudonym& server,
              const LedgerOptions& options, std::int64_t now)
        : books_(books),
          sealing_(sealing),
          request_(request),
          server_(server),
          limit_(options.plays_per_person),
          now_(now),
          person_(books.person(request.person)),
          item_(books.item(request.item)) {}

    PlayAnswer run() {
        // The listener's own id, within what is hers: nobody else meets it.
        Encoding name("play");
        name.add(request_.person).add(request_.play);
        const auto id = sealing_.pseudonym("play", name.view());
        open_ = books_.open_plays(person_);
        close_old();
        const auto known = books_.play(id);
        return known ? resume(*known) : begin(id);
    }

    const Pseudonym& person() const { return person_; }
    const Pseudonym& item() const { return item_; }

  private:
    // Nobody can resume them: they need not be looked at again with every play of this person.
    void close_old() {
        for (auto& play : open_) {
            if (play.until >= now_ || play.running(now_)) continue;
            auto over = play;
            over.over = true;
            over.ended = play.until;
            over.seen = 0;
            over.used = over.debited;
            books_.update(play, over);
            play = over;
        }
    }

    std::uint64_t running_of(const Id16& licence, const Id16& without) const {
        return static_cast<std::uint64_t>(std::count_if(open_.begin(), open_.end(), [&](const PlayRow& play) {
            return play.licence == licence && play.id != without && play.running(now_);
        }));
    }
    bool busy(const Id16& without) const {
        const auto running = std::count_if(
            open_.begin(), open_.end(), [&](const PlayRow& play) { return play.id != without && play.running(now_); });
        return limit_ > 0 && static_cast<std::uint64_t>(running) >= limit_;
    }

    PlayAnswer resume(const PlayRow& before) {
        if (before.item != item_ || before.right != request_.right) return Refusal{Why::other_play, {}, {}};
        if (before.over || now_ > before.until) return Refusal{Why::play_over, {}, {}};
        auto licence = books_.licence(before.licence);
        if (!licence) throw Tampered("the licence of play " + hex_of(before.id) + " has gone from the database");
        if (auto denial = ended(*licence, before)) return Refusal{Why::denied, std::move(denial), {}};
        if (busy(before.id)) return Refusal{Why::person_busy, {}, {}};
        auto after = before;
        after.server = server_;
        after.holder = before.holder + 1;
        after.seen = now_;
        after.used = before.debited; // whoever held it and did not settle may have sent all of it
        books_.update(before, after);
        books_.append(Event::resume, now_, said_of(after), *licence);
        return begun(after, *licence, true, false);
    }

    // What was begun in time may be heard to its end; but neither when somebody ended the licence, nor beside as many
    // others as it allows.
    std::optional<Denial> ended(const LicenceRow& row, const PlayRow& play) const {
        const auto running = running_of(play.licence, play.id);
        auto reason = Reason::concurrent;
        if (row.usage.standing == Standing::returned) reason = Reason::returned;
        if (row.usage.standing == Standing::revoked) reason = Reason::revoked;
        if (row.usage.standing == Standing::cancelled) reason = Reason::cancelled;
        const auto most = row.licence.constraints.max_concurrent;
        if (row.usage.standing == Standing::in_force && (!most || running < *most)) return std::nullopt;
        return Denial{reason, request_.right, Obstacle::none, remedy_for(row.licence, row.usage, now_, reason),
                      remaining(row.licence, row.usage, now_)};
    }

    PlayAnswer begin(const Id16& id) {
        if (busy(id)) return Refusal{Why::person_busy, {}, {}};
        auto rows = books_.licences(person_, item_);
        const bool by_policy = rows.empty() && request_.automatic;
        if (by_policy) rows.push_back(books_.row_for(by_the_policy()));
        std::vector<Held> held;
        for (const auto& row : rows) held.push_back({&row.licence, &row.usage, running_of(row.licence.id, id)});
        auto choice = choose(held, request_.right, now_);
        if (!choice) return Refusal{Why::no_licence, {}, {}};
        if (!choice->decision) return Refusal{Why::denied, choice->decision.error(), {}};
        auto& row = rows[choice->index];
        if (by_policy) {
            books_.insert(row);
            books_.append(Event::issue, now_, {{"origin", row.licence.origin}}, row);
        }
        const auto before = row;
        row.usage = with_play(before.usage, request_.right, now_);
        if (row.usage != before.usage) books_.update(before, row);
        const auto play = new_play(id, row.licence.id, row.usage.plays - before.usage.plays);
        books_.insert(play);
        auto details = said_of(play);
        details["cost"] = play.plays;
        books_.append(Event::play, now_, std::move(details), row);
        return begun(play, row, false, by_policy);
    }

    Licence by_the_policy() {
        auto licence = *request_.automatic;
        licence.id = sealing_.random_id();
        licence.person = request_.person;
        licence.item = request_.item;
        licence.issued = now_;
        return licence;
    }

    PlayRow new_play(const Id16& id, const Id16& licence, std::uint64_t cost) const {
        PlayRow play;
        play.id = id;
        play.licence = licence;
        play.person = person_;
        play.item = item_;
        play.server = server_;
        play.right = request_.right;
        play.started = now_;
        play.until = now_ + window(request_.duration);
        play.seen = now_;
        play.plays = cost;
        return play;
    }

    PlayAnswer begun(const PlayRow& play, const LicenceRow& row, bool resumed, bool issued) const {
        Begun answer;
        answer.play = {play.id, play.holder};
        answer.holding = {row.licence, row.usage, running_of(row.licence.id, play.id) + 1};
        answer.resumed = resumed;
        answer.issued = issued;
        answer.used = play.used;
        answer.allowance = allowance_of(row.licence, play);
        return answer;
    }

    Books& books_;
    Sealing& sealing_;
    const PlayRequest& request_;
    const Pseudonym& server_;
    std::uint64_t limit_;
    std::int64_t now_;
    Pseudonym person_, item_;
    std::vector<PlayRow> open_;
};

} // namespace

std::string_view describe(Why why) noexcept {
    switch (why) {
        case Why::no_licence:
            return "no licence";
        case Why::denied:
            return "refused by the licence";
        case Why::person_busy:
            return "too many plays at a time";
        case Why::play_over:
            return "this play is over";
        case Why::other_play:
            return "the play's id is that of another play";
        case Why::not_so:
            return "the licence is not so";
    }
    return "refused";
}

void throw_exception_from_error(const Refusal& refusal, const boost::source_location&) {
    throw std::logic_error("the value of a refusal was taken: " + std::string(describe(refusal.why)));
}

Answer<PlayAnswer> Ledger::begin_play(const PlayRequest& request, std::int64_t now) {
    return run(Access::write, now, [&](Books& books) {
        Beginning beginning(books, sealing_, request, server_, options_, now);
        auto answer = beginning.run();
        if (answer) return answer;
        const auto& refusal = answer.error();
        const auto reason =
            refusal.denial ? std::string(name_of(refusal.denial->reason)) : std::string(licence::describe(refusal.why));
        const auto number = refusal.denial ? static_cast<std::uint16_t>(refusal.denial->reason)
                                           : static_cast<std::uint16_t>(refusal.why);
        if (worth_an_entry(beginning.person(), beginning.item(), number, now))
            books.append(Event::denial, now, {{"right", name_of(request.right)}, {"reason", reason}}, request.person,
                         request.item);
        return answer;
    });
}

bool Ledger::worth_an_entry(const Pseudonym& person, const Pseudonym& item, std::uint16_t reason, std::int64_t now) {
    constexpr std::int64_t quiet = 60;        // seconds
    constexpr std::size_t remembered = 4'096; // a bounded memory, that is forgotten as a whole
    if (denials_.size() >= remembered) denials_.clear();
    const auto [place, fresh] = denials_.try_emplace({person, item, reason}, now);
    if (!fresh && now - place->second < quiet && now >= place->second) return false;
    place->second = now;
    return true;
}

} // namespace cifra::licence
