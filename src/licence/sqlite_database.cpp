// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// SQLite. Journal mode WAL with synchronous=FULL: a commit is one append and one fsync of the log before it returns,
// where a rollback journal needs three of them and two files; a reader (cifractl) never holds up the server; and what a
// power cut leaves of the log is found by its checksums. It needs a file system of this machine, not of the network.
#include "licence/database.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <map>

namespace cifra::licence {

namespace {

constexpr int busy_timeout = 5'000; // milliseconds that a writer waits for another one

DatabaseFault fault_of(sqlite3* database, int code) {
    switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return DatabaseFault::conflict;
        case SQLITE_FULL:
            return DatabaseFault::full;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return DatabaseFault::corrupted;
        case SQLITE_CANTOPEN:
            return DatabaseFault::away;
        case SQLITE_IOERR: {
            const int why = database == nullptr ? 0 : sqlite3_system_errno(database);
            return why == ENOSPC || why == EDQUOT || why == EFBIG ? DatabaseFault::full : DatabaseFault::failed;
        }
        default:
            return DatabaseFault::failed;
    }
}

// A new file that only its owner reads, and whose name is on the disk; an existing one is left as it is.
void make_file(const std::string& path) {
    const int fd = ::open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) return; // exists; or SQLite says why not
    ::close(fd);
    auto folder = std::filesystem::path(path).parent_path();
    const int at = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0) return;
    const int failed = ::fsync(at);
    ::close(at);
    if (failed != 0) throw DatabaseError(DatabaseFault::failed, path + ": its folder cannot be synced");
}

class SqliteDatabase final : public Database {
  public:
    SqliteDatabase(std::string path, bool create) : path_(std::move(path)) {
        if (create) make_file(path_);
        connect();
    }
    SqliteDatabase(const SqliteDatabase&) = delete;
    SqliteDatabase& operator=(const SqliteDatabase&) = delete;
    ~SqliteDatabase() override { disconnect(); }

    std::uint64_t execute(std::string_view sql, const Values& values) override {
        auto* statement = prepared(sql);
        const Reset reset{statement};
        bind(statement, values);
        const int code = sqlite3_step(statement);
        if (code != SQLITE_DONE && code != SQLITE_ROW) fail(code);
        return static_cast<std::uint64_t>(sqlite3_changes64(handle_));
    }

    Rows query(std::string_view sql, const Values& values) override {
        auto* statement = prepared(sql);
        const Reset reset{statement};
        bind(statement, values);
        Rows rows;
        int code = sqlite3_step(statement);
        for (; code == SQLITE_ROW; code = sqlite3_step(statement)) rows.emplace_back(read(statement));
        if (code != SQLITE_DONE) fail(code);
        return rows;
    }

    bool has_table(const std::string& name) override {
        return !query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1", {name}).empty();
    }
    std::string_view for_update() const noexcept override { return {}; }
    std::string describe() const override { return path_; }
    std::string weakness() override { return {}; }

  private:
    struct Reset {
        sqlite3_stmt* statement;
        ~Reset() {
            sqlite3_reset(statement);
            sqlite3_clear_bindings(statement);
        }
    };

    void begin(Access access) override {
        if (handle_ != nullptr && moved()) disconnect();
        if (handle_ == nullptr) connect();
        simple(access == Access::write ? "BEGIN IMMEDIATE" : "BEGIN");
    }
    void commit() override {
        try {
            simple("COMMIT");
        } catch (const DatabaseError&) {
            abandon();
            throw;
        }
    }
    void rollback() noexcept override {
        if (handle_ == nullptr) return;
        if (sqlite3_get_autocommit(handle_) == 0) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
        if (suspect_ || sqlite3_get_autocommit(handle_) == 0) abandon();
    }

    // Whatever a connection holds in memory is not trusted behind an error of the disk, a failed fsync above all: the
    // next transaction opens the file afresh, and SQLite's recovery decides what is there.
    void abandon() noexcept {
        sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
        disconnect();
    }

