// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Who a visitor is, whether that is still so, and requests of those who are nobody yet.
#include "crypto/certificate_request.hpp"
#include "server/visitor.hpp"

#include <ctime>

namespace cifra::server {

using proto::ErrorCode;
namespace event = states::event;

namespace {

states::Instant now() { return std::chrono::steady_clock::now(); }

std::int64_t unix_ms() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

FieldValue if_any(std::string_view text) { return text.empty() ? FieldValue() : FieldValue(text); }
FieldValue if_true(bool value) { return value ? FieldValue(true) : FieldValue(); }

} // namespace

void Visitor::verify(const event::VerifyPeer& request) {
    const auto connection = connection_.lock();
    if (!connection) return;
    const bool device = request.party == crypto::Party::device;
    const auto door = service_.settings()->door; // of now: sessions that are there already are examined by it, too
    auto verdict =
        device ? door->device(request.chain, std::time(nullptr)) : door->user(request.chain, std::time(nullptr));
    if (!verdict) return refuse(request.party, verdict.error());
    auto& proven = device ? device_ : user_;
    proven = Proven{std::move(*verdict), request.chain};
    connection->deliver(session_.verified(proven->guest.peer, now(), proven->guest.name));
}

// A ticket tells who it is; whether she is let in is found out as at any login.
void Visitor::verify_ticket(const event::VerifyTicket& request) {
    const auto connection = connection_.lock();
    if (!connection || !device_) return;
    const auto opened =
        service_.tickets.open(request.ticket, device_->guest.peer.key_hash(), std::time(nullptr), now());
    if (!opened) {
        log(Level::info, "ticket",
            {{"connection", number_}, {"address", address_}, {"reason", describe(opened.error())}});
        return connection->deliver(session_.verification_failed(ErrorCode::ticket_refused));
    }
    auto verdict = service_.settings()->door->user(opened->chain, std::time(nullptr));
    if (!verdict) return refuse(crypto::Party::user, verdict.error());
    by_ticket_ = true;
    user_ = Proven{std::move(*verdict), opened->chain};
    connection->deliver(session_.verified(user_->guest.peer, now(), user_->guest.name));
}

void Visitor::refuse(crypto::Party party, const Denial& denial) {
    log(Level::warning, "certificate",
        {{"connection", number_},
         {"address", address_},
         {"party", crypto::name_of(party)},
         {"device", if_any(session_.device())},
         {"name", if_any(denial.name)},
         {"reason", denial.reason},
         {"detail", if_any(denial.detail)},
         {"remedy", if_any(denial.remedy)}});
    if (const auto connection = connection_.lock()) connection->deliver(session_.verification_failed(denial.code));
}

void Visitor::examine() {
    net::asio::post(executor_, [self = shared_from_this()] { self->examine_here(); });
}

void Visitor::examine_here() {
    if (session_.ended()) return;
    const auto door = service_.settings()->door;
    for (const auto* proven : {&device_, &user_}) {
        if (!*proven) continue;
        const auto& [guest, chain] = **proven;
        if (const auto objection = door->objection(guest, chain, std::time(nullptr)))
            return withdraw(*objection, guest.peer.party());
    }
}

void Visitor::withdraw(const Denial& denial, crypto::Party party) {
    log(Level::warning, "withdrawn",
        {{"connection", number_},
         {"address", address_},
         {"device", session_.device()},
         {"person", session_.person()},
         {"party", crypto::name_of(party)},
         {"reason", denial.reason}});
    withdrawn_ = true;
    const auto connection = connection_.lock();
    if (connection) connection->deliver(session_.fail(ErrorCode::revoked, event::How::timeout, {}));
}

// Only a signature earns a ticket, so that none outlives the login that it came from.
states::ServerSession::Welcome Visitor::greeting() {
    states::ServerSession::Welcome greeting;
    greeting.time_ms = static_cast<std::uint64_t>(unix_ms());
    if (!user_) return greeting;
    greeting.pause_without_card = user_->guest.card && settings_->config.login.pause_without_card;
    if (by_ticket_ || !settings_->policy->tickets) return greeting;
    const auto lifetime = settings_->config.tickets.lifetime.count();
    const std::int64_t login = std::time(nullptr);
    greeting.ticket = service_.tickets.seal(
        {user_->guest.name, user_->chain, device_->guest.peer.key_hash(), login, login + lifetime}, rng_, now());
    if (!greeting.ticket.empty()) greeting.ticket_seconds = static_cast<std::uint32_t>(lifetime);
    return greeting;
}

void Visitor::welcome() {
    session_.accept(greeting(), now());
    place_.leave();
    const auto& agreed = session_.agreement();
    const bool legacy = crypto::info(agreed.suite).legacy;
    log(legacy ? Level::warning : Level::info, "login",
        {{"connection", number_},
         {"address", address_},
         {"device", session_.device()},
         {"person", session_.person()},
         {"suite", cifra::name_of(agreed.suite)},
         {"group", cifra::name_of(agreed.group)},
         {"legacy", legacy},
         {"card", if_true(user_ && user_->guest.card)},
         {"ticket", if_true(by_ticket_)}});
    if (draining_) drain_here(false);
    wake();
}

// before the signature holds, nothing is looked at but the key.
void Visitor::enrol(const proto::Enrolment& asked) {
    const auto connection = connection_.lock();
    if (!connection) return;
    const auto request = crypto::parse_request(asked.device_request);
    if (!request) {
        log_enrolment(asked.name, {{}, "malformed", std::string(crypto::describe(request.error()))});
        return connection->deliver(session_.verification_failed());
    }
    auto proven = session_.enrolment_verified(*request->key);
    if (session_.ended()) return connection->deliver(std::move(proven));
    const auto host = address_.substr(0, address_.rfind(':'));
    service_.enrolment.ask_later(
        asked, host, settings_->server_roots, unix_ms(),
        [weak = weak_from_this(), name = asked.name](const std::optional<EnrolmentDesk::Answer>& answer) {
            const auto self = weak.lock();
            if (self) net::asio::post(self->executor_, [self, name, answer] { self->enrolled(name, answer); });
        });
}

void Visitor::enrolled(const std::string& name, const std::optional<EnrolmentDesk::Answer>& answer) {
    const auto connection = connection_.lock();
    if (!connection || session_.ended()) return;
    if (!answer) return connection->deliver(session_.fail(ErrorCode::internal, event::How::login_failed, {}));
    log_enrolment(name, *answer);
    connection->deliver(session_.answer_enrolment(answer->status));
}

void Visitor::log_enrolment(const std::string& name, const EnrolmentDesk::Answer& answer) {
    const bool taken = answer.outcome != "full" && answer.outcome != "malformed";
    log(taken ? Level::info : Level::warning, "enrolment",
        {{"connection", number_},
         {"address", address_},
         {"id", if_any(people::shown_id(answer.status.id))},
         {"name", name},
         {"status", answer.outcome},
         {"reason", if_any(answer.reason)}});
}

} // namespace cifra::server
