// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/retire.hpp"

#include "admin/renewal.hpp"
#include "crypto/certificate_file.hpp"
#include "crypto/certificate_path.hpp"
#include "crypto/private_key_file.hpp"

namespace cifra::admin {

namespace fs = std::filesystem;

namespace {

void move(const fs::path& from, const fs::path& to) {
    fs::rename(from, to);
    crypto::sync_folder(to.parent_path());
    crypto::sync_folder(from.parent_path());
}

// Whether the chain in this folder is of that key: somebody may have put another there.
bool is_of(const fs::path& chain, const Botan::X509_Certificate& certificate) {
    try {
        const auto leaf = crypto::parse_certificate(crypto::read_certificates(chain).front());
        return leaf && leaf->subject_public_key_info() == certificate.subject_public_key_info();
    } catch (const std::exception&) {
        return false;
    }
}

} // namespace

void retire_revoked(const fs::path& dir, Party party, const Revocations& revocations) {
    for (const auto& one : issued(dir, party)) {
        if (revocations.find(one.record.serial) == nullptr) continue;
        const auto record = dir / layout::revoked(party, one.record.serial);
        make_private_folder(record.parent_path());
        // The folder first: while the record is in its old place, all of this is done again.
        const auto place = dir / layout::identity(party, one.record.name);
        if (is_of(place / layout::chain_file(party), one.certificate)) {
            auto kept = record;
            move(place, kept.replace_extension());
        }
        move(one.file, record);
    }
}

} // namespace cifra::admin