    void connect() {
        suspect_ = false;
        const int code = sqlite3_open_v2(path_.c_str(), &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
        try {
            if (code != SQLITE_OK) fail(code);
            sqlite3_extended_result_codes(handle_, 1);
            sqlite3_busy_timeout(handle_, busy_timeout);
            sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
            sqlite3_db_config(handle_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
            simple("PRAGMA cell_size_check = ON");
            const auto mode = query("PRAGMA journal_mode = WAL", {});
            if (mode.empty() || mode.front().text(0) != "wal")
                throw DatabaseError(DatabaseFault::failed, path_ + ": no write-ahead log is possible there");
            simple("PRAGMA synchronous = FULL");
        } catch (...) {
            disconnect();
            throw;
        }
    }

    void disconnect() noexcept {
        for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
        statements_.clear();
        sqlite3_close_v2(handle_);
        handle_ = nullptr;
    }

    // The file has another name or none, or another file has taken its place: a restored one, say.
    bool moved() {
        int answer = 0;
        return sqlite3_file_control(handle_, "main", SQLITE_FCNTL_HAS_MOVED, &answer) == SQLITE_OK && answer != 0;
    }

    [[noreturn]] void fail(int code) {
        const auto fault = fault_of(handle_, code);
        suspect_ = suspect_ || fault != DatabaseFault::conflict;
        const std::string why = handle_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle_);
        throw DatabaseError(fault, path_ + ": " + why + " (" + std::to_string(code) + ")");
    }

    void simple(const char* sql) {
        auto* statement = prepared(sql);
        const Reset reset{statement};
        int code = SQLITE_ROW;
        while (code == SQLITE_ROW) code = sqlite3_step(statement);
        if (code != SQLITE_DONE) fail(code);
    }

    sqlite3_stmt* prepared(std::string_view sql) {
        if (handle_ == nullptr) throw DatabaseError(DatabaseFault::failed, path_ + ": outside of a transaction");
        const auto known = statements_.find(sql);
        if (known != statements_.end()) return known->second;
        sqlite3_stmt* statement = nullptr;
        const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                            SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
        if (code != SQLITE_OK) fail(code);
        statements_.emplace(sql, statement);
        return statement;
    }

    void bind(sqlite3_stmt* statement, const Values& values) {
        for (std::size_t i = 0; i < values.size(); ++i) {
            const int at = sqlite3_bind_parameter_index(statement, ("$" + std::to_string(i + 1)).c_str());
            if (at == 0) continue;
            const int code = std::visit([&](const auto& value) { return bind_one(statement, at, value); }, values[i]);
            if (code != SQLITE_OK) fail(code);
        }
    }
    static int bind_one(sqlite3_stmt* statement, int at, std::monostate) { return sqlite3_bind_null(statement, at); }
    static int bind_one(sqlite3_stmt* statement, int at, std::int64_t value) {
        return sqlite3_bind_int64(statement, at, value);
    }
    static int bind_one(sqlite3_stmt* statement, int at, const std::string& value) {
        return sqlite3_bind_text64(statement, at, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    static int bind_one(sqlite3_stmt* statement, int at, const Bytes& value) {
        if (value.empty()) return sqlite3_bind_zeroblob(statement, at, 0);
        return sqlite3_bind_blob64(statement, at, value.data(), value.size(), SQLITE_STATIC);
    }

    Row read(sqlite3_stmt* statement) {
        Values values;
        for (int i = 0; i < sqlite3_column_count(statement); ++i) values.push_back(read_one(statement, i));
        return Row(std::move(values));
    }
    Value read_one(sqlite3_stmt* statement, int column) {
        const int type = sqlite3_column_type(statement, column);
        if (type == SQLITE_NULL) return {};
        if (type == SQLITE_INTEGER) return static_cast<std::int64_t>(sqlite3_column_int64(statement, column));
        const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement, column));
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
        if (type == SQLITE_BLOB) return size == 0 ? Bytes() : Bytes(data, data + size);
        if (type == SQLITE_TEXT) return std::string(reinterpret_cast<const char*>(data), size);
        throw DatabaseError(DatabaseFault::corrupted, path_ + ": a value of a type that is never stored");
    }

    std::string path_;
    sqlite3* handle_ = nullptr;
    bool suspect_ = false;
    std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
};

} // namespace

std::unique_ptr<Database> open_sqlite(const std::string& path, bool create) {
    if (path.empty() || path.front() == ':') throw std::invalid_argument("sqlite: without the name of a file");
    return std::make_unique<SqliteDatabase>(path, create);
}

} // namespace cifra::licence
