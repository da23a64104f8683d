// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The databases that a ledger may stand on, behind the little that it needs of them: transactions, statements with
// parameters $1…, four kinds of values, and errors told apart by what to do about them. One SQL text serves all: tables
// use BIGINT, BYTEA and TEXT, which SQLite takes as well.
//
// One thread at a time; the ledger sees to it.
#pragma once

#include "proto/bytes.hpp"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cifra::licence {

enum class DatabaseFault : std::uint8_t {
    away,      // does not answer, or takes nobody in: later again
    full,      // no space left
    failed,    // reading, writing or the statement itself; nothing is assumed done
    corrupted, // what is stored is no database, or a broken one
    conflict,  // somebody else was in the way: rolled back, may be tried again at once
};
std::string_view describe(DatabaseFault fault) noexcept;

// Its text names no password.
class DatabaseError : public std::runtime_error {
  public:
    DatabaseError(DatabaseFault fault, const std::string& text) : std::runtime_error(text), fault_(fault) {}
    DatabaseFault fault() const noexcept { return fault_; }

  private:
    DatabaseFault fault_;
};

using Value = std::variant<std::monostate, std::int64_t, std::string, Bytes>;
using Values = std::vector<Value>;

// All of these throw DatabaseError, corrupted: a value of another type than was stored there.
class Row {
  public:
    explicit Row(Values values) : values_(std::move(values)) {}
    bool null(std::size_t column) const { return std::holds_alternative<std::monostate>(at(column)); }
    std::int64_t integer(std::size_t column) const;
    const std::string& text(std::size_t column) const;
    const Bytes& bytes(std::size_t column) const;
    const Values& values() const { return values_; }

  private:
    const Value& at(std::size_t column) const;
    Values values_;
};
using Rows = std::vector<Row>;

enum class Access : std::uint8_t {
    read, // sees one state of the database throughout
    write // SQLite: nobody else writes until its end. PostgreSQL: whoever locks the ledger's head first
};

// Statements are kept prepared, by their text: no text holds a value. All of it throws DatabaseError.
class Database {
  public:
    virtual ~Database() = default;
    // Returns the number of rows that it changed.
    virtual std::uint64_t execute(std::string_view sql, const Values& values = {}) = 0;
    virtual Rows query(std::string_view sql, const Values& values = {}) = 0;
    virtual bool has_table(const std::string& name) = 0;
    // What locks the rows of a SELECT behind it: " FOR UPDATE", or nothing where a writer is alone anyway.
    virtual std::string_view for_update() const noexcept = 0;
    // Where it is, for people: never with a password.
    virtual std::string describe() const = 0;
    // Why what it acknowledges may not outlive a power cut; empty: it does.
    virtual std::string weakness() = 0;

  private:
    friend class Transaction;
    virtual void begin(Access access) = 0;
    virtual void commit() = 0;
    virtual void rollback() noexcept = 0;
};

// Rolls back unless it was committed. A commit that throws may have been done or not: nobody assumes either.
class Transaction {
  public:
    Transaction(Database& database, Access access) : database_(database) { database_.begin(access); }
    ~Transaction() {
        if (open_) database_.rollback();
    }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit() {
        open_ = false;
        database_.commit();
    }

  private:
    Database& database_;
    bool open_ = true;
};

// "sqlite:PATH", or "postgresql://…" as libpq has it. Opens no connection yet, but for the file of SQLite, which it
// makes when there is none and `create` is set. Throws DatabaseError; std::invalid_argument for another kind of
// address.
std::unique_ptr<Database> open_database(const std::string& address, bool create = true);

// Each kind by itself.
std::unique_ptr<Database> open_sqlite(const std::string& path, bool create);
std::unique_ptr<Database> open_postgres(const std::string& uri);

} // namespace cifra::licence
