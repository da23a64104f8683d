// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/person.hpp"

#include "client/key_failures.hpp"
#include "client/passphrases.hpp"

namespace cifra::client {

namespace {

constexpr std::chrono::seconds thing_patience{30}; // for a disk, a reader, a card

// Not a std::exception, as those are failures: the key is encrypted, and its passphrase is wanted later.
struct Later {};

// Opens the key at its first signature, and keeps it open: the passphrase is asked for once.
class LazySigner final : public crypto::Signer {
  public:
    using Open = std::function<std::shared_ptr<crypto::Signer>()>;
    LazySigner(std::vector<Scheme> schemes, Open open) : schemes_(std::move(schemes)), open_(std::move(open)) {}

    std::vector<Scheme> schemes() const override { return schemes_; }
    Result<Bytes> sign(Scheme scheme, ByteView content, Botan::RandomNumberGenerator& rng) override {
        if (!signer_) signer_ = open_();
        return signer_->sign(scheme, content, rng);
    }

  private:
    std::vector<Scheme> schemes_;
    Open open_;
    std::shared_ptr<crypto::Signer> signer_;
};

class FilePerson final : public Person {
  public:
    FilePerson(const Settings& settings, Prompter* prompter)
        : settings_(settings), passphrases_(settings.passphrase_fd, prompter) {
        try {
            credential_ = load([]() -> crypto::Secret { throw Later(); });
        } catch (const Later&) {
            credential_ = crypto::load_certificates(crypto::Party::user, settings.user_chain);
            const Botan::X509_Certificate leaf(credential_.chain.front());
            credential_.signer =
                std::make_shared<LazySigner>(crypto::schemes_of(*leaf.load_subject_public_key()),
                                             [this] { return with_key_failures([this] { return open(); }); });
        }
    }

    const crypto::Credential& choose(const Wanted&) override { return credential_; }
    bool is_card() const override { return false; }

  private:
    crypto::Credential load(const std::function<crypto::Secret()>& ask) const {
        return crypto::load_credential(crypto::Party::user, settings_.user_chain, settings_.user_key, ask);
    }
    std::shared_ptr<crypto::Signer> open() {
        work();
        return load([this] { return ask(); }).signer;
    }
    crypto::Secret ask() {
        const Asking asking(*this);
        return passphrases_.get("cifra-user", "Passphrase of the personal key " + settings_.user_key.string());
    }

    Settings settings_;
    Passphrases passphrases_;
    crypto::Credential credential_;
};

// Whichever key the server's question and the settings come to.
class ConfiguredPerson final : public Person {
  public:
    ConfiguredPerson(const Settings& settings, Prompter* prompter, Terminal* terminal)
        : card_(make_card_person(settings, prompter, terminal)), card_chosen_(!settings.card.empty()) {
        if (!card_chosen_ && !settings.user_chain.empty())
            file_ = with_key_failures([&] { return std::make_shared<FilePerson>(settings, prompter); });
    }

    const crypto::Credential& choose(const Wanted& wanted) override {
        if (!card_chosen_ && !wanted.card && !file_)
            throw Failure(Exit::login_refused, "the server asks for a person, and no personal key is configured",
                          "set user_chain and user_key in the configuration, or give --card: 'cifra card' shows them");
        by_card_ = card_chosen_ || wanted.card;
        return present().choose(wanted);
    }
    bool is_card() const override { return by_card_; }
    bool is_there() const override { return present().is_there(); }
    void cancel() override { present().cancel(); }
    std::string selector() const override { return present().selector(); }
    std::chrono::steady_clock::time_point patience() const override { return present().patience(); }

  private:
    Person& present() const { return by_card_ || !file_ ? *card_ : *file_; }

    std::shared_ptr<Person> card_, file_;
    bool card_chosen_;
    std::atomic<bool> by_card_{false};
};

} // namespace

std::chrono::steady_clock::time_point Person::patience() const {
    const auto now = std::chrono::steady_clock::now();
    return asking_ != 0 ? now + thing_patience : working_since_.load() + thing_patience;
}

std::shared_ptr<Person> make_person(const Settings& settings, Prompter* prompter, Terminal* terminal) {
    return std::make_shared<ConfiguredPerson>(settings, prompter, terminal);
}

} // namespace cifra::client
