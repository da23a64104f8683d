// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "soft_token.hpp"

#include <botan/auto_rng.h>
#include <botan/der_enc.h>
#include <botan/ec_group.h>
#include <botan/ecdsa.h>
#include <botan/pk_algs.h>
#include <botan/pubkey.h>
#include <botan/rsa.h>
#include <botan/x509_ca.h>
#include <botan/x509_ext.h>
#include <dlfcn.h>

#include <cstdlib>
#include <fstream>

namespace cifra::test {

namespace {

Botan::RandomNumberGenerator& rng() {
    static Botan::AutoSeeded_RNG generator;
    return generator;
}

void demand(CK_RV result, const char* what) {
    if (result != CKR_OK) throw std::runtime_error(std::string(what) + ": PKCS#11 error " + std::to_string(result));
}

std::shared_ptr<Botan::Private_Key> make_key(const std::string& kind) {
    if (kind.starts_with("rsa")) return Botan::create_private_key("RSA", rng(), kind.substr(3));
    return Botan::create_private_key("ECDSA", rng(), kind);
}

Botan::X509_DN subject(const std::string& name) {
    Botan::X509_DN dn;
    dn.add_attribute("X520.CommonName", name);
    return dn;
}

unsigned char* bytes_of(std::string_view text) {
    return const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(text.data()));
}

// A session for writing, of the user or of the security officer.
class Writer {
  public:
    Writer(CK_FUNCTION_LIST* functions, CK_SLOT_ID slot, CK_USER_TYPE user, std::string_view pin)
        : functions_(functions) {
        demand(functions->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &handle_), "open");
        demand(functions->C_Login(handle_, user, bytes_of(pin), pin.size()), "login");
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer() {
        functions_->C_Logout(handle_);
        functions_->C_CloseSession(handle_);
    }
    CK_SESSION_HANDLE handle() const { return handle_; }

  private:
    CK_FUNCTION_LIST* functions_;
    CK_SESSION_HANDLE handle_ = 0;
};

class Object {
  public:
    void add(CK_ATTRIBUTE_TYPE type, Bytes value) { values_.emplace_back(type, std::move(value)); }
    void add(CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
        const auto* at = reinterpret_cast<const std::uint8_t*>(&value);
        add(type, Bytes(at, at + sizeof value));
    }
    void flag(CK_ATTRIBUTE_TYPE type, bool value) { add(type, Bytes{static_cast<std::uint8_t>(value ? 1 : 0)}); }
    void number(CK_ATTRIBUTE_TYPE type, const Botan::BigInt& value) {
        const auto bytes = Botan::BigInt::encode_locked(value);
        add(type, Bytes(bytes.begin(), bytes.end()));
    }
    void write(CK_FUNCTION_LIST* functions, CK_SESSION_HANDLE session) {
        std::vector<CK_ATTRIBUTE> attributes;
        for (auto& [type, value] : values_) attributes.push_back({type, value.data(), value.size()});
        CK_OBJECT_HANDLE handle = 0;
        demand(functions->C_CreateObject(session, attributes.data(), attributes.size(), &handle), "C_CreateObject");
    }

  private:
    std::vector<std::pair<CK_ATTRIBUTE_TYPE, Bytes>> values_;
};

void add_key_material(Object& object, const Botan::Private_Key& key) {
    if (const auto* rsa = dynamic_cast<const Botan::RSA_PrivateKey*>(&key)) {
        object.add(CKA_KEY_TYPE, CK_ULONG{CKK_RSA});
        object.number(CKA_MODULUS, rsa->get_n());
        object.number(CKA_PUBLIC_EXPONENT, rsa->get_e());
        object.number(CKA_PRIVATE_EXPONENT, rsa->get_d());
        object.number(CKA_PRIME_1, rsa->get_p());
        object.number(CKA_PRIME_2, rsa->get_q());
        object.number(CKA_EXPONENT_1, rsa->get_d1());
        object.number(CKA_EXPONENT_2, rsa->get_d2());
        object.number(CKA_COEFFICIENT, rsa->get_c());
        return;
    }
    const auto& ec = dynamic_cast<const Botan::ECDSA_PrivateKey&>(key);
    object.add(CKA_KEY_TYPE, CK_ULONG{CKK_EC});
    object.add(CKA_EC_PARAMS, ec.domain().DER_encode(Botan::EC_DOMPAR_ENC_OID));
    object.number(CKA_VALUE, ec.private_value());
}

Bytes as_vector(const std::string& text) { return {text.begin(), text.end()}; }

} // namespace

