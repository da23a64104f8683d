// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/lending.hpp"

#include "server/guarded.hpp"
#include "server/terms.hpp"

#include <boost/asio/steady_timer.hpp>

#include <ctime>

namespace cifra::server {

using licence::Ledger;
using licence::LedgerError;
using licence::LedgerFault;
using proto::ErrorCode;

namespace {

constexpr unsigned end_tries = 600; // a second apart: what is not given back then, recovery at the next start does

std::int64_t now() { return std::time(nullptr); }

ErrorCode told(const char* what, const LedgerError& error) {
    // Somebody else has the play now, or it is over: nothing is wrong with the ledger.
    const bool usual = error.fault == LedgerFault::taken_over || error.fault == LedgerFault::unknown;
    log(usual ? Level::info : Level::error, "ledger",
        {{"at", what}, {"fault", licence::describe(error.fault)}, {"reason", error.text}});
    return code_of(error.fault);
}

[[noreturn]] void cannot_serve(const Ledger& ledger, const LedgerError& error) {
    auto text = ledger.describe() + ": " + std::string(licence::describe(error.fault));
    if (!error.text.empty()) text += ": " + error.text;
    if (error.fault == LedgerFault::rolled_back)
        text += "; if that is meant, 'cifractl audit accept' takes it over as it is";
    if (error.fault == LedgerFault::tampered) text += "; 'cifractl audit verify' says where";
    throw std::runtime_error(text);
}

} // namespace

Lending::Lending(std::unique_ptr<Ledger> ledger, crypto::Secret vouchers, const Config::Licences& policy)
    : ledger_(std::move(ledger)), vouchers_(std::move(vouchers)), policy_(policy_of(policy)) {
    const auto opened = ledger_->open(now());
    if (!opened && opened.error().fault != LedgerFault::away) cannot_serve(*ledger_, opened.error());
    if (!opened) {
        log(Level::error, "ledger", {{"at", "start"}, {"reason", opened.error().text}});
        return;
    }
    const auto recovered = ledger_->recover(now());
    if (!recovered)
        told("recover", recovered.error());
    else if (recovered->plays != 0)
        log(Level::warning, "recovered", {{"plays", recovered->plays}});
}

Lending::~Lending() { join(); }

void Lending::join() {
    stopping_ = true;
    thread_.join();
}

void Lending::set_policy(const Config::Licences& policy) {
    auto next = policy_of(policy);
    const std::lock_guard lock(mutex_);
    policy_ = std::move(next);
}

std::optional<licence::Licence> Lending::first(const std::string& person, const proto::Id16& item) const {
    const std::lock_guard lock(mutex_);
    return licence::first_licence(policy_, {}, person, item, now());
}

template <class T, class Work>
void Lending::ask(const char* what, Answered<T> answer, Work work) {
    post_guarded(thread_, what, [what, answer = std::move(answer), work = std::move(work)] {
        answer(guarded_outcome<T>(what, work));
    });
}

void Lending::look(std::string person, std::vector<proto::Id16> items, Answered<std::vector<proto::Terms>> answer) {
    ask<std::vector<proto::Terms>>(
        "look", std::move(answer),
        [this, person = std::move(person), items = std::move(items)]() -> Outcome<std::vector<proto::Terms>> {
            const auto time = now();
            const auto held = ledger_->held(person, items, time);
            if (!held) return told("look", held.error());
            std::vector<proto::Terms> terms;
            terms.reserve(items.size());
            for (std::size_t i = 0; i < items.size(); ++i)
                terms.push_back(terms_of((*held)[i], first(person, items[i]), time));
            return terms;
        });
}

void Lending::begin(Wish wish, Answered<Play> answer) {
    ask<Play>("begin", std::move(answer), [this, wish = std::move(wish)] { return begin_here(wish); });
}

Outcome<Lending::Play> Lending::begin_here(const Wish& wish) {
    const auto time = now();
    licence::PlayRequest request;
    request.person = wish.person;
    request.item = wish.item;
    request.play = wish.play;
    request.right = wish.right;
    request.duration = (wish.duration_ms + 999ULL) / 1'000;
    request.automatic = first(wish.person, wish.item);
    const auto answered = ledger_->begin_play(request, time);
    if (!answered) return told("begin", answered.error());
    if (!*answered) {
        const auto& refusal = answered->error();
        log(Level::info, "denied",
            {{"person", wish.person},
             {"item", wish.name},
             {"right", licence::name_of(wish.right)},
             {"code", proto::text_of(code_of(refusal)).name}});
        return code_of(refusal);
    }
    const auto& begun = **answered;
    const auto& held = begun.holding;
    Play play{begun.play, terms_of(licence::remaining(held.licence, held.usage, time)), begun.resumed,
              Meter(held.licence.constraints, licence::cost_of(wish.right), wish.duration_ms, wish.chunks, begun.used),
              Meter::unlimited};
    if (!play.meter.counts()) return play;
    const auto leased = ledger_->lease(play.key, play.meter.used(0), play.meter.cost(lease_chunks), time);
    if (!leased) return told("lease", leased.error());
    play.chunks = play.meter.chunks_for(leased->allowance);
    return play;
}

void Lending::extend(const Play& play, std::uint64_t sent, Answered<std::uint64_t> answer) {
    ask<std::uint64_t>("lease", std::move(answer), [this, play, sent]() -> Outcome<std::uint64_t> {
        const auto leased = ledger_->lease(play.key, play.meter.used(sent), play.meter.cost(lease_chunks), now());
        if (!leased) return told("lease", leased.error());
        if (leased->standing != licence::Standing::in_force) return code_of(leased->standing);
        return play.meter.chunks_for(leased->allowance);
    });
}

void Lending::live(const licence::PlayKey& play, Answered<void> answer) {
    ask<void>("heartbeat", std::move(answer), [this, play]() -> Outcome<void> {
        const auto progress = ledger_->heartbeat(play, now());
        if (!progress) return told("heartbeat", progress.error());
        if (progress->standing != licence::Standing::in_force) return code_of(progress->standing);
        return {};
    });
}

void Lending::end(const Play& play, std::uint64_t sent, bool over) {
    post_guarded(thread_, "end",
                 [this, key = play.key, used = play.meter.used(sent), over] { end_here(key, used, over, end_tries); });
}

void Lending::end_here(const licence::PlayKey& play, const licence::Lease& used, bool over, unsigned tries) {
    const auto ended = ledger_->end_play(play, used, over, now());
    if (ended || ended.error().fault == LedgerFault::taken_over || ended.error().fault == LedgerFault::unknown) return;
    if (tries == end_tries || tries == 0) told("end", ended.error());
    const auto fault = ended.error().fault;
    const bool may_pass = fault == LedgerFault::away || fault == LedgerFault::full || fault == LedgerFault::failed;
    if (!may_pass || tries == 0 || stopping_) return;
    // Not by waiting here, where everybody else's answers come from.
    const auto timer = std::make_shared<boost::asio::steady_timer>(thread_, std::chrono::seconds(1));
    timer->async_wait([this, timer, play, used, over, tries](const boost::system::error_code& error) {
        if (!error) guarded("end", [&] { end_here(play, used, over, tries - 1); });
    });
}

void Lending::renew(std::string person, proto::Id16 item, std::string voucher, Answered<proto::Terms> answer) {
    ask<proto::Terms>("renew", std::move(answer),
                      [this, person = std::move(person), item, voucher = std::move(voucher)] {
                          return renew_here(person, item, voucher);
                      });
}

Outcome<proto::Terms> Lending::renew_here(const std::string& person, const proto::Id16& item,
                                          const std::string& voucher) {
    const auto time = now();
    std::optional<licence::Voucher> opened_voucher;
    if (!voucher.empty()) {
        const auto opened = licence::read_voucher(vouchers_, voucher, time, item);
        if (!opened) {
            log(Level::info, "voucher", {{"person", person}, {"reason", licence::describe(opened.error())}});
            return ErrorCode::voucher_refused;
        }
        opened_voucher = *opened;
    }
    const auto answered = ledger_->renew(person, item, opened_voucher, time);
    if (!answered) return told("renew", answered.error());
    if (!*answered) return code_of(answered->error());
    const auto& held = **answered;
    log(Level::info, "renewed", {{"person", person}, {"voucher", opened_voucher ? FieldValue(true) : FieldValue()}});
    return terms_of(licence::remaining(held.licence, held.usage, time));
}

void Lending::give_back(std::string person, proto::Id16 item, Answered<proto::Terms> answer) {
    ask<proto::Terms>("return", std::move(answer), [this, person = std::move(person), item]() -> Outcome<proto::Terms> {
        const auto time = now();
        const auto answered = ledger_->give_back(person, item, time);
        if (!answered) return told("return", answered.error());
        if (!*answered) return code_of(answered->error());
        log(Level::info, "returned", {{"person", person}});
        return terms_of(licence::remaining((*answered)->licence, (*answered)->usage, time));
    });
}

} // namespace cifra::server
