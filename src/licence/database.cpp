// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "licence/database.hpp"

namespace cifra::licence {

namespace {

template <class T>
const T& as(const Value& value) {
    const auto* held = std::get_if<T>(&value);
    if (held == nullptr) throw DatabaseError(DatabaseFault::corrupted, "a value of another type than was stored");
    return *held;
}

} // namespace

std::string_view describe(DatabaseFault fault) noexcept {
    switch (fault) {
        case DatabaseFault::away:
            return "the database does not answer";
        case DatabaseFault::full:
            return "no space left for the database";
        case DatabaseFault::failed:
            return "the database failed";
        case DatabaseFault::corrupted:
            return "the database is broken";
        case DatabaseFault::conflict:
            return "the database was busy";
    }
    return "the database failed";
}

const Value& Row::at(std::size_t column) const {
    if (column >= values_.size()) throw DatabaseError(DatabaseFault::corrupted, "a row with too few values");
    return values_[column];
}

std::int64_t Row::integer(std::size_t column) const { return as<std::int64_t>(at(column)); }
const std::string& Row::text(std::size_t column) const { return as<std::string>(at(column)); }
const Bytes& Row::bytes(std::size_t column) const { return as<Bytes>(at(column)); }

std::unique_ptr<Database> open_database(const std::string& address, bool create) {
    constexpr std::string_view sqlite = "sqlite:";
    if (address.starts_with(sqlite)) return open_sqlite(address.substr(sqlite.size()), create);
    if (address.starts_with("postgresql://") || address.starts_with("postgres://")) return open_postgres(address);
    throw std::invalid_argument("the ledger's database is neither sqlite:FILE nor postgresql://…");
}

} // namespace cifra::licence
