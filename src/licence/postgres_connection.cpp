// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "licence/postgres_connection.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace cifra::licence {

namespace {

using Clock = std::chrono::steady_clock;

// What PostgreSQL's SQLSTATE says, as far as something else is done about it.
DatabaseFault fault_of(std::string_view state) {
    const auto kind = state.substr(0, 2);
    if (state == "40001" || state == "40P01" || state == "55P03" || state == "23505") return DatabaseFault::conflict;
    if (state == "53100") return DatabaseFault::full;
    // Too many connections, shut down, starting, its deadline passed, read only while it stands by.
    if (kind == "08" || kind == "53" || kind == "57" || state == "25006") return DatabaseFault::away;
    if (kind == "XX" && state != "XX000") return DatabaseFault::corrupted;
    return DatabaseFault::failed;
}

std::string one_line(const char* text) {
    std::string line(text == nullptr ? "" : text);
    std::replace(line.begin(), line.end(), '\n', ' ');
    while (!line.empty() && line.back() == ' ') line.pop_back();
    return line;
}

// Parameters as libpq takes them, in binary: the bytes of integers are turned round.
class Parameters {
  public:
    explicit Parameters(const Values& values) : integers_(values.size()) {
        for (std::size_t i = 0; i < values.size(); ++i)
            std::visit([&](const auto& value) { add(value, integers_[i]); }, values[i]);
    }
    int count() const { return static_cast<int>(data_.size()); }
    const char* const* data() const { return data_.data(); }
    const int* lengths() const { return lengths_.data(); }
    const int* formats() const { return formats_.data(); }

  private:
    using Integer = std::array<char, 8>;
    void push(const char* data, std::size_t length) {
        data_.push_back(data);
        lengths_.push_back(static_cast<int>(length));
        formats_.push_back(1);
    }
    void add(std::monostate, Integer&) { push(nullptr, 0); }
    void add(std::int64_t value, Integer& room) {
        for (std::size_t i = 0; i < room.size(); ++i)
            room[i] = static_cast<char>(static_cast<std::uint64_t>(value) >> (56 - 8 * i));
        push(room.data(), room.size());
    }
    void add(const std::string& value, Integer&) { push(value.c_str(), value.size()); }
    void add(const Bytes& value, Integer& room) {
        push(value.empty() ? room.data() : reinterpret_cast<const char*>(value.data()), value.size());
    }

    std::vector<Integer> integers_;
    std::vector<const char*> data_;
    std::vector<int> lengths_, formats_;
};

} // namespace

std::string shown_postgres(const std::string& uri) {
    // Not libpq's own words: they repeat the part that it does not understand, which may be of the password.
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse(uri.c_str(), nullptr),
                                                                               &PQconninfoFree);
    if (options == nullptr) throw std::invalid_argument("the address of the PostgreSQL database is not understood");
    std::string shown = "postgresql:";
    for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
        const std::string_view name = option->keyword;
        if (option->val == nullptr || (name != "host" && name != "hostaddr" && name != "port" && name != "dbname"))
            continue;
        shown += " " + std::string(name) + "=" + option->val;
    }
    return shown;
}

PostgresConnection::PostgresConnection(const std::string& uri, const std::string& shown) : shown_(shown) {
    connect(uri);
    // Whatever the database's own settings: what is acknowledged is on its disk, and nobody holds the ledger's head
    // longer than some seconds.
    run("SET synchronous_commit = on");
    run("SET statement_timeout = '8s'");
    run("SET lock_timeout = '5s'");
    run("SET idle_in_transaction_session_timeout = '8s'");
    run("SET client_min_messages = warning");
}

void PostgresConnection::connect(const std::string& uri) {
    // Before "dbname", so that the address has the last word.
    const std::array keys{"connect_timeout",     "keepalives",       "keepalives_idle",
                          "keepalives_interval", "keepalives_count", "tcp_user_timeout",
                          "application_name",    "dbname",           static_cast<const char*>(nullptr)};
    const std::array values{"5", "1", "5", "2", "3", "8000", "cifra", uri.c_str(), static_cast<const char*>(nullptr)};
    connection_.reset(PQconnectStartParams(keys.data(), values.data(), 1));
    if (connection_ == nullptr) throw std::bad_alloc();
    const auto deadline = Clock::now() + connect_patience;
    auto state = PGRES_POLLING_WRITING;
    while (PQstatus(connection_.get()) != CONNECTION_BAD && state != PGRES_POLLING_OK) {
        if (state == PGRES_POLLING_FAILED) break;
        wait(state == PGRES_POLLING_WRITING, deadline);
        state = PQconnectPoll(connection_.get());
    }
    if (PQstatus(connection_.get()) != CONNECTION_OK) lost(one_line(PQerrorMessage(connection_.get())));
    if (PQsetnonblocking(connection_.get(), 1) != 0) lost("no input and output without waiting");
    PQsetNoticeProcessor(connection_.get(), [](void*, const char*) {}, nullptr);
}

