// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/people_file.hpp"

#include "admin/failure.hpp"
#include "admin/output.hpp"
#include "admin/renewal.hpp"
#include "crypto/certificate_file.hpp"
#include "crypto/certificate_path.hpp"
#include "crypto/private_key_file.hpp"
#include "people/json_text.hpp"

#include <algorithm>
#include <ctime>

namespace cifra::admin {

namespace fs = std::filesystem;

namespace {

fs::path card_file(const fs::path& dir, const std::string& key_hash) { return dir / "ca/cards" / (key_hash + ".pem"); }

Bytes der_of(const fs::path& file) {
    try {
        const auto text = people::read_file(file, 1U << 20U);
        if (text.find("-----BEGIN") != std::string::npos) return crypto::read_certificates(file).front();
        return {text.begin(), text.end()};
    } catch (const std::system_error&) {
        throw;
    } catch (const std::runtime_error& failure) {
        throw Failure(Exit::bad_input, failure.what());
    }
}

template <class T>
T demand(const crypto::ChainResult<T>& result, const std::string& what) {
    if (result) return *result;
    throw Failure(Exit::bad_input, what + ": " + std::string(describe(result.error())),
                  std::string(remedy(result.error())));
}

[[noreturn]] void refuse(const std::string& why, const std::string& remedy = {}) {
    throw Failure(Exit::exists, why, remedy);
}

void demand_free_name(const fs::path& dir, const people::People& people, const std::string& name) {
    const auto* entry = people.by_name(name);
    const auto records = issued(dir, Party::user);
    const bool on_record = std::ranges::any_of(records, [&](const Certified& one) { return one.record.name == name; });
    if (on_record || (entry != nullptr && !entry->keys.empty()))
        refuse("person '" + name + "' exists already", "to give her another certificate besides: --another");
}

} // namespace

fs::path people_file(const fs::path& dir) { return dir / "server/people.json"; }

people::People load_people(const fs::path& dir) {
    demand_dir(dir);
    std::error_code ignored;
    if (!fs::exists(people_file(dir), ignored)) return {};
    try {
        return people::People::load(people_file(dir));
    } catch (const people::Wrong& wrong) {
        throw Failure(Exit::bad_input, wrong.what());
    }
}

std::vector<std::string> names_on_record(const fs::path& dir, const people::People& people) {
    std::vector<std::string> names;
    for (const auto& one : issued(dir, Party::user)) names.push_back(one.record.name);
    for (const auto& one : people.entries()) names.push_back(one.name);
    return names;
}

void save_people(const fs::path& dir, const people::People& people) {
    crypto::replace_file(people_file(dir), people.to_json(), 0644);
}

void say_copy_people(const fs::path& dir) {
    say("Next: copy " + people_file(dir).string() + " to the server, which notices by itself");
}

Botan::X509_Certificate check_foreign(const Bytes& der, const std::string& what) {
    const auto certificate = demand(crypto::parse_certificate(der, crypto::Profile::card), what);
    demand(crypto::TrustStore::validate_key(Party::user, {der}, std::time(nullptr), crypto::key_hash_of(certificate)),
           what);
    return certificate;
}

Botan::X509_Certificate read_foreign(const fs::path& file) { return check_foreign(der_of(file), file.string()); }

Botan::X509_Certificate read_foreign_ca(const fs::path& file) {
    const auto certificate = demand(crypto::parse_certificate(der_of(file), crypto::Profile::card), file.string());
    if (const auto fault = crypto::check_ca(certificate, Party::user, crypto::Profile::card))
        throw Failure(Exit::bad_input, file.string() + ": " + std::string(describe(*fault)),
                      "give the certificate of the CA that issues, not one that it issued");
    return certificate;
}

void demand_not_in_people(const fs::path& dir, const std::string& name) {
    const auto people = load_people(dir);
    const auto* entry = people.by_name(name);
    if (entry == nullptr) return;
    if (!entry->keys.empty())
        throw Failure(Exit::exists, "person '" + name + "' exists already, by a certificate that others made",
                      "choose another name, or: cifractl person remove '" + name + "'");
    throw Failure(Exit::exists, "person '" + name + "' exists already, and is disabled",
                  "choose another name, or: cifractl person enable '" + name + "'");
}

bool enter_key(const fs::path& dir, people::People& people, const Botan::X509_Certificate& certificate,
               const CardPerson& person) {
    const auto hash = key_hash(certificate);
    const auto trust = person.trust_key ? people::Trust::key : people::Trust::path;
    if (const auto* known = people.by_key(hash)) {
        if (known->name == person.name && known->trust == trust && known->card == person.card) return false;
        refuse("this key is that of person '" + known->name + "' already",
               "to enter it in another way: cifractl person remove '" + known->name + "'");
    }
    const auto* entry = people.by_name(person.name);
    if (!person.another) demand_free_name(dir, people, person.name);
    if (entry != nullptr && !entry->keys.empty() && (entry->trust != trust || entry->card != person.card))
        refuse("person '" + person.name + "' has a key that is trusted in another way",
               "give --trust-key and --card as with the first one");
    make_private_folder(dir / "ca/cards");
    crypto::replace_file(card_file(dir, hash), certificate.PEM_encode(), 0644);
    auto& written = people.entry(person.name);
    written.keys.push_back(hash);
    written.trust = trust;
    written.card = person.card;
    return true;
}

std::optional<Certified> kept_card(const fs::path& dir, const std::string& key_hash) {
    const auto file = card_file(dir, key_hash);
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return std::nullopt;
    try {
        const auto certificate =
            crypto::parse_certificate(crypto::read_certificates(file).front(), crypto::Profile::card);
        if (!certificate) return std::nullopt;
        return Certified{describe(*certificate), *certificate, file};
    } catch (const std::exception&) {
        return std::nullopt; // for people to read only: people.json has what counts
    }
}

} // namespace cifra::admin
