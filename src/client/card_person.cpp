// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A person who logs in with a card.
#include "client/card_failure.hpp"
#include "client/key_failures.hpp"
#include "client/person.hpp"
#include "client/pin_dialogue.hpp"
#include "client/token/card.hpp"
#include "client/token/readers.hpp"

#include <ctime>

namespace cifra::client {

namespace {

constexpr std::chrono::seconds look_again{1}; // what the module makes of a card is not told by PC/SC

// What CardSigner throws, as Failure.
class TellingSigner final : public crypto::Signer {
  public:
    TellingSigner(std::shared_ptr<crypto::Signer> signer, std::function<void()> done)
        : signer_(std::move(signer)), done_(std::move(done)) {}
    std::vector<Scheme> schemes() const override { return signer_->schemes(); }
    Result<Bytes> sign(Scheme scheme, ByteView content, Botan::RandomNumberGenerator& rng) override {
        try {
            auto signature = signer_->sign(scheme, content, rng);
            done_();
            return signature;
        } catch (const token::CardError& error) {
            done_();
            throw failure_of(error);
        } catch (...) {
            done_();
            throw;
        }
    }

  private:
    std::shared_ptr<crypto::Signer> signer_;
    std::function<void()> done_;
};

class CardPerson final : public Person {
  public:
    CardPerson(const Settings& settings, Prompter* prompter, Terminal* terminal)
        : settings_(settings), terminal_(terminal), dialogue_(settings, prompter, terminal) {}

    const crypto::Credential& choose(const Wanted& wanted) override {
        work();
        cancelled_ = false;
        with_key_failures([&] {
            try {
                if (!modules_) modules_ = token::Modules::load(module());
                open(wanted);
            } catch (const token::CardError& error) {
                throw failure_of(error);
            }
        });
        return credential_;
    }
    bool is_card() const override { return true; }
    std::string selector() const override { return card_ ? card_->certificate.uri : std::string(); }
    bool is_there() const override { return card_ && card_->is_there(); }

  private:
    std::string module() const { return settings_.card_module.empty() ? "opensc" : settings_.card_module; }
    bool may_wait() const { return settings_.wait_card || (terminal_ != nullptr && Prompter::possible()); }

    void open(const Wanted& wanted) {
        token::CardOptions options;
        options.module = module();
        // Who logged in once comes back as the same.
        options.wish = {card_ ? card_->certificate.uri : settings_.card, wanted.issuers, wanted.schemes};
        options.authorities = settings_.user_chain;
        for (bool told = false;; told = true) {
            try {
                card_.emplace(token::open_card(modules_, options, std::time(nullptr)));
                break;
            } catch (const token::CardError& error) {
                const bool absent = error.fault == token::CardFault::no_card;
                if ((!absent && !(told && error.fault == token::CardFault::unknown_card)) || !may_wait() || cancelled_)
                    throw;
            }
            wait(told);
        }
        credential_ = card_->credential([this](const token::PinQuestion& question) {
            const Asking asking(*this);
            // What is typed on a keypad of the reader, or in a window of the module, goes on behind this.
            if (question.pin_pad || question.by_module) typing_.emplace(*this);
            // A wrong PIN costs a try: none is spent for a session that is over.
            demand_wanted();
            auto pin = dialogue_.ask(question);
            demand_wanted();
            return pin;
        });
        credential_.signer = std::make_shared<TellingSigner>(credential_.signer, [this] { typing_.reset(); });
    }

    void demand_wanted() const {
        if (cancelled_) throw Failure(Exit::card, "the login is over", "run the same command again; no try was lost");
    }

    // Until something about readers and cards has changed.
    void wait(bool told) {
        const Asking asking(*this);
        if (!told && terminal_ != nullptr) terminal_->complain("insert your card");
        token::ReaderMonitor monitor;
        monitor.wait_change(monitor.readers(), look_again);
    }

    Settings settings_;
    Terminal* terminal_;
    PinDialogue dialogue_;
    std::shared_ptr<const token::Modules> modules_;
    std::optional<token::Card> card_;
    crypto::Credential credential_;
    std::optional<Asking> typing_;
};

} // namespace

std::shared_ptr<Person> make_card_person(const Settings& settings, Prompter* prompter, Terminal* terminal) {
    return std::make_shared<CardPerson>(settings, prompter, terminal);
}

} // namespace cifra::client
