// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Rows of plays.
#include "licence/ledger_books.hpp"

namespace cifra::licence {

namespace {

constexpr std::string_view play_columns =
    "SELECT id, licence, person, item, server, holder, right_used, over, started, until, seen, ended, plays, units, "
    "milliseconds, units_used, milliseconds_used, mac FROM plays ";

Values values_of(const PlayRow& row, const Mac& mac) {
    return {stored(row.id),
            stored(row.licence),
            stored(row.person),
            stored(row.item),
            stored(row.server),
            row.holder,
            std::int64_t{static_cast<std::uint8_t>(row.right)},
            std::int64_t{row.over},
            row.started,
            row.until,
            row.seen,
            row.ended,
            stored(row.plays),
            stored(row.debited.units),
            stored(row.debited.milliseconds),
            stored(row.used.units),
            stored(row.used.milliseconds),
            stored(mac)};
}

} // namespace

Encoding Books::encoding(const PlayRow& row) {
    return std::move(Encoding("plays")
                         .add(row.id)
                         .add(row.licence)
                         .add(row.person)
                         .add(row.item)
                         .add(row.server)
                         .add(row.holder)
                         .add(std::int64_t{static_cast<std::uint8_t>(row.right)})
                         .add(std::int64_t{row.over})
                         .add(row.started)
                         .add(row.until)
                         .add(row.seen)
                         .add(row.ended)
                         .add(row.plays)
                         .add(row.debited.units)
                         .add(row.debited.milliseconds)
                         .add(row.used.units)
                         .add(row.used.milliseconds));
}

PlayRow Books::play_from(const Row& row, Hash* summand) {
    PlayRow found;
    found.id = fixed<Id16>(row.bytes(0));
    found.licence = fixed<Id16>(row.bytes(1));
    found.person = fixed<Pseudonym>(row.bytes(2));
    found.item = fixed<Pseudonym>(row.bytes(3));
    found.server = fixed<Pseudonym>(row.bytes(4));
    found.holder = row.integer(5);
    const auto right = row.integer(6);
    const auto over = row.integer(7);
    if (right < 0 || right > 255 || over < 0 || over > 1)
        throw Tampered("play " + hex_of(found.id) + " was changed in the database");
    found.right = static_cast<Right>(right);
    found.over = over != 0;
    found.started = row.integer(8);
    found.until = row.integer(9);
    found.seen = row.integer(10);
    found.ended = row.integer(11);
    found.plays = amount_of(row, 12);
    found.debited = {amount_of(row, 13), amount_of(row, 14)};
    found.used = {amount_of(row, 15), amount_of(row, 16)};
    const auto encoded = encoding(found);
    if (!sealing().holds(encoded, row.bytes(17)))
        throw Tampered("play " + hex_of(found.id) + " was changed in the database");
    if (summand != nullptr) *summand = sealing().summand(encoded);
    return found;
}

std::optional<PlayRow> Books::play(const Id16& id) {
    static const auto sql = joined(play_columns, "WHERE id = $1");
    const auto rows = database_.query(sql, {stored(id)});
    if (rows.empty()) return std::nullopt;
    return play_from(rows.front());
}

std::vector<PlayRow> Books::open_plays(const Pseudonym& person) {
    static const auto sql = joined(play_columns, "WHERE person = $1 AND over = 0");
    std::vector<PlayRow> found;
    for (const auto& row : database_.query(sql, {stored(person)})) found.push_back(play_from(row));
    return found;
}

std::vector<PlayRow> Books::plays_left_by(const Pseudonym& server) {
    static const auto sql = joined(play_columns, "WHERE over = 0 AND server = $1");
    std::vector<PlayRow> found;
    for (const auto& row : database_.query(sql, {stored(server)})) found.push_back(play_from(row));
    return found;
}

void Books::insert(const PlayRow& row) {
    const auto encoded = encoding(row);
    database_.execute(
        "INSERT INTO plays (id, licence, person, item, server, holder, right_used, over, started, until, seen, ended, "
        "plays, units, milliseconds, units_used, milliseconds_used, mac) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        values_of(row, sealing().mac(encoded)));
    head_.plays.add(sealing().summand(encoded));
    changed_ = true;
}

void Books::update(const PlayRow& before, const PlayRow& after) {
    const auto encoded = encoding(after);
    const auto count = database_.execute(
        "UPDATE plays SET licence = $2, person = $3, item = $4, server = $5, holder = $6, right_used = $7, over = $8, "
        "started = $9, until = $10, seen = $11, ended = $12, plays = $13, units = $14, milliseconds = $15, "
        "units_used = $16, milliseconds_used = $17, mac = $18 WHERE id = $1",
        values_of(after, sealing().mac(encoded)));
    if (count != 1) throw Tampered("play " + hex_of(after.id) + " has gone from the database");
    head_.plays.remove(sealing().summand(encoding(before)));
    head_.plays.add(sealing().summand(encoded));
    changed_ = true;
}

void Books::each_play(const std::function<void(const PlayRow&, const Hash&)>& take, Findings* findings) {
    static const auto sql = joined(play_columns, "WHERE id > $1 ORDER BY id LIMIT $2");
    const auto one = [&](const Row& row) {
        Hash summand{};
        const auto found = play_from(row, &summand);
        take(found, summand);
    };
    each_row(sql, one, findings);
}

} // namespace cifra::licence
