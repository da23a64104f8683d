// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate_path.hpp"

#include <botan/hash.h>
#include <botan/x509_ext.h>
#include <botan/x509path.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace cifra::crypto {

namespace {

constexpr std::size_t max_chain = 4;

struct RoleUsages {
    Botan::OID general;
    Botan::OID role;
};

// The table of PROTOCOL.md section 4.5.
const RoleUsages& usages_of(Party party) {
    static const Botan::OID server_auth("1.3.6.1.5.5.7.3.1");
    static const Botan::OID client_auth("1.3.6.1.5.5.7.3.2");
    static const std::array<RoleUsages, 3> table{{{server_auth, Botan::OID("1.3.6.1.4.1.32473.1.1")},
                                                  {client_auth, Botan::OID("1.3.6.1.4.1.32473.1.2")},
                                                  {client_auth, Botan::OID("1.3.6.1.4.1.32473.1.3")}}};
    return table.at(static_cast<std::size_t>(party));
}

bool has_role(const Botan::X509_Certificate& certificate, Party party) {
    const auto& usages = usages_of(party);
    return certificate.has_ex_constraint(usages.general) && certificate.has_ex_constraint(usages.role);
}

bool says_ca(const Botan::X509_Certificate& certificate) {
    const auto* basic = certificate.v3_extensions().get_extension_object_as<Botan::Cert_Extension::Basic_Constraints>();
    return basic != nullptr && basic->get_is_ca();
}

ChainFault fault_of(Botan::Certificate_Status_Code code) {
    using Code = Botan::Certificate_Status_Code;
    switch (code) {
        case Code::SIGNATURE_METHOD_TOO_WEAK:
        case Code::UNTRUSTED_HASH:
        case Code::SIGNATURE_ALGO_UNKNOWN:
        case Code::SIGNATURE_ALGO_BAD_PARAMS:
        case Code::CERT_PUBKEY_INVALID:
            return ChainFault::weak;
        case Code::CERT_NOT_YET_VALID:
            return ChainFault::not_yet_valid;
        case Code::CERT_HAS_EXPIRED:
            return ChainFault::expired;
        case Code::SIGNATURE_ERROR:
            return ChainFault::bad_signature;
        case Code::CERT_ISSUER_NOT_FOUND:
        case Code::CANNOT_ESTABLISH_TRUST:
        case Code::CERT_CHAIN_LOOP:
        case Code::CHAIN_LACKS_TRUST_ROOT:
        case Code::CHAIN_NAME_MISMATCH:
            return ChainFault::untrusted;
        default:
            return ChainFault::not_allowed;
    }
}

// Botan tells several faults at once; a date is the last to be told, as it says least about who is there.
ChainFault worst(const Botan::Path_Validation_Result& result) {
    constexpr std::array order{ChainFault::untrusted,   ChainFault::bad_signature, ChainFault::weak,
                               ChainFault::not_allowed, ChainFault::expired,       ChainFault::not_yet_valid};
    auto found = order.end();
    const auto note = [&](Botan::Certificate_Status_Code code) {
        if (code < Botan::Certificate_Status_Code::FIRST_ERROR_STATUS) return;
        found = std::min(found, std::find(order.begin(), order.end(), fault_of(code)));
    };
    note(result.result());
    for (const auto& statuses : result.all_statuses()) std::for_each(statuses.begin(), statuses.end(), note);
    return found == order.end() ? ChainFault::not_allowed : *found;
}

std::chrono::system_clock::time_point time_point(std::int64_t seconds) {
    constexpr std::int64_t year_2255 = 9'000'000'000; // the clock's nanoseconds end in 2262
    return std::chrono::system_clock::time_point(std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, year_2255)));
}

ChainResult<std::vector<Botan::X509_Certificate>> parse_chain(const std::vector<Bytes>& chain) {
    if (chain.empty() || chain.size() > max_chain) return ChainFault::malformed;
    for (const auto& der : chain) { // all of them before the first signature
        if (const auto fault = check_form(der)) return *fault;
    }
    std::vector<Botan::X509_Certificate> certificates;
    for (const auto& der : chain) {
        auto certificate = parse_certificate(der);
        if (!certificate) return certificate.error();
        certificates.push_back(std::move(*certificate));
    }
    return certificates;
}

using Path = std::vector<std::shared_ptr<const Botan::X509_Certificate>>;

std::optional<ChainFault> check_profile(const Path& path, Party party) {
    if (path.size() < 2) return ChainFault::not_allowed; // a root that stands for itself
    if (const auto fault = check_leaf(*path.front(), party)) return fault;
    for (std::size_t i = 1; i < path.size(); ++i) {
        if (const auto fault = check_ca(*path[i], party)) return fault;
    }
    return std::nullopt;
}

