// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What was done and played, and whether all of it is still as it was written.
#include "licence/hex.hpp"
#include "licence/ledger_run.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace cifra::licence {

namespace {

constexpr std::int64_t page = 500;

// What the log says of one licence.
struct Told {
    std::uint64_t plays = 0; // the sum of what its plays cost
    boost::json::object usage;
};

std::uint64_t number(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr) return 0;
    return value->is_uint64() ? value->get_uint64() : static_cast<std::uint64_t>(value->get_int64());
}

std::string text(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

class Verifying {
  public:
    explicit Verifying(Books& books) : books_(books) {}

    Verified run() {
        read_log();
        read_plays();
        read_licences();
        RowSum vouchers;
        books_.each_voucher([&](const Hash& summand) { vouchers.add(summand); }, &found_.findings);
        if (vouchers != books_.head().vouchers) find("vouchers were removed, added or set back");
        return std::move(found_);
    }

  private:
    void find(std::string finding) { found_.findings.push_back(std::move(finding)); }

    void read_log() {
        Hash previous{};
        std::int64_t seq = 0;
        try {
            for (auto page_of = books_.entries(1, page); !page_of.empty(); page_of = books_.entries(seq + 1, page)) {
                for (const auto& entry : page_of) {
                    read(entry, seq + 1, previous);
                    previous = entry.hash;
                    seq = entry.seq;
                }
            }
        } catch (const Tampered& changed) {
            find(changed.what());
        } catch (const DatabaseError& error) {
            if (error.fault() != DatabaseFault::corrupted) throw;
            find(error.what());
        }
        if (seq != books_.head().seq || previous != books_.head().hash)
            find("the audit log ends at entry " + std::to_string(seq) +
                 ", and not where the ledger's head says: entry " + std::to_string(books_.head().seq));
    }

    void read(const AuditEntry& entry, std::int64_t expected, const Hash& previous) {
        ++found_.entries;
        const auto name = "entry " + std::to_string(entry.seq) + " of the audit log ";
        if (entry.seq != expected) find(name + "follows on entry " + std::to_string(expected - 1));
        if (entry.previous != previous) find(name + "is not bound to the one before it");
        if (hash_of(entry) != entry.hash) find(name + "was changed");
        try {
            count(entry, books_.details_of(entry));
        } catch (const Tampered& changed) {
            find(changed.what());
        }
    }

    void count(const AuditEntry& entry, const boost::json::object& details) {
        const auto* usage = details.if_contains("usage");
        const auto id = id_of(text(details, "licence"));
        if (!id || usage == nullptr || !usage->is_object()) return;
        auto& told = told_[*id];
        told.usage = usage->get_object();
        if (entry.event == Event::play) told.plays += number(details, "cost");
    }

    void read_plays() {
        RowSum sum;
        const auto one = [&](const PlayRow& play, const Hash& summand) {
            ++found_.plays;
            sum.add(summand);
            auto& of = played_[play.licence];
            of.plays += play.plays;
            of.units += play.debited.units;
            of.milliseconds += play.debited.milliseconds;
            if (play.used.units > play.debited.units || play.used.milliseconds > play.debited.milliseconds)
                find("play " + hex_of(play.id) + " used more than it was debited");
        };
        books_.each_play(one, &found_.findings);
        if (sum != books_.head().plays) find("plays were removed, added or set back");
    }

    void read_licences() {
        RowSum sum;
        const auto one = [&](const LicenceRow& row, const Hash& summand) {
            ++found_.licences;
            sum.add(summand);
            look_at(row);
            told_.erase(row.licence.id);
        };
        books_.each_licence(true, one, &found_.findings);
        if (sum != books_.head().licences) find("licences were removed, added or set back");
        for (const auto& [id, ignored] : told_) find("licence " + to_hex(id) + " is in the audit log alone");
    }

    void look_at(const LicenceRow& row) {
        const auto name = "licence " + to_hex(row.licence.id) + ": ";
        const auto& usage = row.usage;
        const auto& played = played_[row.licence.id];
        if (usage.plays != played.plays)
            find(name + std::to_string(usage.plays) + " plays debited, " + std::to_string(played.plays) + " begun");
        if (usage.units != played.units || usage.milliseconds != played.milliseconds)
            find(name + "chunks or time debited are not those of its plays");
        const auto& limits = row.licence.constraints;
        if (limits.count && usage.plays > *limits.count + usage.more_plays) find(name + "more plays than it gives");
        if (limits.units && usage.units > *limits.units + usage.more_units) find(name + "more chunks than it gives");
        if (limits.accumulated && usage.milliseconds > *limits.accumulated * 1000 + usage.more_milliseconds)
            find(name + "more time than it gives");
        const auto told = told_.find(row.licence.id);
        if (told == told_.end()) return find(name + "is not in the audit log");
        if (told->second.plays != usage.plays) find(name + "the audit log has other plays of it");
        const auto& last = told->second.usage;
        if (number(last, "plays") != usage.plays || number(last, "units") != usage.units ||
            number(last, "milliseconds") != usage.milliseconds || number(last, "renewals") != usage.renewals ||
            number(last, "standing") != static_cast<std::uint64_t>(usage.standing))
            find(name + "the audit log left it in another state");
    }

    struct Sums {
        std::uint64_t plays = 0, units = 0, milliseconds = 0;
    };
    Books& books_;
    Verified found_;
    std::map<Id16, Told> told_;
    std::map<Id16, Sums> played_;
};

} // namespace

