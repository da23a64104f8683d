// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Who holds which licence and what is left of it, in a database that tells its reader neither. LEDGER.md has the tables
// and the rules. Each call is one transaction, with its entry in the audit log, and durable when it returns: it was
// done wholly or not at all. Where the database failed in the middle of a commit it may have been done; the same call
// with the same play then finds what is there.
//
// Any thread may call; calls wait for each other, and for the database.
#pragma once

#include "licence/audit.hpp"
#include "licence/database.hpp"
#include "licence/document.hpp"
#include "licence/voucher.hpp"

#include <boost/json/object.hpp>
#include <boost/system/result.hpp>

#include <functional>
#include <limits>
#include <map>
#include <mutex>
#include <span>

namespace cifra::licence {

enum class LedgerFault : std::uint8_t {
    away,        // the database does not answer: later again
    full,        // no space left
    failed,      // the database failed; what is there is found by asking again
    corrupted,   // the database is broken
    tampered,    // a row was changed, or has another key's seal
    rolled_back, // the database was set back to an older state: refused until accept()
    newer,       // made by a newer version of this program
    unknown,     // no such licence or play
    taken_over,  // the play goes on elsewhere, or is over: what called has nothing to say about it
};
std::string_view describe(LedgerFault fault) noexcept;

struct LedgerError {
    LedgerFault fault{};
    std::string text; // for the operator
};
template <class T>
using Answer = boost::system::result<T, LedgerError>;
[[noreturn]] void throw_exception_from_error(const LedgerError& error, const boost::source_location& where);

struct LedgerOptions {
    std::filesystem::path checkpoint; // the file, beside the server's state; empty: none
    std::string server;               // tells the servers on one ledger apart; the same again after a restart
    std::int64_t checkpoint_every = 64;
    std::uint64_t plays_per_person = 0; // at a time, over all items; 0: no limit
};

// Plays whose last sign of life is older than this, in seconds, no longer count as running.
inline constexpr std::int64_t heartbeat_life = 90;

// A licence and what happened to it.
struct Holding {
    Licence licence;
    Usage usage;
    std::uint64_t running = 0; // plays at this moment
};

// A play as the ledger knows it. Whoever takes a play up again gets the next `holder` number, and the one before it is
// told taken_over: two connections never spend one lease.
struct PlayKey {
    Id16 id{};
    std::int64_t holder = 0;
    bool operator==(const PlayKey&) const = default;
};

struct PlayRequest {
    std::string person;
    Id16 item{};
    Id16 play{}; // the listener's own id, the same over every retry
    Right right = Right::play;
    std::uint64_t duration = 0; // seconds of the item; 0 where that is not known
    std::optional<Licence>
        automatic; // what the policy gives to somebody who has none for the item; id and time come here
};

struct Begun {
    PlayKey play;
    Holding holding; // after it
    bool resumed = false;
    bool issued = false; // by policy, with this play
    // Both over the whole play, for those who resume it too. What was reserved and never settled counts as used.
    Lease used, allowance;
};

enum class Why : std::uint8_t {
    no_licence,  // none for the item, and the policy gives none
    denied,      // see the denial
    person_busy, // too many plays of this person at a time
    play_over,   // a play of this id has ended, or is too old to be resumed
    other_play,  // the id is that of a play of another item or by another right
    not_so,      // the licence's state forbids it: see `state`
};
std::string_view describe(Why why) noexcept;

struct Refusal {
    Why why{};
    std::optional<Denial> denial; // with `denied`
    std::optional<State> state;   // with `not_so`
};
using PlayAnswer = boost::system::result<Begun, Refusal>;
using ChangeAnswer = boost::system::result<Holding, Refusal>;
[[noreturn]] void throw_exception_from_error(const Refusal& refusal, const boost::source_location& where);

// Where a play stands.
struct Progress {
    Lease allowance; // in all; what is beyond it may not be sent
    Standing standing = Standing::in_force;
};

struct PlayRecord {
    Id16 id{}, licence{};
    std::string person;
    Id16 item{};
    Right right = Right::play;
    bool over = false;
    std::int64_t started = 0, seen = 0, ended = 0; // seconds since 1970; seen: 0 while nobody plays it
    std::uint64_t plays = 0;                       // that it cost
    Lease debited, used;
};

struct PlayFilter {
    std::optional<std::string> person;
    std::optional<Id16> item;
    std::int64_t from = 0, until = std::numeric_limits<std::int64_t>::max(); // of its start; `until` is outside
};

struct AuditRecord {
    AuditEntry entry;
    boost::json::object details; // "person" and "item" in clear, "licence", "play", …
};

// One line of JSON: the entry as it is stored, from which anybody can compute the chain, and its details in clear.
std::string line_of(const AuditRecord& record);

struct Verified {
    std::uint64_t entries = 0, licences = 0, plays = 0;
    std::vector<std::string> findings; // none: all of it is as it was written
};

struct Recovered {
    std::uint64_t plays = 0; // that this server had left in the middle
    Lease given_back;
};

class Books;

class Ledger {
  public:
    // Does nothing with the database yet. Throws std::invalid_argument for keys of another size.
    Ledger(std::unique_ptr<Database> database, LedgerKeys keys, LedgerOptions options);
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;
    ~Ledger(); // writes a last checkpoint

