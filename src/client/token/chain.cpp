// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/token/choice.hpp"
#include "crypto/certificate_file.hpp"

#include <botan/x509cert.h>

#include <algorithm>

namespace cifra::token {

namespace {

constexpr std::size_t max_chain = 4;

bool issued(const Certificate& above, const Certificate& below) {
    if (!above.readable || !above.authority || above.subject_der != below.issuer_der) return false;
    try {
        return Botan::X509_Certificate(below.der).check_signature(*above.public_key);
    } catch (const Botan::Exception&) {
        return false;
    }
}

} // namespace

std::vector<Bytes> chain_of(const Certificate& leaf, const Listing& listing, const std::filesystem::path& authorities) {
    std::vector<Certificate> known;
    for (const auto& certificate : listing.certificates)
        if (certificate.authority && certificate.token.same_as(leaf.token)) known.push_back(certificate);
    if (!authorities.empty())
        for (auto& der : crypto::read_certificates(authorities)) {
            Certificate certificate;
            certificate.der = std::move(der);
            read_certificate(certificate);
            known.push_back(std::move(certificate));
        }
    std::vector<Bytes> chain{leaf.der};
    Certificate at = leaf;
    while (chain.size() < max_chain && at.subject_der != at.issuer_der) {
        const auto above =
            std::find_if(known.begin(), known.end(), [&](const Certificate& ca) { return issued(ca, at); });
        if (above == known.end() || above->subject_der == above->issuer_der) break; // the server has its roots
        at = *above;
        chain.push_back(at.der);
    }
    return chain;
}

} // namespace cifra::token
