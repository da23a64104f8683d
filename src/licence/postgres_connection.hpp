// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Internal to cifra_licence. One connection to PostgreSQL on which no call waits longer than its deadline: neither for
// a server that is gone without a word, nor for one that is stopped.
#pragma once

#include "licence/database.hpp"

#include <libpq-fe.h>

#include <chrono>
#include <map>

namespace cifra::licence {

using PostgresResult = std::unique_ptr<PGresult, decltype(&PQclear)>;

class PostgresConnection {
  public:
    static constexpr std::chrono::seconds connect_patience{5};
    static constexpr std::chrono::seconds answer_patience{10};

    // Connects and sets the session up. Throws DatabaseError.
    PostgresConnection(const std::string& uri, const std::string& shown);

    // Throws DatabaseError; one that is `away` leaves the connection broken.
    PostgresResult run(const std::string& sql);
    PostgresResult run_prepared(std::string_view sql, const Values& values);

    bool broken() const { return broken_; }
    // Idle for long, it may have been cut off meanwhile: what the socket has to say about that, without a round trip.
    bool ended();

  private:
    using Deadline = std::chrono::steady_clock::time_point;
    void connect(const std::string& uri);
    void wait(bool for_writing, Deadline deadline);
    PostgresResult answer();
    const std::string& prepare(std::string_view sql);
    [[noreturn]] void lost(const std::string& why);
    PostgresResult checked(PostgresResult result);

    std::string shown_;
    std::unique_ptr<PGconn, decltype(&PQfinish)> connection_{nullptr, &PQfinish};
    std::map<std::string, std::string, std::less<>> prepared_; // names by text
    bool broken_ = false;
};

// Host, port and database of an address, for people. Throws std::invalid_argument, whose text repeats none of it.
std::string shown_postgres(const std::string& uri);

} // namespace cifra::licence