    // Makes the tables when there are none; looks at the checkpoint and at every licence. All calls below do it
    // themselves as long as it has not succeeded.
    Answer<void> open(std::int64_t now);
    // Takes over a ledger that was set back. False: it was not.
    Answer<bool> accept(std::int64_t now);
    // What this server left in the middle: `proven` may know how much of a play's lease was sent at most, or nothing.
    // Reserved and not proven unsent stays debited.
    using Proof = std::function<std::optional<Lease>(const Id16& play)>;
    Answer<Recovered> recover(std::int64_t now, const Proof& proven = {});

    // `draft` without id and time of issue. std::invalid_argument for one that is no licence.
    Answer<Holding> issue(const Licence& draft, std::int64_t now);
    Answer<Holding> find(const Id16& licence, std::int64_t now);
    // In order of issue; of many items, one list each, in their order.
    Answer<std::vector<Holding>> held(const std::string& person, const Id16& item, std::int64_t now);
    Answer<std::vector<std::vector<Holding>>> held(const std::string& person, std::span<const Id16> items,
                                                   std::int64_t now);
    Answer<std::vector<Holding>> all(std::int64_t now); // for reports

    Answer<PlayAnswer> begin_play(const PlayRequest& request, std::int64_t now);
    // `used`: in all so far; `ahead`: what shall be reserved beyond it. Also a sign of life. Calling it again does no
    // harm.
    Answer<Progress> lease(const PlayKey& play, const Lease& used, const Lease& ahead, std::int64_t now);
    // At least each 30 s while it plays.
    Answer<Progress> heartbeat(const PlayKey& play, std::int64_t now);
    // Gives back what was reserved and not used. `over`: it cannot be resumed; otherwise it waits for its listener, and
    // does not count as running.
    Answer<void> end_play(const PlayKey& play, const Lease& used, bool over, std::int64_t now);

    // By the listener herself where the licence is so, or by her voucher: as read_voucher() found it, for this item and
    // this time; here its serial is good once.
    Answer<ChangeAnswer> renew(const std::string& person, const Id16& item, const std::optional<Voucher>& voucher,
                               std::int64_t now);
    Answer<ChangeAnswer> give_back(const std::string& person, const Id16& item, std::int64_t now);
    // By the operator, also what a licence leaves to others.
    Answer<ChangeAnswer> renew(const Id16& licence, const Gives& gives, std::int64_t now);
    Answer<ChangeAnswer> give_back(const Id16& licence, std::int64_t now);
    Answer<ChangeAnswer> revoke(const Id16& licence, const std::string& reason, std::int64_t now);
    Answer<ChangeAnswer> cancel(const Id16& licence, const std::string& reason, std::int64_t now);

    // In order of their starts.
    Answer<std::vector<PlayRecord>> plays(const PlayFilter& filter);
    // In order, from `from` on, until `take` returns false.
    Answer<void> audit(std::int64_t from, const std::function<bool(const AuditRecord&)>& take);
    // Everything: the chain, each row, what the rows say together.
    Answer<Verified> verify();

    std::string describe() const { return database_->describe(); }
    // Why the last checkpoint could not be written; empty: it could.
    std::string checkpoint_trouble() const;

  private:
    friend class Books;
    struct Known { // what was there when we last looked
        std::int64_t seq = 0;
        Hash hash{};
    };

    template <class Work>
    auto run(Access access, std::int64_t now, const Work& work) -> Answer<decltype(work(std::declval<Books&>()))>;
    template <class Work>
    auto guarded(const Work& work) -> Answer<decltype(work())>;
    void ensure_open(std::int64_t now);
    void look_round(Books& books);
    void look_for_rollback(Books& books) const;
    void committed(const Books& books, std::int64_t now);
    void write_checkpoint(std::int64_t now);
    void set_back() noexcept;
    bool worth_an_entry(const Pseudonym& person, const Pseudonym& item, std::uint16_t reason, std::int64_t now);

    mutable std::mutex mutex_;
    std::unique_ptr<Botan::RandomNumberGenerator> rng_;
    std::unique_ptr<Database> database_;
    Sealing sealing_;
    LicenceSigner signer_;
    LicenceVerifier verifier_;
    std::optional<CheckpointFile> checkpoint_;
    LedgerOptions options_;
    Pseudonym server_{};
    bool opened_ = false;
    Known known_;
    std::optional<Checkpoint> checkpointed_; // the last one that was read or written
    // When a denial was last logged: who asks again and again fills no disk.
    std::map<std::tuple<Pseudonym, Pseudonym, std::uint16_t>, std::int64_t> denials_;
    std::int64_t last_time_ = 0;
    std::string checkpoint_trouble_;
};

} // namespace cifra::licence
