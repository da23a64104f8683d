// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Internal to cifra_licence. One call of the ledger is one transaction, tried again when another one was in its way.
#pragma once

#include "licence/ledger_books.hpp"

#include <system_error>

namespace cifra::licence {

LedgerError error_of(const DatabaseError& error);

template <class Work>
auto Ledger::guarded(const Work& work) -> Answer<decltype(work())> {
    constexpr int tries = 3;
    for (int left = tries;; --left) {
        try {
            return Answer<decltype(work())>(boost::system::in_place_value, work());
        } catch (const DatabaseError& error) {
            if (error.fault() == DatabaseFault::conflict && left > 1) continue;
            return error_of(error);
        } catch (const std::system_error& error) { // the checkpoint's file
            return LedgerError{LedgerFault::failed, error.what()};
        } catch (const Tampered& error) {
            return LedgerError{LedgerFault::tampered, error.what()};
        } catch (const RolledBack& error) {
            set_back();
            return LedgerError{LedgerFault::rolled_back, error.what()};
        } catch (const Newer& error) {
            return LedgerError{LedgerFault::newer, error.what()};
        } catch (const UnknownHere& error) {
            return LedgerError{LedgerFault::unknown, error.what()};
        } catch (const TakenOver& error) {
            return LedgerError{LedgerFault::taken_over, error.what()};
        }
    }
}

template <class Work>
auto Ledger::run(Access access, std::int64_t now, const Work& work) -> Answer<decltype(work(std::declval<Books&>()))> {
    const std::lock_guard lock(mutex_);
    return guarded([&] {
        ensure_open(now);
        Books books(*this, access);
        auto result = work(books);
        books.commit();
        committed(books, now);
        return result;
    });
}

// What a call returns that has nothing to say.
struct Done {};
inline Answer<void> without_value(const Answer<Done>& answer) {
    if (!answer) return answer.error();
    return {};
}

} // namespace cifra::licence
