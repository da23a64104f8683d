// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Licences, as connections ask for them. The ledger waits for its database on a thread of its own, on which answers
// are called back.
#pragma once

#include "licence/ledger.hpp"
#include "licence/policy.hpp"
#include "licence/voucher.hpp"
#include "server/config.hpp"
#include "server/meter.hpp"
#include "server/outcome.hpp"

#include <boost/asio/thread_pool.hpp>

#include <atomic>

namespace cifra::server {

// Chunks that a play reserves ahead: what a crash of this server may cost.
inline constexpr std::uint64_t lease_chunks = 16;

// What [licences] says. Throws std::runtime_error when that makes no policy.
licence::Policy policy_of(const Config::Licences& config);

class Lending {
  public:
    template <class T>
    using Answered = std::function<void(Outcome<T>)>;

    // Opens the ledger. Throws std::runtime_error, which says what to do, when it was set back, altered or is none; a
    // database that is away is waited for later.
    // `vouchers`: the 32 bytes by which they are made.
    Lending(std::unique_ptr<licence::Ledger> ledger, crypto::Secret vouchers, const Config::Licences& policy);
    ~Lending();
    // For licences that are given from now on.
    void set_policy(const Config::Licences& policy);

    // What `person` may do with each of `items`, in their order.
    void look(std::string person, std::vector<proto::Id16> items, Answered<std::vector<proto::Terms>> answer);

    struct Wish {
        std::string person;
        std::string name; // of the item, for the log
        proto::Id16 item{}, play{};
        licence::Right right{};
        std::uint32_t duration_ms = 0;
        std::uint64_t chunks = 0; // of the item, as this connection counts them
    };
    struct Play {
        licence::PlayKey key;
        proto::Terms terms; // behind it
        bool resumed = false;
        Meter meter;
        std::uint64_t chunks = 0; // that may be sent, over this connection
    };
    void begin(Wish wish, Answered<Play> answer);
    // `sent`: chunks so far, over this connection. Answers how many may be sent in all; LEDGER_AWAY may be asked again.
    void extend(const Play& play, std::uint64_t sent, Answered<std::uint64_t> answer);
    // A sign of life. An error, but for LEDGER_AWAY, ends the stream.
    void live(const licence::PlayKey& play, Answered<void> answer);
    // `over`: it cannot be taken up again. What was reserved and not sent is given back; tried again as long as the
    // database is away.
    void end(const Play& play, std::uint64_t sent, bool over);

    void renew(std::string person, proto::Id16 item, std::string voucher, Answered<proto::Terms> answer);
    void give_back(std::string person, proto::Id16 item, Answered<proto::Terms> answer);

    // Behind this nothing more is begun; waits for what goes on.
    void join();

  private:
    template <class T, class Work>
    void ask(const char* what, Answered<T> answer, Work work);
    std::optional<licence::Licence> first(const std::string& person, const proto::Id16& item) const;
    Outcome<Play> begin_here(const Wish& wish);
    Outcome<proto::Terms> renew_here(const std::string& person, const proto::Id16& item, const std::string& voucher);
    void end_here(const licence::PlayKey& play, const licence::Lease& used, bool over, unsigned tries);

    std::unique_ptr<licence::Ledger> ledger_;
    const crypto::Secret vouchers_;
    mutable std::mutex mutex_; // of policy_
    licence::Policy policy_;
    std::atomic<bool> stopping_{false};
    boost::asio::thread_pool thread_{1};
};

} // namespace cifra::server
