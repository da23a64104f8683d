// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The folder of a listener who enrols: keys that never leave it, the request, and what came of it.
//
//     enrolment.json     the request, and whom it was sent to
//     device-key.pem     encrypted; user-key.pem likewise, unless a card speaks for the person
//     device-chain.pem, user-chain.pem, server-roots.pem, cifra.toml      once the operator has approved
#pragma once

#include "client/passphrases.hpp"
#include "client/settings.hpp"
#include "proto/handshake.hpp"
#include "proto/messages.hpp"

namespace cifra::client {

struct EnrolmentRecord {
    std::string host, port;
    Bytes fingerprint; // of the server's certificate, or of its CA's
    std::string card;  // URI of the person's certificate, if that is on a card
    std::string card_module;
    proto::Enrolment request;
    std::string id; // 20 hexadecimal digits: of the device's key
};

class EnrolmentFolder {
  public:
    explicit EnrolmentFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

    const std::filesystem::path& path() const { return folder_; }
    std::filesystem::path file(const char* name) const { return folder_ / name; }
    std::filesystem::path device_key() const { return file("device-key.pem"); }
    std::filesystem::path user_key() const { return file("user-key.pem"); }
    std::filesystem::path config() const { return file("cifra.toml"); }
    std::filesystem::path roots() const { return file("server-roots.pem"); }
    bool enrolled() const;

    // Nothing if there is none. Throws Failure for one that is damaged.
    std::optional<EnrolmentRecord> read() const;
    void write(const EnrolmentRecord& record) const;

    // Makes the folder and the keys that are not there yet, and completes the request with what is signed by them.
    // `user`: a key of the person's is wanted too. Throws Failure; gives the opened device key.
    std::shared_ptr<crypto::Signer> make_request(EnrolmentRecord& record, bool user, Passphrases& passphrases) const;
    std::shared_ptr<crypto::Signer> open_device(Passphrases& passphrases) const;

    // Whether a server with this chain is trusted by these roots: empty, or why not.
    std::string try_roots(const std::vector<Bytes>& roots, const std::vector<Bytes>& chain,
                          const std::string& host) const;

    // Writes what was approved; each file appears whole or not at all, cifra.toml last. False: nothing is new. Throws
    // Failure; R-58: what is not for the keys of the request.
    bool accept(const EnrolmentRecord& record, const proto::EnrolmentStatus& answer) const;

  private:
    bool put(const std::filesystem::path& file, const std::string& text) const;
    std::filesystem::path folder_;
};

// "4f2a-91c0-…"
std::string shown_id(const std::string& id);

} // namespace cifra::client
