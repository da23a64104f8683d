// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Opening a ledger, and what tells one that was set back.
#include "licence/ledger_run.hpp"

#include <botan/auto_rng.h>

#include <chrono>

namespace cifra::licence {

std::string_view describe(LedgerFault fault) noexcept {
    switch (fault) {
        case LedgerFault::away:
            return "the ledger's database does not answer";
        case LedgerFault::full:
            return "no space left for the ledger";
        case LedgerFault::failed:
            return "the ledger's database failed";
        case LedgerFault::corrupted:
            return "the ledger's database is broken";
        case LedgerFault::tampered:
            return "the ledger was changed by somebody else";
        case LedgerFault::rolled_back:
            return "the ledger was set back to an older state";
        case LedgerFault::newer:
            return "the ledger was made by a newer version";
        case LedgerFault::unknown:
            return "the ledger does not know that";
        case LedgerFault::taken_over:
            return "the play is over or goes on elsewhere";
    }
    return "the ledger failed";
}

void throw_exception_from_error(const LedgerError& error, const boost::source_location&) {
    throw std::runtime_error(std::string(describe(error.fault)) + ": " + error.text);
}

LedgerError error_of(const DatabaseError& error) {
    switch (error.fault()) {
        case DatabaseFault::away:
        case DatabaseFault::conflict:
            return {LedgerFault::away, error.what()};
        case DatabaseFault::full:
            return {LedgerFault::full, error.what()};
        case DatabaseFault::corrupted:
            return {LedgerFault::corrupted, error.what()};
        case DatabaseFault::failed:
            break;
    }
    return {LedgerFault::failed, error.what()};
}

Ledger::Ledger(std::unique_ptr<Database> database, LedgerKeys keys, LedgerOptions options)
    : rng_(std::make_unique<Botan::AutoSeeded_RNG>()),
      database_(std::move(database)),
      sealing_(keys, *rng_),
      signer_(keys.licence_signing),
      verifier_(signer_.verifier()),
      options_(std::move(options)) {
    if (!options_.checkpoint.empty()) checkpoint_.emplace(options_.checkpoint, keys.audit_signing);
    server_ = sealing_.pseudonym("server", as_bytes(options_.server));
}

Ledger::~Ledger() {
    if (opened_ && (!checkpointed_ || checkpointed_->seq < known_.seq)) write_checkpoint(last_time_);
}

Answer<void> Ledger::open(std::int64_t now) {
    return without_value(run(Access::read, now, [](Books&) { return Done{}; }));
}

void Ledger::ensure_open(std::int64_t now) {
    if (opened_) return;
    bool there = false;
    {
        const Transaction reading(*database_, Access::read);
        there = database_->has_table("head");
    }
    if (!there) Books::create(*this);
    {
        Books books(*this, Access::read);
        look_for_rollback(books);
        look_round(books);
        books.commit();
        there = books.head().seq > 0;
        known_ = {books.head().seq, books.head().hash};
    }
    if (!there) {
        Books books(*this, Access::write);
        if (books.head().seq == 0) books.append(Event::created, now);
        books.commit();
        known_ = {books.head().seq, books.head().hash};
    }
    opened_ = true;
    last_time_ = now;
    if (checkpoint_) checkpointed_ = checkpoint_->read();
    if (!checkpointed_ || checkpointed_->seq < known_.seq) write_checkpoint(now);
}

// The end of the log is where the head says, and no licence is missing or set back: whoever has none left and takes the
// row away would get another one by policy.
void Ledger::look_round(Books& books) {
    const auto& head = books.head();
    const auto last = books.entries(head.seq, 2);
    if (head.seq > 0 && (last.size() != 1 || last.front().hash != head.hash || hash_of(last.front()) != head.hash))
        throw Tampered("the end of the audit log is not where the ledger's head says");
    RowSum sum;
    books.each_licence(false, [&](const LicenceRow&, const Hash& summand) { sum.add(summand); });
    if (sum != head.licences) throw Tampered("licences are missing, added or set back in the database");
}

void Ledger::look_for_rollback(Books& books) const {
    if (!checkpoint_) return;
    std::optional<Checkpoint> checkpoint;
    try {
        checkpoint = checkpoint_->read();
    } catch (const std::exception& failure) {
        throw Tampered(failure.what());
    }
    if (!checkpoint || checkpoint->seq == 0) return;
    const auto text = "the ledger is older than its checkpoint " + checkpoint_->file().string() + " (entry " +
                      std::to_string(checkpoint->seq) + ")";
    if (books.head().seq < checkpoint->seq) throw RolledBack(text);
    const auto entries = books.entries(checkpoint->seq, 1);
    // The head has counted it, so that no older state is what is here.
    if (entries.empty()) throw Tampered("entry " + std::to_string(checkpoint->seq) + " of the audit log is missing");
    if (entries.front().hash != checkpoint->hash) throw RolledBack(text);
}

Answer<bool> Ledger::accept(std::int64_t now) {
    const std::lock_guard lock(mutex_);
    return guarded([&] {
        known_ = {};
        opened_ = false;
        Books books(*this, Access::write);
        std::string trouble;
        try {
            look_for_rollback(books);
            return false;
        } catch (const RolledBack& found) {
            trouble = found.what();
        } catch (const Tampered& found) {
            trouble = found.what();
        }
        look_round(books);
        books.append(Event::acceptance, now, {{"found", trouble}});
        books.commit();
        known_ = {books.head().seq, books.head().hash};
        checkpointed_.reset();
        checkpoint_->write({known_.seq, known_.hash, now});
        return true;
    });
}

// In the middle of our work. If somebody accepted it meanwhile, the checkpoint says so, and we begin anew.
void Ledger::set_back() noexcept {
    try {
        if (!opened_ || !checkpoint_ || checkpoint_->read() == checkpointed_) return;
        known_ = {};
        opened_ = false;
    } catch (const std::exception&) { // it stays as it is: refused
        return;
    }
}

void Ledger::committed(const Books& books, std::int64_t now) {
    known_ = {books.head().seq, books.head().hash};
    last_time_ = now;
    if (!checkpointed_ || known_.seq - checkpointed_->seq >= options_.checkpoint_every) write_checkpoint(now);
}

// Behind the commit: a checkpoint never says more than is on the disk. That one could not be written keeps nobody from
// playing; the next call tries again.
void Ledger::write_checkpoint(std::int64_t now) {
    if (!checkpoint_ || known_.seq == 0) return;
    try {
        const auto there = checkpoint_->read(); // another program on the same ledger may have been here
        Checkpoint mine{known_.seq, known_.hash, now};
        if (!there || there->seq < mine.seq) checkpoint_->write(mine);
        checkpointed_ = there && there->seq > mine.seq ? *there : mine;
        checkpoint_trouble_.clear();
    } catch (const std::exception& failure) {
        checkpoint_trouble_ = failure.what();
    }
}

std::string Ledger::checkpoint_trouble() const {
    const std::lock_guard lock(mutex_);
    return checkpoint_trouble_;
}

} // namespace cifra::licence
