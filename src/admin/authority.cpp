// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/authority.hpp"

#include "admin/failure.hpp"
#include "admin/names.hpp"
#include "crypto/certificate_file.hpp"
#include "crypto/certificate_path.hpp"
#include "crypto/certificate_subject.hpp"

#include <algorithm>
#include <array>

namespace cifra::admin {

namespace fs = std::filesystem;

namespace layout {

std::string_view plural(Party party) {
    constexpr std::array<std::string_view, 4> words{"servers", "devices", "people", "publishers"};
    return words.at(static_cast<std::size_t>(party));
}

std::string_view singular(Party party) {
    constexpr std::array<std::string_view, 4> words{"server", "device", "person", "publisher"};
    return words.at(static_cast<std::size_t>(party));
}

std::string ca_name(Ca ca) { return ca == Ca::root ? "root" : std::string(name_of(issued_by(ca))) + "-ca"; }
fs::path ca_certificate(Ca ca) { return fs::path("ca") / (ca_name(ca) + ".pem"); }
fs::path ca_key(Ca ca) { return fs::path("ca") / (ca_name(ca) + "-key.pem"); }
fs::path record(Party party, const std::string& name) {
    return fs::path("ca/issued") / plural(party) / (name + ".pem");
}
fs::path superseded(Party party, const std::string& serial) {
    return fs::path("ca/superseded") / plural(party) / (serial + ".pem");
}
fs::path revoked(Party party, const std::string& serial) {
    return fs::path("ca/revoked") / plural(party) / (serial + ".pem");
}
fs::path identity(Party party, const std::string& name) { return fs::path(plural(party)) / name; }
std::string chain_file(Party party) { return std::string(name_of(party)) + "-chain.pem"; }
std::string key_file(Party party) { return std::string(name_of(party)) + "-key.pem"; }

} // namespace layout

namespace {

// Reading, where every failure is one of what is there.
template <class Read>
auto reading(const fs::path& dir, Read read) {
    demand_dir(dir);
    try {
        return read();
    } catch (const crypto::WrongPassphrase& wrong) {
        throw Failure(Exit::passphrase, wrong.what(), "try again; the CA's passphrase was chosen at 'cifractl init'");
    } catch (const crypto::NoPassphrase&) {
        throw;
    } catch (const Failure&) {
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

std::vector<Certified> read_folder(const fs::path& folder) {
    std::vector<Certified> all;
    std::error_code ignored;
    if (!fs::exists(folder, ignored)) return all;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() != ".pem" || entry.path().filename().string().starts_with('.')) continue;
        const auto certificate = read_certificate(entry.path());
        all.push_back({describe(certificate), certificate, entry.path()});
    }
    std::ranges::sort(all, {}, [](const Certified& one) { return one.record.name; });
    return all;
}

} // namespace

void demand_dir(const fs::path& dir) {
    std::error_code ignored;
    if (fs::is_directory(dir / "ca", ignored)) return;
    throw Failure(Exit::bad_input, dir.string() + ": no folder that 'cifractl init' made (there is no ca/ in it)",
                  "name it with --dir DIR or CIFRA_DIR, or make one: cifractl init --dir " + dir.string());
}

std::vector<Ca> cas_in(const fs::path& dir) {
    std::vector<Ca> here;
    std::error_code ignored;
    for (const auto ca : all_cas)
        if (ca != Ca::publisher || fs::exists(dir / layout::ca_certificate(ca), ignored)) here.push_back(ca);
    return here;
}

std::vector<Party> parties_in(const fs::path& dir) {
    std::vector<Party> here;
    for (const auto ca : cas_in(dir))
        if (ca != Ca::root) here.push_back(issued_by(ca));
    return here;
}

Botan::X509_Certificate read_ca(const fs::path& dir, Ca ca) {
    return reading(dir, [&] {
        const auto file = dir / layout::ca_certificate(ca);
        const auto certificate = read_certificate(file);
        // The root confines itself to no role.
        if (crypto::check_ca(certificate, ca == Ca::root ? Party::server : issued_by(ca)))
            throw std::runtime_error(file.string() + ": not a CA for this role");
        return certificate;
    });
}

const Issued& Authorities::get(Ca ca) {
    const auto known = loaded_.find(ca);
    if (known != loaded_.end()) return known->second;
    const auto certificate = read_ca(dir_, ca);
    auto key = reading(dir_, [&] {
        const auto file = dir_ / layout::ca_key(ca);
        auto loaded = crypto::load_private_key(file, [&] {
            if (!passphrase_) passphrase_ = passphrases_.get("cifra-ca", "Passphrase of the CA in " + dir_.string());
            return crypto::Secret::copy_of(passphrase_->view());
        });
        if (loaded->subject_public_key() != certificate.subject_public_key_info()) {
            throw std::runtime_error(file.string() + " is not the key of " +
                                     (dir_ / layout::ca_certificate(ca)).string());
        }
        return loaded;
    });
    return loaded_.emplace(ca, Issued{certificate, key}).first->second;
}

void Authorities::refresh() {
    for (auto& [ca, loaded] : loaded_) loaded.certificate = read_ca(dir_, ca);
}

Record describe(const Botan::X509_Certificate& certificate) {
    Record record;
    record.name = crypto::common_name(certificate);
    record.serial = crypto::hex(certificate.serial_number());
    record.fingerprint = crypto::hex(crypto::fingerprint_of(certificate.BER_encode()));
    record.not_before = crypto::seconds_of(certificate.not_before());
    record.not_after = crypto::seconds_of(certificate.not_after());
    return record;
}

std::vector<Certified> issued(const fs::path& dir, Party party) {
    return reading(dir, [&] { return read_folder(dir / "ca/issued" / layout::plural(party)); });
}

std::vector<Certified> superseded(const fs::path& dir, Party party) {
    return reading(dir, [&] { return read_folder(dir / "ca/superseded" / layout::plural(party)); });
}

std::vector<Certified> retired(const fs::path& dir, Party party) {
    return reading(dir, [&] { return read_folder(dir / "ca/revoked" / layout::plural(party)); });
}

Certified demand_issued(const fs::path& dir, Party party, const std::string& name) {
    std::vector<std::string> names;
    for (const auto& one : issued(dir, party)) {
        if (one.record.name == name) return one;
        names.push_back(one.record.name);
    }
    const auto near = nearest(name, names);
    const std::string what(layout::singular(party));
    throw Failure(
        Exit::bad_input, "there is no " + what + " '" + name + "' with a certificate in " + dir.string(),
        near.empty() ? "see: cifractl " + what + " list --dir " + dir.string() : "did you mean '" + near + "'?");
}

std::string chain_pem(const Botan::X509_Certificate& leaf, const Botan::X509_Certificate& ca) {
    return leaf.PEM_encode() + ca.PEM_encode();
}

std::string key_hash(const Botan::X509_Certificate& certificate) {
    return crypto::hex(crypto::key_hash_of(certificate));
}

} // namespace cifra::admin