Answer<Verified> Ledger::verify() {
    return run(Access::read, last_time_, [](Books& books) { return Verifying(books).run(); });
}

Answer<void> Ledger::audit(std::int64_t from, const std::function<bool(const AuditRecord&)>& take) {
    return without_value(run(Access::read, last_time_, [&](Books& books) {
        for (auto next = std::max<std::int64_t>(from, 1);;) {
            const auto entries = books.entries(next, page);
            for (const auto& entry : entries)
                if (!take({entry, books.details_of(entry)})) return Done{};
            if (entries.empty()) return Done{};
            next = entries.back().seq + 1;
        }
    }));
}

Answer<std::vector<PlayRecord>> Ledger::plays(const PlayFilter& filter) {
    return run(Access::read, last_time_, [&](Books& books) {
        const auto person = filter.person ? std::optional(books.person(*filter.person)) : std::nullopt;
        const auto item = filter.item ? std::optional(books.item(*filter.item)) : std::nullopt;
        std::vector<PlayRecord> found;
        std::map<Id16, LicenceRow> licences;
        const auto one = [&](const PlayRow& play, const Hash&) {
            if ((person && play.person != *person) || (item && play.item != *item) || play.started < filter.from ||
                play.started >= filter.until)
                return;
            auto& row = licences[play.licence];
            if (row.document.empty()) {
                auto known = books.licence(play.licence);
                if (!known) throw Tampered("the licence of play " + hex_of(play.id) + " has gone from the database");
                row = std::move(*known);
            }
            found.push_back({play.id, play.licence, row.licence.person, row.licence.item, play.right, play.over,
                             play.started, play.seen, play.ended, play.plays, play.debited, play.used});
        };
        books.each_play(one);
        std::sort(found.begin(), found.end(), [](const PlayRecord& a, const PlayRecord& b) {
            return std::tie(a.started, a.id) < std::tie(b.started, b.id);
        });
        return found;
    });
}

std::string line_of(const AuditRecord& record) {
    const auto& entry = record.entry;
    boost::json::object line{{"seq", entry.seq},
                             {"time", entry.time},
                             {"event", name_of(entry.event)},
                             {"details", record.details},
                             {"person_pseudonym", hex_of(entry.person)},
                             {"item_pseudonym", hex_of(entry.item)},
                             {"sealed", hex_of(entry.details)},
                             {"previous", hex_of(entry.previous)},
                             {"hash", hex_of(entry.hash)}};
    return boost::json::serialize(line);
}

} // namespace cifra::licence
