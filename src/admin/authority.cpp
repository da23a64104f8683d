// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/authority.hpp"

#include "admin/failure.hpp"
#include "crypto/certificate_file.hpp"
#include "crypto/certificate_path.hpp"

#include <botan/hash.h>
#include <botan/hex.h>

#include <algorithm>
#include <array>

namespace cifra::admin {

namespace fs = std::filesystem;

namespace layout {

std::string_view plural(Party party) {
    constexpr std::array<std::string_view, 3> words{"servers", "devices", "people"};
    return words.at(static_cast<std::size_t>(party));
}

std::string_view singular(Party party) {
    constexpr std::array<std::string_view, 3> words{"server", "device", "person"};
    return words.at(static_cast<std::size_t>(party));
}

fs::path ca_certificate(Party party) { return fs::path("ca") / (std::string(name_of(party)) + "-ca.pem"); }
fs::path ca_key(Party party) { return fs::path("ca") / (std::string(name_of(party)) + "-ca-key.pem"); }
fs::path record(Party party, const std::string& name) {
    return fs::path("ca/issued") / plural(party) / (name + ".pem");
}
fs::path identity(Party party, const std::string& name) { return fs::path(plural(party)) / name; }
std::string chain_file(Party party) { return std::string(name_of(party)) + "-chain.pem"; }
std::string key_file(Party party) { return std::string(name_of(party)) + "-key.pem"; }

} // namespace layout

namespace {

// Reading, where every failure is one of what is there.
template <class Read>
auto reading(const fs::path& dir, Read read) {
    std::error_code ignored;
    if (!fs::is_directory(dir / "ca", ignored)) {
        throw Failure(Exit::bad_input, dir.string() + ": no folder that 'cifractl init' made (there is no ca/ in it)",
                      "name it with --dir DIR or CIFRA_DIR, or make one: cifractl init --dir " + dir.string());
    }
    try {
        return read();
    } catch (const crypto::WrongPassphrase& wrong) {
        throw Failure(Exit::passphrase, wrong.what(), "try again; the CA's passphrase was chosen at 'cifractl init'");
    } catch (const crypto::NoPassphrase&) {
        throw;
    } catch (const std::runtime_error& error) {
        throw Failure(Exit::bad_input, error.what());
    }
}

Botan::X509_Certificate read_certificate(const fs::path& file) {
    const auto certificate = crypto::parse_certificate(crypto::read_certificates(file).front());
    if (!certificate)
        throw std::runtime_error(file.string() + ": " + std::string(crypto::describe(certificate.error())));
    return *certificate;
}

} // namespace

Issued load_ca(const fs::path& dir, Party party, crypto::PassphraseSource& passphrases) {
    return reading(dir, [&] {
        const auto file = dir / layout::ca_certificate(party);
        const auto certificate = read_certificate(file);
        if (crypto::check_ca(certificate, party)) {
            throw std::runtime_error(file.string() + ": not a CA for this role");
        }
        const auto key = crypto::load_private_key(dir / layout::ca_key(party), [&] {
            return passphrases.get("cifra-ca", "Passphrase of the CA in " + dir.string());
        });
        if (key->subject_public_key() != certificate.subject_public_key_info()) {
            throw std::runtime_error((dir / layout::ca_key(party)).string() + " is not the key of " + file.string());
        }
        return Issued{certificate, key};
    });
}

Record describe(const Botan::X509_Certificate& certificate) {
    Record record;
    record.name = crypto::common_name(certificate);
    record.serial = Botan::hex_encode(certificate.serial_number(), false);
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    record.fingerprint = Botan::hex_encode(hash->process(certificate.BER_encode()), false);
    record.not_before = crypto::seconds_of(certificate.not_before());
    record.not_after = crypto::seconds_of(certificate.not_after());
    return record;
}

std::vector<Record> issued(const fs::path& dir, Party party) {
    return reading(dir, [&] {
        std::vector<Record> records;
        for (const auto& entry : fs::directory_iterator(dir / "ca/issued" / layout::plural(party))) {
            if (entry.path().extension() == ".pem" && !entry.path().filename().string().starts_with('.')) {
                records.push_back(describe(read_certificate(entry.path())));
            }
        }
        std::ranges::sort(records, {}, &Record::name);
        return records;
    });
}

std::string chain_pem(const Issued& leaf, const Issued& ca) {
    return leaf.certificate.PEM_encode() + ca.certificate.PEM_encode();
}

} // namespace cifra::admin
