// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Internal to cifra_licence. The ledger's tables within one transaction: rows come out with their MACs looked at, go in
// with new ones, and the head keeps the sum of each table.
#pragma once

#include "licence/ledger.hpp"

#include <algorithm>

namespace cifra::licence {

// What is found there is not what the ledger wrote.
struct Tampered : std::runtime_error {
    using std::runtime_error::runtime_error;
};
struct RolledBack : std::runtime_error {
    using std::runtime_error::runtime_error;
};
struct Newer : std::runtime_error {
    using std::runtime_error::runtime_error;
};
struct UnknownHere : std::runtime_error {
    using std::runtime_error::runtime_error;
};
struct TakenOver : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Head {
    std::int64_t version = 0;
    std::int64_t seq = 0;
    Hash hash{};
    RowSum licences, plays, vouchers;
};

struct LicenceRow {
    Pseudonym person{}, item{};
    Bytes document; // sealed: signature 64 ‖ text
    Licence licence;
    Usage usage;
};

struct PlayRow {
    Id16 id{}, licence{};
    Pseudonym person{}, item{}, server{};
    std::int64_t holder = 1;
    Right right = Right::play;
    bool over = false;
    std::int64_t started = 0;
    std::int64_t until = 0; // it can be resumed
    std::int64_t seen = 0;  // 0: nobody plays it
    std::int64_t ended = 0;
    std::uint64_t plays = 0;
    Lease debited, used;

    bool running(std::int64_t now) const {
        return !over && seen != 0 && seen > now - heartbeat_life && seen < now + heartbeat_life;
    }
};

// What a play may use in all; no limit where its licence counts nothing.
Lease allowance_of(const Licence& licence, const PlayRow& play);

class Books {
  public:
    static constexpr std::int64_t version = 1;

    // The transaction begins; the head is locked, and held against what was known of it.
    Books(Ledger& ledger, Access access);

    // All of these throw DatabaseError, or Tampered.
    std::optional<LicenceRow> licence(const Id16& id);
    std::vector<LicenceRow> licences(const Pseudonym& person, const Pseudonym& item);
    void insert(const LicenceRow& row);
    void update(const LicenceRow& before, const LicenceRow& after);

    std::optional<PlayRow> play(const Id16& id);
    std::vector<PlayRow> open_plays(const Pseudonym& person);
    std::vector<PlayRow> plays_left_by(const Pseudonym& server);
    void insert(const PlayRow& row);
    void update(const PlayRow& before, const PlayRow& after);

    // False: it was there already.
    bool redeem(std::uint64_t serial, const Id16& licence, std::int64_t now);

    // `details` gets the names of person and item, or the licence with its usage.
    void append(Event event, std::int64_t now, const boost::json::object& details = {});
    void append(Event event, std::int64_t now, boost::json::object details, const LicenceRow& row);
    void append(Event event, std::int64_t now, boost::json::object details, const std::string& person,
                const Id16& item);

    void commit();
    const Head& head() const { return head_; }
    bool changed() const { return changed_; }

    // By whom the database knows them.
    Pseudonym person(const std::string& name);
    Pseudonym item(const Id16& id);
    Sealing& sealing();
    // A new row; the licence has its id and times. Throws std::invalid_argument.
    LicenceRow row_for(const Licence& licence);

    // Every row of a table in turn. Rows that were changed go to `findings` instead of being thrown, if it is there.
    // Without `open` the documents stay sealed: many times as fast.
    using Findings = std::vector<std::string>;
    void each_licence(bool open, const std::function<void(const LicenceRow&, const Hash& summand)>& take,
                      Findings* findings = nullptr);
    void each_play(const std::function<void(const PlayRow&, const Hash& summand)>& take, Findings* findings = nullptr);
    void each_voucher(const std::function<void(const Hash& summand)>& take, Findings* findings = nullptr);
    std::vector<AuditEntry> entries(std::int64_t from, std::int64_t count);
    boost::json::object details_of(const AuditEntry& entry);

    // For the making of the tables only.
    static void create(Ledger& ledger);

  private:
    void append(AuditEntry entry, const boost::json::object& details);
    LicenceRow licence_from(const Row& row, bool open, Hash* summand = nullptr);
    void open_document(LicenceRow& row);
    PlayRow play_from(const Row& row, Hash* summand = nullptr);
    void each_row(std::string_view sql, const std::function<void(const Row&)>& take, Findings* findings);
    static Encoding encoding(const LicenceRow& row);
    static Encoding encoding(const PlayRow& row);
    static Encoding encoding(const Head& head);

    Ledger& ledger_;
    Database& database_;
    Transaction transaction_;
    Head head_;
    bool changed_ = false;
};

// One on which all is founded: values of rows as the types that they are.
template <class Out>
Out fixed(const Bytes& bytes) {
    Out out;
    if (bytes.size() != out.size()) throw Tampered("a value of another size than was stored");
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
}
inline std::uint64_t amount_of(const Row& row, std::size_t column) {
    const auto value = row.integer(column);
    if (value < 0) throw Tampered("a number of the ledger is negative");
    return static_cast<std::uint64_t>(value);
}
inline std::string joined(std::string_view columns, std::string_view condition) {
    return std::string(columns) + std::string(condition);
}
inline Bytes stored(ByteView bytes) { return {bytes.begin(), bytes.end()}; }
inline Value stored(std::uint64_t value) { return static_cast<std::int64_t>(value); }

} // namespace cifra::licence
