// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// From the leaf to a root, and what the profile asks of the whole.
#include "crypto/certificate_path.hpp"
#include "crypto/certificate_subject.hpp"

#include <botan/x509path.h>

#include <algorithm>

namespace cifra::crypto {

namespace {

constexpr std::size_t max_chain = 4;
// A chain and a root need four; some more where roots were replaced by others of the same name.
constexpr std::size_t max_verifications = 16;
// Botan verifies the signature of a certificate in whose issuer it finds the subject while it parses, with whatever key
// a stranger put there. One may come: a leaf signed by itself, a root that is not known here, a CA's old key for its
// new.
constexpr std::size_t max_self_issued = 1;

using Certificate = std::shared_ptr<const Botan::X509_Certificate>;
using Path = std::vector<Certificate>;

Certificate find_root(const Roots& roots, const Bytes& der) {
    const auto found = std::ranges::find_if(roots, [&](const auto& root) { return root->BER_encode() == der; });
    return found == roots.end() ? nullptr : *found;
}

ChainResult<Path> parse_chain(const std::vector<Bytes>& chain, const Roots& roots, Profile profile) {
    if (chain.empty()) return ChainFault::malformed;
    if (chain.size() > max_chain) return ChainFault::chain_too_long;
    for (const auto& der : chain) { // all of them before the first signature
        if (const auto fault = check_form(der, profile)) return *fault;
    }
    Path certificates;
    std::size_t self_issued = 0;
    for (const auto& der : chain) {
        if (auto root = find_root(roots, der)) {
            certificates.push_back(std::move(root));
            continue;
        }
        const auto own = is_self_issued(der);
        if (!own) return own.error();
        if (*own && ++self_issued > max_self_issued) return ChainFault::untrusted;
        auto certificate = parse_certificate(der, profile);
        if (!certificate) return certificate.error();
        certificates.push_back(std::make_shared<const Botan::X509_Certificate>(std::move(*certificate)));
    }
    return certificates;
}

std::optional<ChainFault> check_names(const Botan::X509_Certificate& leaf, Party party) {
    if (party != Party::server) return common_name(leaf).empty() ? std::optional(ChainFault::no_name) : std::nullopt;
    const auto names = subject_names(leaf);
    if (!names) return names.error();
    return names->empty() ? std::optional(ChainFault::no_name) : std::nullopt;
}

std::optional<ChainFault> check_dates(const Path& path, std::int64_t now) {
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (now > seconds_of(path[i]->not_after())) return i == 0 ? ChainFault::expired : ChainFault::ca_expired;
        if (now < seconds_of(path[i]->not_before())) return ChainFault::not_yet_valid;
    }
    return std::nullopt;
}

// Botan's own opinion of what has passed here: the stricter of the two counts. Extensions that are critical and unknown
// to it were looked at by check_form().
std::optional<ChainFault> second_opinion(const Path& path, std::int64_t now) {
    using Code = Botan::Certificate_Status_Code;
    static const std::set<std::string> hashes{"SHA-256", "SHA-384", "SHA-512"};
    const auto all = Botan::PKIX::check_chain(path, time_point(now), "", Botan::Usage_Type::UNSPECIFIED, 110, hashes);
    for (const auto& codes : all) {
        for (const auto code : codes) {
            if (code < Code::FIRST_ERROR_STATUS || code == Code::UNKNOWN_CRITICAL_EXTENSION) continue;
            return code == Code::UNTRUSTED_HASH ? ChainFault::weak_signature : ChainFault::malformed;
        }
    }
    return std::nullopt;
}

std::optional<ChainFault> check_authority(const Path& path, std::size_t place, const PathRules& rules) {
    if (const auto fault = check_ca(*path[place], rules.party, rules.profile)) return fault;
    return path[place]->path_limit() < place - 1 ? std::optional(ChainFault::path_length) : std::nullopt;
}

// Who somebody is comes first; a date is the last to be told, as it says least about that.
std::optional<ChainFault> check_path(const Path& path, const PathRules& rules, std::int64_t now) {
    if (const auto fault = check_leaf(*path.front(), rules.party, rules.profile)) return fault;
    if (const auto fault = check_names(*path.front(), rules.party)) return fault;
    if (const auto fault = check_dates(path, now)) return fault;
    return second_opinion(path, now);
}

// Looks depth first for a path whose names lead to a root; then verifies its signatures from the root down, so that no
// key is computed with for which no root answers. Keeps the fault of what came nearest to a path.
class Search {
  public:
    Search(const PathRules& rules, const Roots& roots, const Path& sent, std::int64_t now)
        : rules_(rules), roots_(roots), sent_(sent), now_(now) {}

    // Empty if there is none: then fault() says why.
    Path run() {
        path_ = {sent_.front()};
        return extend() ? path_ : Path();
    }