void PostgresConnection::lost(const std::string& why) {
    broken_ = true;
    throw DatabaseError(DatabaseFault::away, shown_ + ": " + (why.empty() ? "the connection is gone" : why));
}

void PostgresConnection::wait(bool for_writing, Deadline deadline) {
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) lost("no answer in time");
        pollfd socket{PQsocket(connection_.get()), static_cast<short>(for_writing ? POLLIN | POLLOUT : POLLIN), 0};
        const int ready = ::poll(&socket, 1, static_cast<int>(left));
        if (ready > 0) return;
        if (ready < 0 && errno != EINTR) lost("poll failed");
    }
}

PostgresResult PostgresConnection::answer() {
    const auto deadline = Clock::now() + answer_patience;
    for (int rest = PQflush(connection_.get()); rest != 0; rest = PQflush(connection_.get())) {
        if (rest < 0) lost(one_line(PQerrorMessage(connection_.get())));
        wait(true, deadline);
        if (PQconsumeInput(connection_.get()) == 0) lost(one_line(PQerrorMessage(connection_.get())));
    }
    PostgresResult last(nullptr, &PQclear);
    for (;;) {
        while (PQisBusy(connection_.get()) != 0) {
            wait(false, deadline);
            if (PQconsumeInput(connection_.get()) == 0) lost(one_line(PQerrorMessage(connection_.get())));
        }
        PostgresResult next(PQgetResult(connection_.get()), &PQclear);
        if (next == nullptr) return last;
        last = std::move(next);
    }
}

PostgresResult PostgresConnection::checked(PostgresResult result) {
    if (result == nullptr || PQstatus(connection_.get()) != CONNECTION_OK)
        lost(one_line(PQerrorMessage(connection_.get())));
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return result;
    const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    const auto fault = fault_of(state == nullptr ? "" : state);
    // Of the class 57 the server ends the session itself; whichever it was, another connection will tell.
    if (fault == DatabaseFault::away) broken_ = true;
    // The primary text alone: DETAIL repeats values.
    const char* text = PQresultErrorField(result.get(), PG_DIAG_MESSAGE_PRIMARY);
    throw DatabaseError(fault, shown_ + ": " + one_line(text) + " (" + (state == nullptr ? "?" : state) + ")");
}

PostgresResult PostgresConnection::run(const std::string& sql) {
    if (broken_) lost({});
    if (PQsendQueryParams(connection_.get(), sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 1) == 0)
        lost(one_line(PQerrorMessage(connection_.get())));
    return checked(answer());
}

const std::string& PostgresConnection::prepare(std::string_view sql) {
    const auto known = prepared_.find(sql);
    if (known != prepared_.end()) return known->second;
    const std::string text(sql);
    const auto name = "cifra" + std::to_string(prepared_.size());
    if (PQsendPrepare(connection_.get(), name.c_str(), text.c_str(), 0, nullptr) == 0)
        lost(one_line(PQerrorMessage(connection_.get())));
    checked(answer());
    return prepared_.emplace(text, name).first->second;
}

PostgresResult PostgresConnection::run_prepared(std::string_view sql, const Values& values) {
    if (broken_) lost({});
    const auto& name = prepare(sql);
    const Parameters parameters(values);
    if (PQsendQueryPrepared(connection_.get(), name.c_str(), parameters.count(), parameters.data(),
                            parameters.lengths(), parameters.formats(), 1) == 0)
        lost(one_line(PQerrorMessage(connection_.get())));
    return checked(answer());
}

bool PostgresConnection::ended() {
    if (broken_ || PQstatus(connection_.get()) != CONNECTION_OK) return true;
    pollfd socket{PQsocket(connection_.get()), POLLIN, 0};
    if (::poll(&socket, 1, 0) == 0) return false;
    // Something unasked for: a farewell, a notice, or the end.
    return PQconsumeInput(connection_.get()) == 0 || PQstatus(connection_.get()) != CONNECTION_OK ||
           (socket.revents & (POLLERR | POLLHUP)) != 0 || PQtransactionStatus(connection_.get()) != PQTRANS_IDLE;
}

} // namespace cifra::licence
