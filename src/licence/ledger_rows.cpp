// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Rows of licences and vouchers, and the way through all rows of a table.
#include "licence/ledger_books.hpp"

namespace cifra::licence {

namespace {

constexpr std::string_view licence_columns =
    "SELECT id, person, item, document, standing, plays, units, milliseconds, first_play, renewals, more_plays, "
    "more_units, more_milliseconds, not_after, mac FROM licences ";
constexpr std::int64_t page = 500; // rows read at a time
constexpr std::size_t signature_size = std::tuple_size_v<Signature>;

Encoding document_place(const Id16& id) { return std::move(Encoding("document").add(id)); }

Encoding voucher_encoding(std::int64_t serial, ByteView licence, std::int64_t redeemed) {
    return std::move(Encoding("vouchers").add(serial).add(licence).add(redeemed));
}

} // namespace

Encoding Books::encoding(const LicenceRow& row) {
    const auto& usage = row.usage;
    return std::move(Encoding("licences")
                         .add(row.licence.id)
                         .add(row.person)
                         .add(row.item)
                         .add(row.document)
                         .add(std::int64_t{static_cast<std::uint8_t>(usage.standing)})
                         .add(usage.plays)
                         .add(usage.units)
                         .add(usage.milliseconds)
                         .add(usage.first_play)
                         .add(std::int64_t{usage.renewals})
                         .add(usage.more_plays)
                         .add(usage.more_units)
                         .add(usage.more_milliseconds)
                         .add(usage.not_after));
}

LicenceRow Books::licence_from(const Row& row, bool open, Hash* summand) {
    LicenceRow found;
    found.licence.id = fixed<Id16>(row.bytes(0));
    found.person = fixed<Pseudonym>(row.bytes(1));
    found.item = fixed<Pseudonym>(row.bytes(2));
    found.document = row.bytes(3);
    auto& usage = found.usage;
    const auto standing = row.integer(4);
    const auto renewals = row.integer(9);
    if (standing < 0 || standing > 3 || renewals < 0 || renewals > std::numeric_limits<std::uint32_t>::max())
        throw Tampered("licence " + hex_of(found.licence.id) + " was changed in the database");
    usage.standing = static_cast<Standing>(standing);
    usage.plays = amount_of(row, 5);
    usage.units = amount_of(row, 6);
    usage.milliseconds = amount_of(row, 7);
    usage.first_play = row.integer(8);
    usage.renewals = static_cast<std::uint32_t>(renewals);
    usage.more_plays = amount_of(row, 10);
    usage.more_units = amount_of(row, 11);
    usage.more_milliseconds = amount_of(row, 12);
    if (!row.null(13)) usage.not_after = row.integer(13);
    const auto encoded = encoding(found);
    if (!sealing().holds(encoded, row.bytes(14)))
        throw Tampered("licence " + hex_of(found.licence.id) + " was changed in the database");
    if (summand != nullptr) *summand = sealing().summand(encoded);
    if (open) open_document(found);
    return found;
}

void Books::open_document(LicenceRow& row) {
    const auto id = row.licence.id;
    const auto text = sealing().open(row.document, document_place(id));
    if (!text || text->size() < signature_size)
        throw Tampered("the document of licence " + hex_of(id) + " was changed");
    const auto signature = as_bytes(*text).first(signature_size);
    auto licence = ledger_.verifier_.open(std::string_view(*text).substr(signature_size), signature);
    if (!licence || licence->id != id) throw Tampered("the document of licence " + hex_of(id) + " is not signed here");
    row.licence = std::move(*licence);
}

LicenceRow Books::row_for(const Licence& licence) {
    LicenceRow row;
    row.licence = licence;
    row.person = person(licence.person);
    row.item = item(licence.item);
    const auto document = ledger_.signer_.sign(licence);
    row.document = sealing().seal(std::string(document.signature.begin(), document.signature.end()) + document.text,
                                  document_place(licence.id));
    return row;
}

std::optional<LicenceRow> Books::licence(const Id16& id) {
    static const auto sql = joined(licence_columns, "WHERE id = $1");
    const auto rows = database_.query(sql, {stored(id)});
    if (rows.empty()) return std::nullopt;
    return licence_from(rows.front(), true);
}

std::vector<LicenceRow> Books::licences(const Pseudonym& person, const Pseudonym& item) {
    static const auto sql = joined(licence_columns, "WHERE person = $1 AND item = $2");
    std::vector<LicenceRow> found;
    for (const auto& row : database_.query(sql, {stored(person), stored(item)}))
        found.push_back(licence_from(row, true));
    std::sort(found.begin(), found.end(), [](const LicenceRow& a, const LicenceRow& b) {
        return std::tie(a.licence.issued, a.licence.id) < std::tie(b.licence.issued, b.licence.id);
    });
    return found;
}

namespace {

Values values_of(const LicenceRow& row, const Mac& mac) {
    const auto& usage = row.usage;
    return {stored(row.licence.id),
            stored(row.person),
            stored(row.item),
            row.document,
            std::int64_t{static_cast<std::uint8_t>(usage.standing)},
            stored(usage.plays),
            stored(usage.units),
            stored(usage.milliseconds),
            usage.first_play,
            std::int64_t{usage.renewals},
            stored(usage.more_plays),
            stored(usage.more_units),
            stored(usage.more_milliseconds),
            usage.not_after ? Value(*usage.not_after) : Value(),
            stored(mac)};
}

} // namespace

void Books::insert(const LicenceRow& row) {
    const auto encoded = encoding(row);
    database_.execute(
        "INSERT INTO licences (id, person, item, document, standing, plays, units, milliseconds, first_play, "
        "renewals, more_plays, more_units, more_milliseconds, not_after, mac) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        values_of(row, sealing().mac(encoded)));
    head_.licences.add(sealing().summand(encoded));
    changed_ = true;
}

void Books::update(const LicenceRow& before, const LicenceRow& after) {
    const auto encoded = encoding(after);
    const auto count = database_.execute(
        "UPDATE licences SET person = $2, item = $3, document = $4, standing = $5, plays = $6, units = $7, "
        "milliseconds = $8, first_play = $9, renewals = $10, more_plays = $11, more_units = $12, "
        "more_milliseconds = $13, not_after = $14, mac = $15 WHERE id = $1",
        values_of(after, sealing().mac(encoded)));
    if (count != 1) throw Tampered("licence " + hex_of(after.licence.id) + " has gone from the database");
    head_.licences.remove(sealing().summand(encoding(before)));
    head_.licences.add(sealing().summand(encoded));
    changed_ = true;
}

bool Books::redeem(std::uint64_t serial, const Id16& licence, std::int64_t now) {
    const auto number = static_cast<std::int64_t>(serial);
    if (!database_.query("SELECT 1 FROM vouchers WHERE serial = $1", {number}).empty()) return false;
    const auto encoded = voucher_encoding(number, licence, now);
    database_.execute("INSERT INTO vouchers (serial, licence, redeemed, mac) VALUES ($1, $2, $3, $4)",
                      {number, stored(licence), now, stored(sealing().mac(encoded))});
    head_.vouchers.add(sealing().summand(encoded));
    changed_ = true;
    return true;
}

void Books::each_row(std::string_view sql, const std::function<void(const Row&)>& take, Findings* findings) {
    Bytes last;
    for (;;) {
        const auto rows = database_.query(sql, {last, page});
        if (rows.empty()) return;
        for (const auto& row : rows) {
            try {
                take(row);
            } catch (const Tampered& found) {
                if (findings == nullptr) throw;
                findings->emplace_back(found.what());
            } catch (const DatabaseError& found) { // a value of another type
                if (findings == nullptr || found.fault() != DatabaseFault::corrupted) throw;
                findings->emplace_back(found.what());
            }
        }
        last = rows.back().bytes(0);
    }
}

void Books::each_licence(bool open, const std::function<void(const LicenceRow&, const Hash&)>& take,
                         Findings* findings) {
    static const auto sql = joined(licence_columns, "WHERE id > $1 ORDER BY id LIMIT $2");
    const auto one = [&](const Row& row) {
        Hash summand{};
        const auto found = licence_from(row, open, &summand);
        take(found, summand);
    };
    each_row(sql, one, findings);
}

void Books::each_voucher(const std::function<void(const Hash&)>& take, Findings* findings) {
    for (const auto& row : database_.query("SELECT serial, licence, redeemed, mac FROM vouchers ORDER BY serial")) {
        const auto encoded = voucher_encoding(row.integer(0), row.bytes(1), row.integer(2));
        if (sealing().holds(encoded, row.bytes(3))) {
            take(sealing().summand(encoded));
            continue;
        }
        const auto found = "voucher " + std::to_string(row.integer(0)) + " was changed in the database";
        if (findings == nullptr) throw Tampered(found);
        findings->push_back(found);
    }
}

} // namespace cifra::licence