    ChainFault fault() const {
        const auto& leaf = *sent_.front();
        if (whole_ || !leaf.is_self_signed()) return fault_;
        return check_leaf(leaf, rules_.party, rules_.profile) == ChainFault::is_ca ? ChainFault::is_ca
                                                                                   : ChainFault::self_signed;
    }

  private:
    bool extend() {
        const Certificate last = path_.back();
        for (const auto& root : roots_) {
            if (!may_issue(root, last)) continue;
            path_.push_back(root);
            if (holds()) return true;
            path_.pop_back();
        }
        for (const auto& candidate : sent_) {
            const bool used = std::ranges::find(path_, candidate) != path_.end();
            if (used || is_root(candidate) || !may_issue(candidate, last)) continue;
            path_.push_back(candidate);
            if (extend()) return true;
            path_.pop_back();
        }
        return false;
    }

    static bool may_issue(const Certificate& issuer, const Certificate& subject) {
        return issuer != subject && issuer->subject_dn() == subject->issuer_dn();
    }

    bool is_root(const Certificate& certificate) const {
        return std::ranges::find(roots_, certificate) != roots_.end();
    }

    bool holds() {
        for (std::size_t i = path_.size() - 1; i > 0; --i) {
            if (const auto fault = check_authority(path_, i, rules_)) return note(*fault, true);
            if (const auto fault = verify(path_[i], path_[i - 1])) return note(*fault, false);
        }
        const auto fault = check_path(path_, rules_, now_);
        return fault ? note(*fault, true) : true;
    }

    std::optional<ChainFault> verify(const Certificate& issuer, const Certificate& subject) {
        const auto known = verified_.find({issuer.get(), subject.get()});
        if (known != verified_.end()) return known->second;
        if (verified_.size() == max_verifications) return ChainFault::untrusted;
        return verified_[{issuer.get(), subject.get()}] = check_issued(*subject, *issuer->load_subject_public_key());
    }

    // False, for its callers' sake.
    bool note(ChainFault fault, bool signed_so_far) {
        if (!whole_ && (signed_so_far || fault_ == ChainFault::untrusted)) fault_ = fault;
        whole_ = whole_ || signed_so_far;
        return false;
    }

    using Edge = std::pair<const Botan::X509_Certificate*, const Botan::X509_Certificate*>;

    const PathRules& rules_;
    const Roots& roots_;
    const Path& sent_;
    std::int64_t now_;
    Path path_;
    std::map<Edge, std::optional<ChainFault>> verified_;
    ChainFault fault_ = ChainFault::untrusted;
    bool whole_ = false; // fault_ is that of somebody for whom a root answers
};

PathLink describe_link(const Botan::X509_Certificate& subject, const Botan::X509_Certificate& issuer, bool ca) {
    static const Botan::OID crl_distribution_points("2.5.29.31");
    PathLink link;
    const auto serial = serial_key(subject.serial_number());
    link.serial.assign(serial.begin(), serial.end());
    link.ca = ca;
    if (subject.v3_extensions().extension_set(crl_distribution_points))
        link.points = distribution_points(subject.v3_extensions().get_extension_bits(crl_distribution_points));
    link.issuer = comparable_name(issuer.subject_dn());
    link.issuer_text = distinguished_name_text(issuer.subject_dn());
    link.issuer_key = issuer.load_subject_public_key();
    link.issuer_key_hash = key_hash_of(*link.issuer_key);
    link.issuer_signs_lists = issuer.has_constraints(Botan::CRL_SIGN);
    return link;
}

ChainResult<ValidPath> describe_path(const Path& path, const PathRules& rules, ByteView leaf) {
    ValidPath valid;
    valid.facts = facts_of(*path.front(), leaf);
    valid.name = common_name(*path.front());
    if (rules.party == Party::server) {
        auto names = subject_names(*path.front());
        if (!names) return names.error();
        valid.names = std::move(*names);
    }
    valid.not_before = seconds_of(path.front()->not_before());
    for (std::size_t i = 1; i < path.size(); ++i) {
        const auto& ca = *path[i];
        valid.not_before = std::max(valid.not_before, seconds_of(ca.not_before()));
        valid.facts.not_after = std::min(valid.facts.not_after, seconds_of(ca.not_after()));
        valid.links.push_back(describe_link(*path[i - 1], ca, i > 1));
        valid.facts.authorities.push_back({common_name(ca), valid.links.back().issuer_key_hash});
    }
    return valid;
}

} // namespace

ChainResult<ValidPath> validate_path(const PathRules& rules, const Roots& roots, const std::vector<Bytes>& chain,
                                     std::int64_t now) {
    try {
        const auto certificates = parse_chain(chain, roots, rules.profile);
        if (!certificates) return certificates.error();
        Search search(rules, roots, *certificates, now);
        const auto path = search.run();
        if (path.empty()) return search.fault();
        return describe_path(path, rules, chain.front());
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception&) {
        return ChainFault::malformed; // what Botan meets only while it validates: a point that is not on its curve
    }
}

} // namespace cifra::crypto
