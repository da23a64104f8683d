// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/enrolment_files.hpp"

#include "client/exit_code.hpp"
#include "client/key_failures.hpp"
#include "crypto/certificate_file.hpp"
#include "crypto/certificate_path.hpp"
#include "crypto/certificate_request.hpp"
#include "crypto/private_key_file.hpp"

#include <botan/auto_rng.h>
#include <botan/base64.h>
#include <botan/ecdsa.h>
#include <botan/hex.h>
#include <botan/pem.h>
#include <botan/pkcs10.h>
#include <botan/x509_ext.h>
#include <boost/json.hpp>

#include <sys/stat.h>

#include <ctime>

namespace cifra::client {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t id_digits = 20;

std::string base64(const Bytes& bytes) { return Botan::base64_encode(bytes.data(), bytes.size()); }

Bytes from_base64(const boost::json::value& value) {
    const auto bytes = Botan::base64_decode(std::string(value.as_string()));
    return {bytes.begin(), bytes.end()};
}

Bytes make_pkcs10(const Botan::Private_Key& key, const std::string& name, Botan::RandomNumberGenerator& rng) {
    Botan::X509_DN subject;
    subject.add_attribute("X520.CommonName", name);
    return Botan::PKCS10_Request::create(key, subject, Botan::Extensions(), "SHA-256", rng).BER_encode();
}

std::string pem_of(const std::vector<Bytes>& certificates) {
    std::string text;
    for (const auto& one : certificates) text += Botan::PEM_Code::encode(one, "CERTIFICATE");
    return text;
}

//
void demand_chain(const std::vector<Bytes>& chain, const Bytes& request, crypto::Party party) {
    const auto asked = crypto::parse_request(request);
    const auto leaf = chain.empty() ? crypto::ChainResult<Botan::X509_Certificate>(crypto::ChainFault::malformed)
                                    : crypto::parse_certificate(chain.front());
    if (!asked || !leaf || crypto::key_hash_of(*leaf) != asked->key_hash || crypto::check_leaf(*leaf, party))
        throw Failure(Exit::integrity,
                      "the " + std::string(name_of(party)) + "'s certificate that came is not for the key that asked",
                      "nothing was changed; tell the operator");
}

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + "\"";
}

// An IPv6 address goes in brackets.
std::string dialled(const EnrolmentRecord& record) {
    const auto host = record.host.find(':') == std::string::npos ? record.host : "[" + record.host + "]";
    return host + ":" + record.port;
}

std::string config_text(const EnrolmentRecord& record, bool user) {
    auto text = "# Made by 'cifra enroll'. Keys and values: man 5 cifra.toml\nserver = " + quoted(dialled(record)) +
                "\nserver_roots = \"server-roots.pem\"\ndevice_chain = \"device-chain.pem\"\ndevice_key = "
                "\"device-key.pem\"\n";
    if (user) text += "user_chain = \"user-chain.pem\"\nuser_key = \"user-key.pem\"\n";
    if (!record.card.empty()) text += "card = " + quoted(record.card) + "\n";
    if (!record.card_module.empty()) text += "card_module = " + quoted(record.card_module) + "\n";
    return text;
}

} // namespace

std::string shown_id(const std::string& id) {
    std::string text;
    for (std::size_t i = 0; i < id.size(); ++i) {
        if (i != 0 && i % 4 == 0) text += '-';
        text += id[i];
    }
    return text;
}

bool EnrolmentFolder::enrolled() const {
    std::error_code error;
    return fs::exists(config(), error) && fs::exists(roots(), error);
}

std::optional<EnrolmentRecord> EnrolmentFolder::read() const {
    const auto path = file("enrolment.json");
    std::error_code error;
    if (!fs::exists(path, error)) return std::nullopt;
    try {
        const auto whole = boost::json::parse(crypto::read_text_file(path)).as_object();
        if (whole.at("version").as_int64() != 1) throw std::runtime_error("of another version");
        EnrolmentRecord record;
        record.host = whole.at("host").as_string();
        record.port = whole.at("port").as_string();
        record.fingerprint = Botan::hex_decode(std::string(whole.at("fingerprint").as_string()));
        record.card = whole.at("card").as_string();
        record.card_module = whole.at("card_module").as_string();
        record.id = whole.at("id").as_string();
        record.request.name = whole.at("name").as_string();
        record.request.device_request = from_base64(whole.at("device_request"));
        record.request.user = from_base64(whole.at("user"));
        const auto kind = whole.at("user_kind").as_int64();
        if (kind < 0 || kind > 2) throw std::runtime_error("user_kind");
        record.request.kind = static_cast<proto::EnrolmentUser>(kind);
        return record;
    } catch (const std::exception& failed) {
        throw Failure(Exit::bad_input, path.string() + " is damaged: " + failed.what(),
                      "remove it and enrol again, with the fingerprint; the keys beside it are used again");
    }
}

