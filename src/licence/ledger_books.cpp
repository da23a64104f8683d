// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The head, and what is written to the audit log.
#include "licence/ledger_books.hpp"

#include "licence/hex.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace cifra::licence {

namespace {

constexpr std::array tables{
    "CREATE TABLE head (id BIGINT PRIMARY KEY, version BIGINT NOT NULL, seq BIGINT NOT NULL, hash BYTEA NOT NULL, "
    "licences BYTEA NOT NULL, plays BYTEA NOT NULL, vouchers BYTEA NOT NULL, mac BYTEA NOT NULL)",
    "CREATE TABLE licences (id BYTEA PRIMARY KEY, person BYTEA NOT NULL, item BYTEA NOT NULL, document BYTEA NOT NULL, "
    "standing BIGINT NOT NULL, plays BIGINT NOT NULL, units BIGINT NOT NULL, milliseconds BIGINT NOT NULL, "
    "first_play BIGINT NOT NULL, renewals BIGINT NOT NULL, more_plays BIGINT NOT NULL, more_units BIGINT NOT NULL, "
    "more_milliseconds BIGINT NOT NULL, not_after BIGINT, mac BYTEA NOT NULL)",
    "CREATE INDEX licences_held ON licences (person, item)",
    "CREATE TABLE plays (id BYTEA PRIMARY KEY, licence BYTEA NOT NULL, person BYTEA NOT NULL, item BYTEA NOT NULL, "
    "server BYTEA NOT NULL, holder BIGINT NOT NULL, right_used BIGINT NOT NULL, over BIGINT NOT NULL, "
    "started BIGINT NOT NULL, until BIGINT NOT NULL, seen BIGINT NOT NULL, ended BIGINT NOT NULL, "
    "plays BIGINT NOT NULL, units BIGINT NOT NULL, milliseconds BIGINT NOT NULL, units_used BIGINT NOT NULL, "
    "milliseconds_used BIGINT NOT NULL, mac BYTEA NOT NULL)",
    "CREATE INDEX plays_open ON plays (person) WHERE over = 0",
    "CREATE TABLE vouchers (serial BIGINT PRIMARY KEY, licence BYTEA NOT NULL, redeemed BIGINT NOT NULL, "
    "mac BYTEA NOT NULL)",
    "CREATE TABLE audit (seq BIGINT PRIMARY KEY, time BIGINT NOT NULL, event TEXT NOT NULL, person BYTEA NOT NULL, "
    "item BYTEA NOT NULL, previous BYTEA NOT NULL, details BYTEA NOT NULL, hash BYTEA NOT NULL)"};

constexpr std::string_view select_head =
    "SELECT version, seq, hash, licences, plays, vouchers, mac FROM head WHERE id = 1";

boost::json::object object_of(const Usage& usage) {
    boost::json::object object{{"standing", static_cast<int>(usage.standing)},
                               {"plays", usage.plays},
                               {"units", usage.units},
                               {"milliseconds", usage.milliseconds},
                               {"first_play", usage.first_play},
                               {"renewals", usage.renewals},
                               {"more_plays", usage.more_plays},
                               {"more_units", usage.more_units},
                               {"more_milliseconds", usage.more_milliseconds}};
    if (usage.not_after) object["not_after"] = *usage.not_after;
    return object;
}

} // namespace

Encoding Books::encoding(const Head& head) {
    return std::move(Encoding("head")
                         .add(head.version)
                         .add(head.seq)
                         .add(head.hash)
                         .add(head.licences.value())
                         .add(head.plays.value())
                         .add(head.vouchers.value()));
}

Books::Books(Ledger& ledger, Access access)
    : ledger_(ledger), database_(*ledger.database_), transaction_(database_, access) {
    std::string sql(select_head);
    if (access == Access::write) sql += database_.for_update();
    const auto rows = database_.query(sql);
    if (rows.size() != 1) throw Tampered("the ledger has no head");
    const auto& row = rows.front();
    head_ = {row.integer(0),
             row.integer(1),
             fixed<Hash>(row.bytes(2)),
             RowSum(fixed<Hash>(row.bytes(3))),
             RowSum(fixed<Hash>(row.bytes(4))),
             RowSum(fixed<Hash>(row.bytes(5)))};
    if (head_.version > version) throw Newer("the ledger was made by a newer version of Cifra");
    if (!sealing().holds(encoding(head_), row.bytes(6)))
        throw Tampered("the ledger's head was changed, or belongs to another vault key");
    const auto& known = ledger_.known_;
    if (head_.seq < known.seq || (head_.seq == known.seq && known.seq > 0 && head_.hash != known.hash))
        throw RolledBack("the ledger was set back, from entry " + std::to_string(known.seq) + " to " +
                         std::to_string(head_.seq) + ", while it was in use");
}

