// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Who may come in, and who may stay: certificate paths, revocation and people.json together. The files are watched; a
// change counts for everybody from then on, those included who are there already.
#pragma once

#include "crypto/certificate.hpp"
#include "people/people.hpp"
#include "proto/codes.hpp"
#include "server/config.hpp"
#include "server/file_io.hpp"
#include "server/retry.hpp"

#include <mutex>

namespace cifra::server {

// Somebody who is let in.
struct Guest {
    crypto::PeerVerified peer;
    std::string name; // by which devices and people are known here
    bool card = false;
};

// Somebody who is not.
struct Denial {
    proto::ErrorCode code{}; // for a user; of a device nobody is told why
    std::string reason;      // what follows are words for the log
    std::string detail;      // more of it, or empty
    std::string remedy;
    std::string name;       // of whom a path has proven it; else empty
    bool withdrawn = false; // revoked, no longer trusted or known: whoever is there has to go, too
};
using Verdict = boost::system::result<Guest, Denial>;
[[noreturn]] void throw_exception_from_error(const Denial& denial, const boost::source_location& where);

class Doorkeeper {
  public:
    // Throws std::runtime_error, which names a file.
    explicit Doorkeeper(const Config& config);

    // `now` in seconds since 1970. Any thread may call these.
    Verdict device(const std::vector<Bytes>& chain, std::int64_t now) const;
    Verdict user(const std::vector<Bytes>& chain, std::int64_t now) const;
    // Of somebody who was let in with that chain: why no longer. Nothing when the path alone cannot be shown to hold
    // now, as with a CRL that is out of date.
    std::optional<Denial> objection(const Guest& guest, const std::vector<Bytes>& chain, std::int64_t now) const;

    // DER names of CAs by which a client may choose a certificate; none when others may do as well.
    std::vector<Bytes> issuer_names() const;

    // Reads again what has changed on the disk, and logs that. True: what the above say may be different now.
    bool look();
    // None when nobody asks who is revoked.
    std::vector<crypto::CrlFacts> crls() const;

  private:
    using PeoplePtr = std::shared_ptr<const people::People>;
    using PathResult = crypto::ChainResult<crypto::PeerVerified>;
    PeoplePtr people() const;
    bool look_at_stores();
    bool look_at_people();
    bool list_has_begun(std::int64_t now);
    Verdict decide(crypto::PeerVerified peer, const people::People& known) const;
    PathResult user_path(const std::vector<Bytes>& chain, std::int64_t now, std::string& detail) const;

    const std::filesystem::path people_file_, crls_;
    const people::Policy policy_;
    // Loaded anew in place; copies share what they hold.
    mutable crypto::TrustStore devices_;
    mutable std::optional<crypto::TrustStore> users_, cards_;
    mutable std::mutex mutex_; // of people_
    PeoplePtr people_;
    // What follows is of the one thread that looks.
    std::optional<FileStamp> people_stamp_;
    Retry stores_retry_, people_retry_;
    std::int64_t begins_ = 0; // when the next CRL that is there already comes into force; 0: none
};

} // namespace cifra::server
