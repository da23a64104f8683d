// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/handshake.hpp"

#include "client/offer.hpp"

namespace cifra::client {

using net::awaitable;
namespace event = states::event;

namespace {

states::Instant now() { return std::chrono::steady_clock::now(); }

} // namespace

Handshake::Handshake(states::ClientOffer offer, Trust trust, crypto::Signer* device,
                     const net::asio::any_io_executor& executor)
    : session_(std::move(offer), rng_, now()),
      trust_(std::move(trust)),
      device_(device),
      only_looks_(device == nullptr),
      over_(executor, net::asio::steady_timer::time_point::max()) {}

awaitable<Handshake::Outcome> Handshake::look(const Settings& settings, Interrupt& interrupt, Trust trust) {
    auto offer = make_offer(settings);
    co_return co_await run(settings, interrupt, std::move(offer), std::move(trust), nullptr);
}

awaitable<Handshake::Outcome> Handshake::enrol(const Settings& settings, Interrupt& interrupt, Trust trust,
                                               const proto::Enrolment& request, crypto::Signer& device) {
    auto offer = make_offer(settings);
    offer.enrolment = request;
    co_return co_await run(settings, interrupt, std::move(offer), std::move(trust), &device);
}

awaitable<Handshake::Outcome> Handshake::run(const Settings& settings, Interrupt& interrupt, states::ClientOffer offer,
                                             Trust trust, crypto::Signer* device) {
    auto socket = co_await dial(settings, interrupt);
    const std::shared_ptr<Handshake> self(
        new Handshake(std::move(offer), std::move(trust), device, socket.get_executor()));
    const auto connection = std::make_shared<net::Connection>(std::move(socket), self->session_, *self, self);
    self->connection_ = connection;
    const auto token = interrupt.call([self] { self->over_.cancel(); });
    self->session_.start();
    connection->start();
    net::ErrorCode ignored;
    while (!self->end_ && !interrupt.happened())
        co_await self->over_.async_wait(net::asio::redirect_error(net::use_awaitable, ignored));
    if (!self->end_) connection->abort();
    interrupt.check();
    if (self->failure_) throw Failure(*self->failure_);
    const bool seen = self->only_looks_ && !self->outcome_.server_chain.empty();
    if (!seen && !self->outcome_.answer) self->tell();
    co_return self->outcome_;
}

void Handshake::tell() const {
    const auto failure = failure_of(*end_, false);
    if (end_->how == event::How::login_failed && end_->fault == Fault::not_offered)
        throw Failure(Exit::refused, "this server takes no requests to be enrolled",
                      "ask its operator for a certificate, or to allow them: enrolment in cifrad.toml");
    if (failure.status == Exit::lost) throw Lost(failure.what(), failure.status, failure.remedy);
    throw Failure(failure);
}

void Handshake::on_end(const event::Ended& end) {
    end_ = end;
    over_.cancel();
}

void Handshake::on_event(states::Event& happened) {
    try {
        if (auto* verify_peer = std::get_if<event::VerifyPeer>(&happened)) {
            verify(*verify_peer);
        } else if (auto* to_sign = std::get_if<event::Sign>(&happened)) {
            sign(*to_sign);
        } else if (auto* answered = std::get_if<event::EnrolmentAnswered>(&happened)) {
            outcome_.answer = std::move(answered->status);
        }
    } catch (const Failure& failure) {
        failure_ = failure;
        if (const auto connection = connection_.lock()) connection->deliver(session_.verification_failed());
    }
}

void Handshake::verify(const event::VerifyPeer& request) {
    const auto connection = connection_.lock();
    if (!connection) return;
    outcome_.server_chain = request.chain;
    const auto peer = trust_(request.chain);
    connection->deliver(peer ? session_.verified(*peer, now()) : session_.verification_failed());
}

void Handshake::sign(const event::Sign& request) {
    const auto connection = connection_.lock();
    if (!connection) return;
    outcome_.takes_enrolment = session_.takes_enrolment();
    if (device_ != nullptr && request.party == crypto::Party::enrolment) {
        const auto scheme = crypto::choose_scheme(device_->schemes(), request.accepted, request.party);
        const auto signature =
            scheme ? device_->sign(*scheme, request.content, rng_) : Result<Bytes>(Fault::not_offered);
        if (signature) return connection->deliver(session_.signed_by(request.party, *scheme, *signature));
        failure_.emplace(Exit::login_refused, "this server takes no signature of the new key (ECDSA with P-256)",
                         "ask its operator");
    }
    connection->deliver(session_.signing_failed());
}

} // namespace cifra::client
