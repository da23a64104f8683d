// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// How a connection becomes a login: whom the server is, and who we are.
#include "client/aside.hpp"
#include "client/link.hpp"
#include "client/token/card_error.hpp"

#include <ctime>

namespace cifra::client {

using net::awaitable;
namespace event = states::event;

namespace {

Failure no_answer_of(const Person& person) {
    if (person.is_card())
        return {Exit::card, std::string(token::describe(token::CardFault::hung)),
                std::string(token::remedy(token::CardFault::hung))};
    return {Exit::bad_input, "the personal key cannot be read: its disk does not answer", "check the disk"};
}

states::Instant now() { return std::chrono::steady_clock::now(); }

} // namespace

void Link::verify(const event::VerifyPeer& request) {
    std::string detail;
    const auto peer = identity_.servers().validate(request.chain, std::time(nullptr), settings_.host, &detail);
    const auto connection = connection_.lock();
    if (!connection) return;
    if (peer) return connection->deliver(session_->verified(*peer, now()));
    failure_.emplace(Exit::not_trusted,
                     "the server at " + settings_.host + ":" + settings_.port +
                         " could not prove who it is; its certificate: " + std::string(crypto::describe(peer.error())) +
                         (detail.empty() ? "" : " (" + detail + ")"),
                     std::string(crypto::remedy(peer.error())));
    connection->deliver(session_->verification_failed());
}

void Link::sign(const event::Sign& request) {
    if (request.party == crypto::Party::user) return aside_for_person(sign_as_user(request));
    sign_as_device(request);
}

void Link::sign_as_device(const event::Sign& request) {
    const auto connection = connection_.lock();
    if (!connection) return;
    const auto& device = identity_.device();
    const auto scheme = crypto::choose_scheme(device.signer->schemes(), request.accepted, request.party);
    if (scheme) {
        const auto signature = device.signer->sign(*scheme, request.content, rng_);
        if (signature) return connection->deliver(session_->signed_by(request.party, *scheme, *signature));
    }
    no_scheme(device);
}

void Link::no_scheme(const crypto::Credential& credential) {
    give_up_login(Failure(Exit::login_refused,
                          "the key of " + credential.name + " cannot make a signature that the server takes",
                          "ask the operator for a certificate of another key type"));
}

void Link::give_up_login(const Failure& failure) {
    if (!failure_) failure_ = failure;
    if (const auto connection = connection_.lock()) connection->deliver(session_->signing_failed());
    poke();
}

// --- the person: her key may keep us waiting, so it is used on a thread aside ---

void Link::aside_for_person(awaitable<void> work) {
    ++asking_;
    net::asio::co_spawn(
        signal_.get_executor(), std::move(work), [self = shared_from_this()](std::exception_ptr failed) {
            --self->asking_;
            if (!failed || self->end_) return; // after the end nobody waits for it
            try {
                std::rethrow_exception(failed);
            } catch (const Failure& failure) {
                self->give_up_login(failure);
            } catch (const std::exception& error) {
                self->give_up_login(Failure(Exit::internal, std::string("internal error: ") + error.what()));
            }
        });
}

awaitable<void> Link::with_person(std::function<void(Person&)> work) {
    const auto person = identity_.person();
    const std::function<void()> whole = [person, work = std::move(work)] {
        const std::lock_guard turn(person->turn());
        work(*person);
    };
    const Until until = [person] { return person->patience(); };
    const bool in_time = co_await aside_until(interrupt_, whole, until);
    if (!in_time) throw Failure(no_answer_of(*person));
}

void Link::choose_user(const event::ChooseUser& request) {
    const auto wanted = std::make_shared<const Wanted>(Wanted{request.issuers, request.accepted, request.card});
    aside_for_person(introduce(wanted));
}

awaitable<void> Link::introduce(std::shared_ptr<const Wanted> wanted) {
    const auto self = shared_from_this();
    const auto chosen = std::make_shared<const crypto::Credential*>(nullptr);
    // A name of its own: g++ 12 destroys a temporary inside co_await twice.
    const std::function<void(Person&)> choose = [chosen, wanted](Person& person) { *chosen = &person.choose(*wanted); };
    co_await with_person(choose);
    user_ = *chosen;
    if (const auto connection = connection_.lock(); connection && !end_)
        connection->deliver(session_->identify(user_->chain));
}

awaitable<void> Link::sign_as_user(event::Sign request) {
    const auto self = shared_from_this();
    const auto scheme = crypto::choose_scheme(user_->signer->schemes(), request.accepted, request.party);
    const auto signature = std::make_shared<Bytes>();
    const std::function<void(Person&)> work = [signature, scheme, signer = user_->signer,
                                               content = request.content](Person&) {
        Botan::AutoSeeded_RNG rng; // that of the session is not for this thread
        if (auto made = signer->sign(*scheme, content, rng)) *signature = std::move(*made);
    };
    if (scheme) co_await with_person(work);
    const auto connection = connection_.lock();
    if (!connection || end_) co_return;
    if (signature->empty()) {
        no_scheme(*user_);
    } else {
        connection->deliver(session_->signed_by(request.party, *scheme, *signature));
    }
}

// The session is over while somebody looks for her PIN: the server waits for two minutes.
void Link::stop_asking() {
    if (asking_ == 0) return;
    const bool late =
        end_->how == event::How::timeout ||
        (end_->how == event::How::peer_error && end_->code == static_cast<std::uint16_t>(proto::ErrorCode::timeout));
    if (late && !failure_)
        failure_.emplace(identity_.person()->is_card() ? Exit::card : Exit::passphrase,
                         "the server waits two minutes for a person, and these are over",
                         "run the same command again, with PIN or passphrase at hand");
    identity_.person()->cancel();
    if (identity_.prompter() != nullptr) identity_.prompter()->cancel("the server waits no longer");
}

void Link::note_login(const proto::LoginOk& who) {
    who_ = who;
    logged_in_ = true;
    identity_.tickets().keep(who.ticket, std::chrono::seconds(who.ticket_seconds));
}

// Whatever is said against the person: it may be the certificate of that login, and she has a newer one by now.
bool Link::ticket_refused() const {
    if (!end_ || logged_in_ || end_->how != event::How::peer_error || !session_->used_ticket()) return false;
    const auto code = static_cast<proto::ErrorCode>(end_->code);
    return code != proto::ErrorCode::auth_failed && failure_of(code, "").status == Exit::login_refused;
}

} // namespace cifra::client