void EnrolmentFolder::write(const EnrolmentRecord& record) const {
    const boost::json::object whole{{"version", 1},
                                    {"host", record.host},
                                    {"port", record.port},
                                    {"fingerprint", Botan::hex_encode(record.fingerprint, false)},
                                    {"card", record.card},
                                    {"card_module", record.card_module},
                                    {"id", record.id},
                                    {"name", record.request.name},
                                    {"device_request", base64(record.request.device_request)},
                                    {"user_kind", static_cast<int>(record.request.kind)},
                                    {"user", base64(record.request.user)}};
    put(file("enrolment.json"), boost::json::serialize(whole) + "\n");
}

// False: it is there already, with this text.
bool EnrolmentFolder::put(const fs::path& path, const std::string& text) const {
    try {
        std::error_code error;
        if (fs::exists(path, error) && crypto::read_text_file(path) == text) return false;
        crypto::replace_file(path, text, 0644);
        return true;
    } catch (const std::runtime_error& failed) {
        throw Failure(Exit::disk, failed.what(), "check the folder, or give another with --dir");
    }
}

std::shared_ptr<crypto::Signer> EnrolmentFolder::open_device(Passphrases& passphrases) const {
    return with_key_failures([&] {
        const auto key = crypto::load_private_key(device_key(), [&] {
            return passphrases.get("cifra-device", "Passphrase of the device key " + device_key().string());
        });
        return std::shared_ptr<crypto::Signer>(crypto::make_signer(key));
    });
}

std::shared_ptr<crypto::Signer> EnrolmentFolder::make_request(EnrolmentRecord& record, bool user,
                                                              Passphrases& passphrases) const {
    Botan::AutoSeeded_RNG rng;
    crypto::Secret words;
    const auto key_at = [&](const fs::path& path, const char* credential, const char* whose) {
        std::error_code error;
        if (fs::exists(path, error))
            return crypto::load_private_key(path, [&] {
                return passphrases.get(credential, "Passphrase of the " + std::string(whose) + " key " + path.string());
            });
        if (words.empty())
            words = passphrases.get_new("cifra-device", user ? "Passphrase for your new keys, of device and person"
                                                             : "Passphrase for the new key of this device");
        const auto key = std::make_shared<const Botan::ECDSA_PrivateKey>(rng, Botan::EC_Group("secp256r1"));
        crypto::save_private_key(path, *key, words, rng);
        return std::shared_ptr<const Botan::Private_Key>(key);
    };
    return with_key_failures([&] {
        fs::create_directories(folder_.parent_path());
        if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST)
            throw std::system_error(errno, std::generic_category(), folder_.string());
        const auto device = key_at(device_key(), "cifra-device", "device");
        record.request.device_request = make_pkcs10(*device, record.request.name, rng);
        if (user) {
            record.request.kind = proto::EnrolmentUser::request;
            record.request.user = make_pkcs10(*key_at(user_key(), "cifra-user", "personal"), record.request.name, rng);
        }
        record.id = Botan::hex_encode(crypto::key_hash_of(*device), false).substr(0, id_digits);
        return std::shared_ptr<crypto::Signer>(crypto::make_signer(device));
    });
}

std::string EnrolmentFolder::try_roots(const std::vector<Bytes>& roots, const std::vector<Bytes>& chain,
                                       const std::string& host) const {
    const auto trial = file(".server-roots.new");
    put(trial, pem_of(roots));
    std::string why;
    try {
        const auto peer =
            crypto::TrustStore::load(crypto::Party::server, trial).validate(chain, std::time(nullptr), host);
        if (!peer) why = crypto::describe(peer.error());
    } catch (const std::runtime_error& error) {
        why = error.what();
    }
    std::error_code ignored;
    fs::remove(trial, ignored);
    return why;
}

bool EnrolmentFolder::accept(const EnrolmentRecord& record, const proto::EnrolmentStatus& answer) const {
    const bool user = record.request.kind == proto::EnrolmentUser::request;
    demand_chain(answer.device_chain, record.request.device_request, crypto::Party::device);
    if (user) demand_chain(answer.user_chain, record.request.user, crypto::Party::user);
    bool news = put(roots(), pem_of(answer.roots));
    news = put(file("device-chain.pem"), pem_of(answer.device_chain)) || news;
    if (user) news = put(file("user-chain.pem"), pem_of(answer.user_chain)) || news;
    std::error_code error;
    // What is in it besides may have been changed by its owner.
    if (!fs::exists(config(), error)) news = put(config(), config_text(record, user)) || news;
    return news;
}

} // namespace cifra::client
