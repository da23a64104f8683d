// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/token/choice.hpp"

#include "client/token/uri.hpp"
#include "crypto/certificate_form.hpp"

#include <botan/ber_dec.h>
#include <botan/x509_dn.h>

#include <algorithm>
#include <array>

namespace cifra::token {

namespace {

constexpr std::size_t max_chain = 4;

std::optional<Botan::X509_DN> parse_name(const Bytes& der) {
    try {
        Botan::X509_DN name;
        Botan::BER_Decoder(der).decode(name);
        return name;
    } catch (const Botan::Exception&) {
        return std::nullopt;
    }
}

bool same_name(const Bytes& a, const Bytes& b) {
    if (a == b) return true;
    const auto left = parse_name(a);
    const auto right = parse_name(b);
    return left && right && *left == *right;
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), crypto::ascii_lower);
    return text;
}

class Selector {
  public:
    explicit Selector(const std::string& text) : text_(text) {
        if (is_uri(text)) uri_.emplace(text);
    }
    bool matches(const Certificate& certificate) const {
        if (uri_) return uri_->matches(certificate);
        return text_.empty() || certificate.label == text_ || certificate.token.label == text_;
    }

  private:
    std::string text_;
    std::optional<Uri> uri_;
};

bool common_scheme(const std::vector<Scheme>& mine, const std::vector<Scheme>& theirs) {
    if (theirs.empty()) return !mine.empty();
    return std::any_of(mine.begin(), mine.end(),
                       [&](Scheme scheme) { return std::find(theirs.begin(), theirs.end(), scheme) != theirs.end(); });
}

Verdict fitness(const Certificate& certificate, const Wish& wish, std::int64_t now) {
    if (!certificate.readable) return Verdict::malformed;
    if (certificate.authority) return Verdict::authority;
    if (!certificate.signs) return Verdict::key_usage;
    if (certificate.key == KeyState::absent) return Verdict::no_key;
    if (!common_scheme(certificate.schemes, wish.schemes)) return Verdict::unsupported_key;
    if (now < certificate.not_before) return Verdict::not_yet_valid;
    if (now > certificate.not_after) return Verdict::expired;
    return Verdict::possible;
}

// Is one of these names the issuer's, or that of a CA above it which is on the token?
bool accepted(const Certificate& leaf, const Listing& listing, const std::vector<Bytes>& issuers) {
    const auto* at = &leaf;
    for (std::size_t depth = 0; depth < max_chain && at != nullptr; ++depth) {
        if (std::any_of(issuers.begin(), issuers.end(),
                        [&](const Bytes& name) { return same_name(name, at->issuer_der); }))
            return true;
        const auto above =
            std::find_if(listing.certificates.begin(), listing.certificates.end(), [&](const auto& other) {
                return &other != at && other.readable && other.authority && other.subject_der == at->issuer_der;
            });
        at = above == listing.certificates.end() ? nullptr : &*above;
    }
    return false;
}

// PIV's 9E is called "Certificate for Card Authentication": it is the card's own, used without a PIN.
bool for_authentication(const Certificate& certificate) {
    const auto label = lower(certificate.label);
    return label.find("auth") != std::string::npos && label.find("card auth") == std::string::npos;
}

// The same card through two modules of p11-kit's list.
bool twins(const Certificate& a, const Certificate& b) {
    return a.der == b.der && (a.token.module != b.token.module) && a.token.serial == b.token.serial;
}

using Indices = std::vector<std::size_t>;

// Keeps those of which `better` is true, if it is of any.
template <class Test>
void prefer(Indices& indices, const Test& better) {
    Indices kept;
    std::copy_if(indices.begin(), indices.end(), std::back_inserter(kept), better);
    if (!kept.empty()) indices = std::move(kept);
}

} // namespace

