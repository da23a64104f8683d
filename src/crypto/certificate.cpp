// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate.hpp"

#include "crypto/certificate_file.hpp"
#include "crypto/certificate_memory.hpp"

#include <botan/hash.h>
#include <botan/pkix_types.h>

#include <mutex>

namespace cifra::crypto {

namespace {

PathMemory::Key key_of(const std::vector<Bytes>& chain) {
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    for (const auto& certificate : chain) {
        hash->update_be(static_cast<std::uint64_t>(certificate.size()));
        hash->update(certificate);
    }
    PathMemory::Key key;
    hash->final(key.data());
    return key;
}

using Roots = Botan::Certificate_Store_In_Memory;

std::shared_ptr<const Roots> load_roots(Party party, const std::filesystem::path& file) {
    auto roots = std::make_shared<Roots>();
    std::size_t number = 0;
    for (const auto& der : read_certificates(file)) {
        ++number;
        const auto where = file.string() + ": certificate " + std::to_string(number) + ": ";
        const auto root = parse_certificate(der);
        if (!root) throw std::runtime_error(where + std::string(describe(root.error())));
        const auto fault = check_ca(*root, party);
        if (fault == ChainFault::wrong_role) {
            throw std::runtime_error(where + "a CA for another role than " + std::string(name_of(party)));
        }
        if (fault) throw std::runtime_error(where + "not a CA: it needs basicConstraints CA and keyUsage keyCertSign");
        if (!root->is_self_signed()) {
            throw std::runtime_error(
                where + "not a root, but issued by another CA: name the root here, and send this one in the chain");
        }
        roots->add_certificate(*root);
    }
    return roots;
}

} // namespace

struct TrustStore::Impl {
    Party party;
    std::filesystem::path file;
    std::mutex mutex; // for what follows
    std::shared_ptr<const Roots> roots;
    PathMemory memory{4096};

    std::shared_ptr<const Roots> current() {
        const std::lock_guard lock(mutex);
        return roots;
    }

    // Nothing when it is unknown or out of its dates: the full validation then says which of its certificates is.
    std::optional<ValidPath> recall(const PathMemory::Key& key, std::int64_t now) {
        const std::lock_guard lock(mutex);
        const auto* path = memory.find(key);
        if (path == nullptr || now < path->not_before || now > path->not_after) return std::nullopt;
        return *path;
    }

    ChainResult<ValidPath> find(const std::vector<Bytes>& chain, std::int64_t now) {
        const auto key = key_of(chain);
        if (auto known = recall(key, now)) return std::move(*known);
        const auto used = current();
        auto path = validate_path(party, *used, chain, now);
        if (!path) return path;
        const std::lock_guard lock(mutex);
        if (used == roots) memory.remember(key, *path); // not when the roots were replaced meanwhile
        return path;
    }
};

TrustStore TrustStore::load(Party party, const std::filesystem::path& roots_pem) {
    auto impl = std::make_shared<Impl>();
    impl->party = party;
    impl->file = roots_pem;
    impl->roots = load_roots(party, roots_pem);
    return TrustStore(std::move(impl));
}

void TrustStore::reload() {
    auto roots = load_roots(impl_->party, impl_->file);
    const std::lock_guard lock(impl_->mutex);
    impl_->roots = std::move(roots);
    impl_->memory.clear();
}

ChainResult<PeerVerified> TrustStore::validate(const std::vector<Bytes>& chain, std::int64_t now,
                                               std::optional<std::string_view> host) {
    auto path = impl_->find(chain, now);
    if (!path) return path.error();
    const bool server = impl_->party == Party::server;
    if (server && (!host || !path->names.contain(*host))) return ChainFault::wrong_name;
    PeerVerified peer;
    peer.party_ = impl_->party;
    peer.name_ = server ? std::string(*host) : std::move(path->name);
    peer.fingerprint_ = std::move(path->fingerprint);
    peer.key_ = std::move(path->key);
    peer.not_after_ = path->not_after;
    return peer;
}

std::vector<Bytes> TrustStore::issuer_names() const {
    std::vector<Bytes> names;
    for (const auto& dn : impl_->current()->all_subjects()) names.push_back(dn.BER_encode());
    return names;
}

std::string_view describe(ChainFault fault) noexcept {
    switch (fault) {
        case ChainFault::malformed:
            return "malformed";
        case ChainFault::untrusted:
            return "not issued by a CA that is trusted for this role";
        case ChainFault::not_yet_valid:
            return "not yet valid";
        case ChainFault::expired:
            return "expired";
        case ChainFault::wrong_role:
            return "made for another role";
        case ChainFault::wrong_name:
            return "in another name";
        case ChainFault::bad_signature:
            return "a signature on it does not verify";
        case ChainFault::weak:
            return "its key or signature algorithm is not accepted";
        case ChainFault::not_allowed:
            return "CA flag, key usage, path length or a critical extension is not allowed";
    }
    return "refused";
}

std::string_view remedy(ChainFault fault) noexcept {
    switch (fault) {
        case ChainFault::malformed:
            return "have it issued again; it must be X.509 v3 in DER, at most 8192 bytes, at most 4 in a chain";
        case ChainFault::untrusted:
            return "check the file of trusted roots, and that the chain holds every CA below the root";
        case ChainFault::not_yet_valid:
            return "check the clock of this machine";
        case ChainFault::expired:
            return "have a new one issued, or check the clock of this machine";
        case ChainFault::wrong_role:
            return "use the certificate that was issued for this role";
        case ChainFault::wrong_name:
            return "dial a name or address that stands in its subjectAltName, or have it issued with this one";
        case ChainFault::bad_signature:
            return "it was altered or its CA's key replaced: have it issued again";
        case ChainFault::weak:
            return "use EC P-256 or P-384, Ed25519 or RSA 2048 to 4096, signed with SHA-256 or better";
        case ChainFault::not_allowed:
            return "have it issued by the profile in certs/README.md";
    }
    return "";
}

void throw_exception_from_error(ChainFault fault, const boost::source_location&) {
    throw std::logic_error("the value of a refused certificate path was taken: " + std::string(describe(fault)));
}

} // namespace cifra::crypto
