// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// PostgreSQL, for several servers on one ledger. Whoever writes locks the row of the ledger's head first: all writers
// stand in one line, as the chain of the audit log wants it, and READ COMMITTED shows each what the one before it left.
#include "licence/postgres_connection.hpp"

#include <optional>

namespace cifra::licence {

namespace {

// Types of PostgreSQL's columns (pg_type.dat).
enum : Oid { type_bytea = 17, type_bigint = 20, type_integer = 23, type_text = 25, type_boolean = 16 };

std::int64_t integer_from(ByteView bytes) {
    // An INTEGER has four bytes: its sign is that of its first one.
    std::uint64_t value = !bytes.empty() && (bytes.front() & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
    for (const auto byte : bytes) value = value << 8U | byte;
    return static_cast<std::int64_t>(value);
}

Value value_from(const PGresult* result, int row, int column) {
    if (PQgetisnull(result, row, column) != 0) return {};
    const ByteView bytes(reinterpret_cast<const std::uint8_t*>(PQgetvalue(result, row, column)),
                         static_cast<std::size_t>(PQgetlength(result, row, column)));
    switch (PQftype(result, column)) {
        case type_bytea:
            return Bytes(bytes.begin(), bytes.end());
        case type_boolean:
            return std::int64_t{bytes.front()};
        case type_bigint:
        case type_integer:
            return integer_from(bytes);
        case type_text:
            return std::string(bytes.begin(), bytes.end());
        default:
            throw DatabaseError(DatabaseFault::corrupted, "PostgreSQL: a value of a type that is never stored");
    }
}

class PostgresDatabase final : public Database {
  public:
    explicit PostgresDatabase(std::string uri) : uri_(std::move(uri)), shown_(shown_postgres(uri_)) {}

    std::uint64_t execute(std::string_view sql, const Values& values) override {
        const auto result = connection().run_prepared(sql, values);
        const std::string count = PQcmdTuples(result.get());
        return count.empty() ? 0 : std::stoull(count);
    }

    Rows query(std::string_view sql, const Values& values) override {
        const auto result = connection().run_prepared(sql, values);
        const int columns = PQnfields(result.get());
        Rows rows;
        for (int row = 0; row < PQntuples(result.get()); ++row) {
            Values read;
            for (int column = 0; column < columns; ++column) read.push_back(value_from(result.get(), row, column));
            rows.emplace_back(std::move(read));
        }
        return rows;
    }

    bool has_table(const std::string& name) override {
        return !query("SELECT 1 FROM pg_catalog.pg_class WHERE oid = to_regclass($1)", {name}).empty();
    }
    std::string_view for_update() const noexcept override { return " FOR UPDATE"; }
    std::string describe() const override { return shown_; }

    std::string weakness() override {
        const Transaction reading(*this, Access::read);
        for (const auto* setting : {"fsync", "full_page_writes"})
            if (query("SELECT current_setting($1)", {std::string(setting)}).at(0).text(0) != "on")
                return shown_ + ": runs with " + setting + " = off: a power cut loses or breaks what it acknowledged";
        return {};
    }

  private:
    // Connects anew when the last connection broke, or was cut off while nobody used it.
    void begin(Access access) override {
        if (connection_ && connection_->ended()) connection_.reset();
        if (!connection_) connection_.emplace(uri_, shown_);
        connection_->run(access == Access::write ? "BEGIN ISOLATION LEVEL READ COMMITTED"
                                                 : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    }
    void commit() override {
        try {
            const auto result = connection().run("COMMIT");
            // A transaction that failed before answers COMMIT with ROLLBACK.
            if (std::string_view(PQcmdStatus(result.get())) == "COMMIT") return;
        } catch (const DatabaseError&) {
            connection_.reset();
            throw;
        }
        throw DatabaseError(DatabaseFault::failed, shown_ + ": rolled back instead of committed");
    }
    void rollback() noexcept override {
        if (!connection_) return;
        try {
            if (!connection_->broken()) connection_->run("ROLLBACK");
        } catch (...) {
            connection_.reset();
            return;
        }
        if (connection_->broken()) connection_.reset();
    }

    PostgresConnection& connection() {
        if (!connection_) throw DatabaseError(DatabaseFault::away, shown_ + ": no connection");
        return *connection_;
    }

    std::string uri_, shown_;
    std::optional<PostgresConnection> connection_;
};

} // namespace

std::unique_ptr<Database> open_postgres(const std::string& uri) { return std::make_unique<PostgresDatabase>(uri); }

} // namespace cifra::licence
