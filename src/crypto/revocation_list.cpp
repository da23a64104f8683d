// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/revocation_list.hpp"

#include "crypto/certificate_key.hpp"
#include "crypto/certificate_subject.hpp"
#include "crypto/certificate_time.hpp"
#include "crypto/signed_object.hpp"

#include <botan/ber_dec.h>

#include <algorithm>
#include <stdexcept>

namespace cifra::crypto {

namespace {

using std::string_view_literals::operator""sv;

constexpr auto crl_number = "\x55\x1D\x14"sv;
constexpr auto reason_code = "\x55\x1D\x15"sv;
constexpr auto delta_indicator = "\x55\x1D\x1B"sv;
constexpr auto issuing_point = "\x55\x1D\x1C"sv;
constexpr auto authority_key_identifier = "\x55\x1D\x23"sv;
constexpr std::uint8_t extensions_tag = 0xA0;
constexpr std::uint8_t remove_from_crl = 8;

DerElement need(std::optional<DerElement> element, const char* what) {
    if (!element) throw std::runtime_error(std::string("not a revocation list: no ") + what);
    return *element;
}

std::int64_t need_time(DerReader& reader, const char* what) {
    const auto time = reader.at(der::utc_time) || reader.at(der::generalized_time) ? reader.next() : std::nullopt;
    const auto seconds = time ? seconds_of(*time) : std::nullopt;
    if (!seconds) throw std::runtime_error(std::string("not a revocation list: no ") + what);
    return *seconds;
}

struct Extension {
    std::string_view oid;
    bool critical;
    ByteView value;
};

Extension read_one(DerReader& list) {
    DerReader reader(need(list.next(der::sequence), "extension").content);
    Extension extension{text(need(reader.next(der::object_id), "extension's name")), false, {}};
    if (const auto flag = reader.next(der::boolean)) extension.critical = flag->content.size() == 1 && flag->content[0];
    extension.value = need(reader.next(der::octet_string), "extension's value").content;
    return extension;
}

// A number that is larger than any that is in use cannot be compared: nothing.
std::optional<std::uint64_t> read_number(ByteView value) {
    DerReader reader(value);
    const auto integer = reader.next(der::integer);
    if (!integer || !reader.empty() || integer->content.empty() || (integer->content[0] & 0x80U) != 0)
        return std::nullopt;
    const auto digits = serial_key(integer->content);
    if (digits.size() > sizeof(std::uint64_t)) return std::nullopt;
    std::uint64_t number = 0;
    for (const auto digit : digits) number = number << 8U | digit;
    return number;
}

} // namespace

ByteView serial_key(ByteView integer) {
    while (!integer.empty() && integer.front() == 0) integer = integer.subspan(1);
    return integer;
}

RevocationList::RevocationList(Bytes der, const std::string& file) : der_(std::move(der)) {
    if (der_.size() > max_crl_size) throw std::runtime_error("larger than 64 MiB");
    if (!is_strict_der(der_)) throw std::runtime_error("damaged, or not strict DER");
    facts_.file = file;
    DerReader reader(need(DerReader(der_).next(der::sequence), "list").content);
    const auto body = need(reader.next(der::sequence), "body");
    const auto algorithm = need(reader.next(der::sequence), "signature algorithm");
    const auto signature = need(reader.next(der::bit_string), "signature");
    if (!reader.empty() || !whole_bytes(signature)) throw std::runtime_error("not a revocation list");
    if (check_signature_algorithm(algorithm)) facts_.usable = false;
    read_body(body.content, algorithm.whole);
    sort_entries();
    facts_.revoked = static_cast<std::size_t>(std::ranges::count(entries_, Entry::revoked, &Place::entry));
}

void RevocationList::read_body(ByteView body, ByteView algorithm) {
    DerReader reader(body);
    if (const auto version = reader.next(der::integer)) {
        if (version->content.size() != 1 || version->content[0] != 1) throw std::runtime_error("of an unknown version");
    }
    const auto inner = need(reader.next(der::sequence), "signature algorithm");
    if (!std::ranges::equal(inner.whole, algorithm)) throw std::runtime_error("its two signature algorithms differ");
    const auto name = need(reader.next(der::sequence), "issuer").whole;
    Botan::X509_DN issuer;
    Botan::BER_Decoder(name.data(), name.size()).decode(issuer);
    facts_.issuer = distinguished_name_text(issuer);
    issuer_ = comparable_name(issuer);
    facts_.this_update = need_time(reader, "thisUpdate");
    if (reader.at(der::utc_time) || reader.at(der::generalized_time)) {
        facts_.next_update = need_time(reader, "nextUpdate");
    } else {
        facts_.usable = false; // RFC 5280 5.1.2.5 requires it: without, nobody could tell when it is out of date
    }
    if (const auto entries = reader.next(der::sequence)) read_entries(entries->content);
    if (const auto extensions = reader.next(extensions_tag)) {
        read_extensions(need(DerReader(extensions->content).next(der::sequence), "extensions").content);
    }
    if (!reader.empty()) throw std::runtime_error("not a revocation list: something behind its extensions");
}

void RevocationList::read_entries(ByteView entries) {
    DerReader list(entries);
    while (!list.empty()) {
        DerReader reader(need(list.next(der::sequence), "entry").content);
        const auto serial = serial_key(need(reader.next(der::integer), "serial number").content);
        if (serial.size() > max_certificate_size) throw std::runtime_error("a serial number in it is too long");
        Place place{static_cast<std::uint32_t>(serial.data() - der_.data()), static_cast<std::uint16_t>(serial.size()),
                    Entry::revoked};
        need_time(reader, "revocation date");
        if (const auto extensions = reader.next(der::sequence)) read_entry_extensions(extensions->content, place);
        if (!reader.empty()) throw std::runtime_error("not a revocation list: something behind an entry");
        entries_.push_back(place);
    }
}

// An entry's unknown critical extension makes the whole list one that cannot be used (RFC 5280 5.3); certificateIssuer,
// of indirect lists, is one of those.
void RevocationList::read_entry_extensions(ByteView extensions, Place& place) {
    DerReader list(extensions);
    while (!list.empty()) {
        const auto extension = read_one(list);
        if (extension.oid == reason_code) {
            const auto code = DerReader(extension.value).next(der::enumerated);
            if (!code || code->content.size() != 1) throw std::runtime_error("a reason code in it is malformed");
            if (code->content[0] == remove_from_crl) place.entry = Entry::removed;
        } else if (extension.critical) {
            facts_.usable = false;
        }
    }
}

void RevocationList::read_extensions(ByteView extensions) {
    DerReader list(extensions);
    std::vector<std::string_view> seen;
    while (!list.empty()) {
        const auto extension = read_one(list);
        if (std::ranges::find(seen, extension.oid) != seen.end()) throw std::runtime_error("an extension stands twice");
        seen.push_back(extension.oid);
        if (seen.size() > 32) throw std::runtime_error("more than 32 extensions");
        read_extension(as_bytes(extension.oid), extension.value, extension.critical);
    }
}

void RevocationList::read_extension(ByteView oid_bytes, ByteView value, bool critical) {
    const std::string_view oid(reinterpret_cast<const char*>(oid_bytes.data()), oid_bytes.size());
    if (oid == issuing_point) return read_scope(value);
    if (oid == crl_number || oid == delta_indicator) {
        const auto number = read_number(value);
        if (!number) facts_.usable = false;
        (oid == crl_number ? facts_.number : base_number_) = number.value_or(0);
        if (oid == delta_indicator) facts_.delta = true;
    } else if (critical && oid != authority_key_identifier) {
        facts_.usable = false;
    }
}

// IssuingDistributionPoint (5.2.5): lists of a part of the certificates are used for that part; those of other issuers'
// certificates, or for some reasons only, are not.
void RevocationList::read_scope(ByteView value) {
    constexpr std::uint8_t point_tag = 0xA0, users_tag = 0x81, cas_tag = 0x82;
    scope_.assign(value.begin(), value.end());
    DerReader outer(value);
    DerReader reader(need(outer.next(der::sequence), "issuing distribution point").content);
    if (const auto point = reader.next(point_tag)) {
        const auto names = DerReader(point->content).next(point_tag); // fullName
        if (!names) facts_.usable = false;
        DerReader list(names ? names->content : ByteView());
        while (!list.empty()) {
            const auto name = need(list.next(), "name of its distribution point").whole;
            points_.emplace_back(name.begin(), name.end());
        }
        if (points_.empty()) facts_.usable = false;
    }
    const auto flag = [&](std::uint8_t tag) {
        const auto element = reader.next(tag);
        return element && element->content.size() == 1 && element->content[0] != 0;
    };
    users_only_ = flag(users_tag);
    cas_only_ = flag(cas_tag);
    if (!reader.empty()) facts_.usable = false; // onlySomeReasons, indirectCRL, onlyContainsAttributeCerts
}

void RevocationList::sort_entries() {
    const auto before = [this](const Place& a, const Place& b) {
        return std::ranges::lexicographical_compare(serial_of(a), serial_of(b));
    };
    if (!std::ranges::is_sorted(entries_, before)) std::ranges::sort(entries_, before);
    entries_.shrink_to_fit();
}

bool RevocationList::covers(bool ca, const std::vector<Bytes>& points) const {
    if ((users_only_ && ca) || (cas_only_ && !ca)) return false;
    if (points_.empty()) return true;
    return std::ranges::any_of(points_,
                               [&](const Bytes& name) { return std::ranges::find(points, name) != points.end(); });
}

// Should a serial number stand in it twice, the stricter entry counts.
RevocationList::Entry RevocationList::look_up(ByteView serial) const {
    const auto less = [this](const Place& place, ByteView wanted) {
        return std::ranges::lexicographical_compare(serial_of(place), wanted);
    };
    auto found = Entry::none;
    for (auto at = std::lower_bound(entries_.begin(), entries_.end(), serial, less);
         at != entries_.end() && std::ranges::equal(serial_of(*at), serial); ++at) {
        if (at->entry == Entry::revoked) return Entry::revoked;
        found = at->entry;
    }
    return found;
}

bool RevocationList::signed_by(const Botan::Public_Key& key, const Bytes& key_hash) const {
    constexpr std::size_t max_signers = 64;
    const std::lock_guard lock(mutex_);
    if (const auto known = signers_.find(key_hash); known != signers_.end()) return known->second;
    if (signers_.size() == max_signers) signers_.clear();
    return signers_[key_hash] = SignedObject(der_).signed_by(key);
}

std::vector<Bytes> distribution_points(ByteView extension) {
    constexpr std::uint8_t point_tag = 0xA0;
    std::vector<Bytes> points;
    const auto list = DerReader(extension).next(der::sequence);
    DerReader reader(list ? list->content : ByteView());
    while (const auto point = reader.next(der::sequence)) {
        const auto name = DerReader(point->content).next(point_tag);
        const auto full = name ? DerReader(name->content).next(point_tag) : std::nullopt;
        DerReader names(full ? full->content : ByteView());
        while (const auto one = names.next()) points.emplace_back(one->whole.begin(), one->whole.end());
    }
    return points;
}

} // namespace cifra::crypto