Sealing& Books::sealing() { return ledger_.sealing_; }
Pseudonym Books::person(const std::string& name) { return sealing().pseudonym("person", as_bytes(name)); }
Pseudonym Books::item(const Id16& id) { return sealing().pseudonym("item", id); }

void Books::create(Ledger& ledger) {
    auto& database = *ledger.database_;
    Transaction transaction(database, Access::write);
    if (database.has_table("head")) return;
    for (const auto* sql : tables) database.execute(sql);
    Head head;
    head.version = version;
    database.execute(
        "INSERT INTO head (id, version, seq, hash, licences, plays, vouchers, mac) VALUES (1, $1, $2, $3, $4, $5, $6, "
        "$7)",
        {head.version, head.seq, stored(head.hash), stored(head.licences.value()), stored(head.plays.value()),
         stored(head.vouchers.value()), stored(ledger.sealing_.mac(encoding(head)))});
    transaction.commit();
}

void Books::append(AuditEntry entry, const boost::json::object& details) {
    entry.seq = head_.seq + 1;
    entry.previous = head_.hash;
    entry.details = sealing().seal(boost::json::serialize(details), place_of(entry));
    entry.hash = hash_of(entry);
    database_.execute(
        "INSERT INTO audit (seq, time, event, person, item, previous, details, hash) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        {entry.seq, entry.time, std::string(name_of(entry.event)), stored(entry.person), stored(entry.item),
         stored(entry.previous), entry.details, stored(entry.hash)});
    head_.seq = entry.seq;
    head_.hash = entry.hash;
    changed_ = true;
}

void Books::append(Event event, std::int64_t now, const boost::json::object& details) {
    AuditEntry entry;
    entry.time = now;
    entry.event = event;
    append(std::move(entry), details);
}

void Books::append(Event event, std::int64_t now, boost::json::object details, const std::string& person,
                   const Id16& item) {
    AuditEntry entry;
    entry.time = now;
    entry.event = event;
    entry.person = Books::person(person);
    entry.item = Books::item(item);
    details["person"] = person;
    details["item"] = to_hex(item);
    append(std::move(entry), details);
}

void Books::append(Event event, std::int64_t now, boost::json::object details, const LicenceRow& row) {
    details["licence"] = to_hex(row.licence.id);
    details["usage"] = object_of(row.usage);
    append(event, now, std::move(details), row.licence.person, row.licence.item);
}

void Books::commit() {
    if (changed_) {
        const auto count = database_.execute(
            "UPDATE head SET seq = $1, hash = $2, licences = $3, plays = $4, vouchers = $5, mac = $6 WHERE id = 1",
            {head_.seq, stored(head_.hash), stored(head_.licences.value()), stored(head_.plays.value()),
             stored(head_.vouchers.value()), stored(sealing().mac(encoding(head_)))});
        if (count != 1) throw Tampered("the ledger has no head");
    }
    transaction_.commit();
}

std::vector<AuditEntry> Books::entries(std::int64_t from, std::int64_t count) {
    std::vector<AuditEntry> found;
    for (const auto& row : database_.query("SELECT seq, time, event, person, item, previous, details, hash FROM audit "
                                           "WHERE seq >= $1 ORDER BY seq LIMIT $2",
                                           {from, count})) {
        const auto event = event_named(row.text(2));
        if (!event) throw Tampered("entry " + std::to_string(row.integer(0)) + " of the audit log is of no known kind");
        found.push_back({row.integer(0), row.integer(1), *event, fixed<Pseudonym>(row.bytes(3)),
                         fixed<Pseudonym>(row.bytes(4)), fixed<Hash>(row.bytes(5)), row.bytes(6),
                         fixed<Hash>(row.bytes(7))});
    }
    return found;
}

boost::json::object Books::details_of(const AuditEntry& entry) {
    const auto text = sealing().open(entry.details, place_of(entry));
    boost::system::error_code bad;
    auto value = text ? boost::json::parse(*text, bad) : boost::json::value();
    if (bad || !value.is_object())
        throw Tampered("the details of entry " + std::to_string(entry.seq) + " of the audit log were changed");
    return std::move(value.get_object());
}

} // namespace cifra::licence