ChainResult<ValidPath> describe_path(const Path& path, Party party, ByteView leaf) {
    ValidPath valid;
    valid.name = common_name(*path.front());
    if (party == Party::server) {
        auto names = subject_names(*path.front());
        if (!names) return names.error();
        valid.names = std::move(*names);
    }
    if (party == Party::server ? valid.names.empty() : valid.name.empty()) return ChainFault::wrong_name;
    valid.not_before = seconds_of(path.front()->not_before());
    valid.not_after = seconds_of(path.front()->not_after());
    for (const auto& certificate : path) {
        valid.not_before = std::max(valid.not_before, seconds_of(certificate->not_before()));
        valid.not_after = std::min(valid.not_after, seconds_of(certificate->not_after()));
    }
    valid.key = path.front()->load_subject_public_key();
    valid.fingerprint.resize(32);
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    hash->update(leaf.data(), leaf.size());
    hash->final(valid.fingerprint.data());
    return valid;
}

} // namespace

std::int64_t seconds_of(const Botan::X509_Time& time) {
    // Botan's own conversion throws for years before 1970 and after 2400, and 9999 is in use for "no end".
    const auto text = time.readable_string(); // 2017/12/31 23:59:59 UTC
    std::array<int, 6> field{};
    const char* at = text.data();
    for (auto& value : field) {
        const auto parsed = std::from_chars(at, text.data() + text.size(), value);
        at = std::min(parsed.ptr + 1, text.data() + text.size());
    }
    namespace c = std::chrono;
    const c::sys_days day = c::year(field[0]) / field[1] / field[2];
    const auto clock = c::hours(field[3]) + c::minutes(field[4]) + c::seconds(field[5]);
    return c::seconds(day.time_since_epoch()).count() + c::seconds(clock).count();
}

ChainResult<Botan::X509_Certificate> parse_certificate(ByteView der) {
    if (const auto fault = check_form(der)) return *fault;
    try {
        return Botan::X509_Certificate(Bytes(der.begin(), der.end()));
    } catch (const std::exception&) {
        return ChainFault::malformed;
    }
}

std::optional<ChainFault> check_leaf(const Botan::X509_Certificate& leaf, Party party) {
    if (says_ca(leaf) || !leaf.has_constraints(Botan::DIGITAL_SIGNATURE) ||
        leaf.has_constraints(Botan::KEY_CERT_SIGN)) {
        return ChainFault::not_allowed;
    }
    return has_role(leaf, party) ? std::nullopt : std::optional(ChainFault::wrong_role);
}

std::optional<ChainFault> check_ca(const Botan::X509_Certificate& ca, Party party) {
    if (!says_ca(ca) || !ca.has_constraints(Botan::KEY_CERT_SIGN)) return ChainFault::not_allowed;
    if (!ca.extended_key_usage().empty() && !has_role(ca, party)) return ChainFault::wrong_role;
    return std::nullopt;
}

ChainResult<SubjectNames> subject_names(const Botan::X509_Certificate& certificate) {
    static const Botan::OID subject_alt_name("2.5.29.17");
    if (!certificate.v3_extensions().extension_set(subject_alt_name)) return SubjectNames{};
    auto names = parse_subject_names(certificate.v3_extensions().get_extension_bits(subject_alt_name));
    if (!names) return ChainFault::malformed;
    return std::move(*names);
}

std::string common_name(const Botan::X509_Certificate& certificate) {
    const auto names = certificate.subject_info("X520.CommonName");
    return names.size() == 1 && is_plain_name(names.front()) ? names.front() : std::string();
}

ChainResult<ValidPath> validate_path(Party party, const Botan::Certificate_Store& roots,
                                     const std::vector<Bytes>& chain, std::int64_t now) {
    auto certificates = parse_chain(chain);
    if (!certificates) return certificates.error();
    static const Botan::Path_Validation_Restrictions restrictions(false, 110, false, {"SHA-256", "SHA-384", "SHA-512"});
    try {
        const auto result = Botan::x509_path_validate(*certificates, restrictions, roots, "",
                                                      Botan::Usage_Type::UNSPECIFIED, time_point(now));
        if (!result.successful_validation()) return worst(result);
        if (const auto fault = check_profile(result.cert_path(), party)) return *fault;
        auto path = describe_path(result.cert_path(), party, chain.front());
        if (!path) return path.error();
        if (now < path->not_before) return ChainFault::not_yet_valid;
        if (now > path->not_after) return ChainFault::expired;
        return std::move(*path);
    } catch (const std::exception&) {
        return ChainFault::malformed; // what Botan meets only while it validates: a point that is not on its curve
    }
}

} // namespace cifra::crypto