SoftToken::SoftToken()
    : now_(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())),
      root_key_(make_key("secp256r1")),
      issuer_key_(make_key("secp256r1")) {
    auto name = (std::filesystem::temp_directory_path() / "cifra-token-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
    folder_ = name;
    std::filesystem::create_directory(folder_ / "tokens");
    std::ofstream(folder_ / "softhsm2.conf") << "directories.tokendir = " << (folder_ / "tokens").string()
                                             << "\nobjectstore.backend = file\nlog.level = ERROR\n";
    ::setenv("SOFTHSM2_CONF", (folder_ / "softhsm2.conf").c_str(), 1);
    shim() = {};
    modules_ = token::Modules::load(module());
    const Leaf ca{.name = "test root", .authority = true};
    root_ = make(*root_key_, ca, "test root", *root_key_);
    const Leaf middle{.name = "test issuer", .authority = true};
    issuer_ = make(*issuer_key_, middle, "test root", *root_key_);
}

SoftToken::~SoftToken() {
    modules_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

const std::string& SoftToken::module() {
    static const std::string path = TOKEN_SHIM;
    return path;
}

Shim& SoftToken::shim() {
    static auto* const shim = [] {
        void* const library = ::dlopen(TOKEN_SHIM, RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr) throw std::runtime_error(::dlerror());
        return reinterpret_cast<Shim* (*)()>(::dlsym(library, "cifra_shim"))();
    }();
    return *shim;
}

CK_SLOT_ID SoftToken::add_token(const std::string& label) {
    auto* const functions = modules_->all().front().functions;
    CK_ULONG count = 32;
    std::array<CK_SLOT_ID, 32> slots{};
    CK_ULONG now = 0;
    demand(functions->C_GetSlotList(CK_TRUE, nullptr, &now), "C_GetSlotList"); // SoftHSM looks again at this one
    demand(functions->C_GetSlotList(CK_TRUE, slots.data(), &count), "C_GetSlotList");
    const auto slot = slots.at(count - 1); // SoftHSM keeps a free one, the last
    std::string padded = label;
    padded.resize(32, ' ');
    demand(functions->C_InitToken(slot, bytes_of("officer"), 7, bytes_of(padded)), "C_InitToken");
    const Writer officer(functions, slot, CKU_SO, "officer");
    demand(functions->C_InitPIN(officer.handle(), bytes_of(right_pin), right_pin.size()), "C_InitPIN");
    return slot;
}

Botan::X509_Certificate SoftToken::make(const Botan::Public_Key& key, const Leaf& leaf, const std::string& issuer_name,
                                        const Botan::Private_Key& issuer_key) const {
    Botan::Extensions extensions;
    if (leaf.authority) extensions.add(new Botan::Cert_Extension::Basic_Constraints(true, 2), true);
    const auto usage = leaf.authority           ? Botan::KEY_CERT_SIGN
                       : leaf.digital_signature ? Botan::DIGITAL_SIGNATURE
                                                : Botan::NON_REPUDIATION;
    extensions.add(new Botan::Cert_Extension::Key_Usage(usage), true);
    Botan::AlgorithmIdentifier algorithm;
    const auto signer = Botan::X509_Object::choose_sig_format(algorithm, issuer_key, rng(), "SHA-256", "");
    const auto at = [&](std::int64_t seconds) {
        return Botan::X509_Time(std::chrono::system_clock::from_time_t(static_cast<std::time_t>(now_ + seconds)));
    };
    return Botan::X509_CA::make_cert(signer.get(), rng(), algorithm, key.subject_public_key(), at(leaf.from),
                                     at(leaf.to), subject(issuer_name), subject(leaf.name), extensions);
}

Bytes SoftToken::add(CK_SLOT_ID slot, const Leaf& leaf) {
    const auto key = make_key(leaf.key);
    const auto der = make(*key, leaf, "test issuer", *issuer_key_).BER_encode();
    auto* const functions = modules_->all().front().functions;
    if (leaf.with_key) {
        const Writer user(functions, slot, CKU_USER, right_pin);
        Object object;
        object.add(CKA_CLASS, CK_ULONG{CKO_PRIVATE_KEY});
        object.flag(CKA_TOKEN, true);
        object.flag(CKA_PRIVATE, !leaf.private_key_seen);
        object.flag(CKA_SIGN, true);
        object.flag(CKA_ALWAYS_AUTHENTICATE, leaf.always_authenticate);
        object.add(CKA_ID, leaf.id);
        add_key_material(object, leaf.other_key ? *make_key(leaf.key) : *key);
        object.write(functions, user.handle());
    }
    add_certificate(slot, der, leaf.id, leaf.label);
    return der;
}

void SoftToken::add_certificate(CK_SLOT_ID slot, const Bytes& der, const Bytes& id, const std::string& label) {
    auto* const functions = modules_->all().front().functions;
    const Writer user(functions, slot, CKU_USER, right_pin);
    Object object;
    object.add(CKA_CLASS, CK_ULONG{CKO_CERTIFICATE});
    object.add(CKA_CERTIFICATE_TYPE, CK_ULONG{CKC_X_509});
    object.flag(CKA_TOKEN, true);
    object.flag(CKA_PRIVATE, false);
    object.add(CKA_ID, id);
    object.add(CKA_LABEL, as_vector(label));
    object.add(CKA_SUBJECT, Bytes{0x30, 0x00}); // demanded by SoftHSM; nobody reads it here
    object.add(CKA_VALUE, der);
    object.write(functions, user.handle());
}

} // namespace cifra::test
