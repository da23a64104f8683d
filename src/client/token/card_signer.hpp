// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A signature by a card: the PIN is asked for only when the card wants one, is used once, and the card is logged out.
#pragma once

#include "client/token/token.hpp"
#include "crypto/secret.hpp"
#include "crypto/signature.hpp"

#include <functional>

namespace cifra::token {

struct PinQuestion {
    std::string holder;        // commonName of the certificate
    std::string label, reader; // of the token
    Tries tries = Tries::unknown;
    bool pin_pad = false; // nothing is to be read: say that the reader waits for the PIN, and return an empty Secret
    // Nothing is to be read here either: neither token nor key wants a login, so that the module may open a window of
    // its own for the PIN while it signs, as that of the Portuguese card does. It may take as long as a person does.
    bool by_module = false;
    std::size_t pin_min = 0, pin_max = 0;
};

// Called on the thread that signs. At Tries::last, whoever asks must have it confirmed first. An empty answer means
// that no PIN is given; an exception passes through sign(). Called at most once a signature, but on a PIN pad, where a
// key that wants the PIN for each use is entered twice.
using AskPin = std::function<crypto::Secret(const PinQuestion&)>;

class CardSigner final : public crypto::Signer {
  public:
    CardSigner(std::shared_ptr<const Modules> modules, Certificate certificate, AskPin ask)
        : modules_(std::move(modules)), certificate_(std::move(certificate)), ask_(std::move(ask)) {}

    std::vector<Scheme> schemes() const override { return certificate_.schemes; }

    // Blocks, see token.hpp. Throws CardError; nothing is tried twice. What it gives has been verified under the
    // certificate.
    Result<Bytes> sign(Scheme scheme, ByteView content, Botan::RandomNumberGenerator& rng) override;

  private:
    std::shared_ptr<const Modules> modules_;
    Certificate certificate_;
    AskPin ask_;
};

} // namespace cifra::token