std::vector<Verdict> judge(const Listing& listing, const Wish& wish, std::int64_t now) {
    const Selector selector(wish.selector);
    const auto& all = listing.certificates;
    std::vector<Verdict> verdicts(all.size(), Verdict::not_selected);
    Indices possible;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!selector.matches(all[i])) continue;
        verdicts[i] = fitness(all[i], wish, now);
        if (verdicts[i] == Verdict::possible) possible.push_back(i);
    }
    if (!wish.issuers.empty()) {
        const auto before = possible;
        prefer(possible, [&](std::size_t i) { return accepted(all[i], listing, wish.issuers); });
        for (const auto i : before)
            if (std::find(possible.begin(), possible.end(), i) == possible.end()) verdicts[i] = Verdict::other_issuer;
    }
    prefer(possible, [&](std::size_t i) { return for_authentication(all[i]); });
    if (!possible.empty() && std::all_of(possible.begin(), possible.end(), [&](std::size_t i) {
            return i == possible.front() || twins(all[i], all[possible.front()]);
        }))
        verdicts[possible.front()] = Verdict::chosen;
    return verdicts;
}

namespace {

std::string line_of(const Certificate& certificate) {
    return "\n  " + (certificate.holder.empty() ? "(no name)" : certificate.holder) + ", " + certificate.label + ": ";
}

CardFault fault_of(Verdict verdict) {
    if (verdict == Verdict::no_key) return CardFault::no_key;
    if (verdict == Verdict::unsupported_key) return CardFault::unsupported_key;
    return CardFault::no_certificate;
}

[[noreturn]] void refuse(const Listing& listing, const std::vector<Verdict>& verdicts) {
    std::string candidates;
    std::string reasons;
    std::vector<Verdict> unfit;
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
        const auto& certificate = listing.certificates[i];
        if (verdicts[i] == Verdict::possible) candidates += line_of(certificate) + certificate.uri;
        if (verdicts[i] == Verdict::possible || verdicts[i] == Verdict::not_selected) continue;
        reasons += line_of(certificate) + std::string(describe(verdicts[i]));
        unfit.push_back(verdicts[i]);
    }
    if (!candidates.empty()) throw CardError(CardFault::ambiguous, "several certificates could be meant:" + candidates);
    if (unfit.empty() && !listing.certificates.empty()) throw CardError(CardFault::no_match);
    if (unfit.empty()) throw CardError(CardFault::no_certificate, "there is no certificate on the card");
    const auto fault = unfit.size() == 1 ? fault_of(unfit.front()) : CardFault::no_certificate;
    throw CardError(fault, std::string(describe(fault)) + ":" + reasons);
}

} // namespace

const Certificate& choose(const Listing& listing, const Wish& wish, std::int64_t now) {
    const auto verdicts = judge(listing, wish, now);
    const auto found = std::find(verdicts.begin(), verdicts.end(), Verdict::chosen);
    if (found == verdicts.end()) refuse(listing, verdicts);
    return listing.certificates[static_cast<std::size_t>(found - verdicts.begin())];
}

namespace {

struct Row {
    Verdict verdict;
    std::string_view name, what;
};

constexpr std::array rows{
    Row{Verdict::chosen, "chosen", "chosen"},
    Row{Verdict::possible, "possible", "could be used"},
    Row{Verdict::other_issuer, "other_issuer", "of an issuer that the server did not name"},
    Row{Verdict::not_selected, "not_selected", "not the one selected"},
    Row{Verdict::malformed, "malformed", "malformed certificate"},
    Row{Verdict::authority, "authority", "of an authority, not of a person"},
    Row{Verdict::key_usage, "key_usage", "not for signing in (keyUsage without digitalSignature)"},
    Row{Verdict::no_key, "no_key", "its private key is not on the card"},
    Row{Verdict::unsupported_key, "unsupported_key", "the card cannot sign with this key for this server"},
    Row{Verdict::not_yet_valid, "not_yet_valid", "not yet valid (look at the date of this machine too)"},
    Row{Verdict::expired, "expired", "expired"},
};

const Row& row_of(Verdict verdict) noexcept {
    return *std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.verdict == verdict; });
}

} // namespace

std::string_view name_of(Verdict verdict) noexcept { return row_of(verdict).name; }
std::string_view describe(Verdict verdict) noexcept { return row_of(verdict).what; }

} // namespace cifra::token
