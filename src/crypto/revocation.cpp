// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/revocation.hpp"

#include "crypto/certificate_file.hpp"
#include "crypto/certificate_time.hpp"
#include "crypto/der_check.hpp"

#include <botan/pem.h>

#include <algorithm>
#include <stdexcept>

namespace cifra::crypto {

namespace {

using List = std::shared_ptr<const RevocationList>;
using Entry = RevocationList::Entry;

bool older(const List& a, const List& b) {
    return std::pair(a->facts().number, a->facts().this_update) < std::pair(b->facts().number, b->facts().this_update);
}

// The newest that has begun: an older one that runs longer says less.
List newest(const std::vector<List>& lists, std::int64_t now) {
    List found;
    for (const auto& list : lists) {
        if (list->begun(now) && (!found || older(found, list))) found = list;
    }
    return found;
}

// RFC 5280 5.2.4 (a) to (d): same scope, not before its base, and newer than the list that it is laid over.
bool fits(const RevocationList& delta, const RevocationList& base, std::int64_t now) {
    return delta.same_scope(base) && delta.begun(now) && delta.base_number() <= base.facts().number &&
           delta.facts().number > base.facts().number;
}

// The newest current delta is laid over the base. Whatever a newer one that is out of date revokes stays revoked: it is
// known, though what that one removes is not taken.
bool is_revoked(const RevocationList& base, const std::vector<List>& deltas, ByteView serial, std::int64_t now) {
    List current;
    for (const auto& delta : deltas) {
        if (fits(*delta, base, now) && delta->current(now) && (!current || older(current, delta))) current = delta;
    }
    for (const auto& delta : deltas) {
        const bool newer = fits(*delta, base, now) && (!current || older(current, delta));
        if (newer && delta->look_up(serial) == Entry::revoked) return true;
    }
    const auto entry = current ? current->look_up(serial) : Entry::none;
    return entry == Entry::none ? base.look_up(serial) != Entry::none : entry == Entry::revoked;
}

struct Usable {
    std::vector<List> bases, deltas;
    List refused; // one that would be in question, but cannot be used
};

Usable usable_for(const PathLink& link, const std::vector<List>& lists) {
    Usable found;
    for (const auto& list : lists) {
        if (!list->covers(link.ca, link.points)) continue;
        if (!link.issuer_signs_lists || !list->usable() || !list->signed_by(*link.issuer_key, link.issuer_key_hash)) {
            if (!found.refused || !list->facts().delta) found.refused = list;
        } else {
            (list->facts().delta ? found.deltas : found.bases).push_back(list);
        }
    }
    return found;
}

std::string say(const PathLink& link, const List& list, const std::string& what) {
    return "CRL of " + link.issuer_text + ": " + list->facts().file + " " + what;
}

std::string why_refused(const PathLink& link, const List& list) {
    if (!link.issuer_signs_lists) return say(link, list, "is of a CA without keyUsage cRLSign");
    return say(link, list, list->usable() ? "is not signed by that CA" : "is of a kind that cannot be used");
}

bool is_list_name(const std::filesystem::path& file) {
    const auto extension = file.extension();
    return extension == ".pem" || extension == ".crl" || extension == ".der";
}

std::vector<std::filesystem::path> files_of(const std::filesystem::path& where) {
    if (!std::filesystem::is_directory(where)) return {where};
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(where)) {
        if (is_list_name(entry.path())) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

} // namespace

RevocationLists RevocationLists::load(const std::filesystem::path& where) {
    RevocationLists lists;
    lists.where_ = where;
    for (const auto& file : files_of(where)) lists.add_file(file);
    return lists;
}

void RevocationLists::add_file(const std::filesystem::path& file) {
    constexpr std::string_view begin = "-----BEGIN X509 CRL-----", end = "-----END X509 CRL-----";
    auto content = read_text_file(file, max_crl_size);
    if (!content.empty() && content.front() == static_cast<char>(der::sequence)) {
        const auto bytes = as_bytes(content);
        return add(Bytes(bytes.begin(), bytes.end()), file);
    }
    auto from = content.find(begin);
    if (from == std::string::npos) throw std::runtime_error(file.string() + ": no revocation list in it");
    for (; from != std::string::npos; from = content.find(begin, from + 1)) {
        const auto to = content.find(end, from);
        Bytes list;
        try {
            if (to == std::string::npos) throw std::invalid_argument("no END line");
            const auto der =
                Botan::PEM_Code::decode_check_label(content.substr(from, to + end.size() - from), "X509 CRL");
            list.assign(der.begin(), der.end());
        } catch (const std::exception&) {
            throw std::runtime_error(file.string() + ": damaged PEM");
        }
        add(std::move(list), file);
    }
}

void RevocationLists::add(Bytes der, const std::filesystem::path& file) {
    try {
        auto list = std::make_shared<const RevocationList>(std::move(der), file.string());
        auto& others = lists_[list->issuer()];
        others.push_back(std::move(list));
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& failure) {
        throw std::runtime_error(file.string() + ": " + failure.what());
    }
}

std::optional<ChainFault> RevocationLists::check_one(const PathLink& link, std::int64_t now,
                                                     std::string& detail) const {
    const auto lists = lists_.find(link.issuer);
    const auto found = lists == lists_.end() ? Usable{} : usable_for(link, lists->second);
    if (found.bases.empty()) {
        detail = found.refused ? why_refused(link, found.refused)
                               : "no CRL of " + link.issuer_text + " in " + where_.string();
        return found.refused ? ChainFault::crl_invalid : ChainFault::crl_missing;
    }
    const auto base = newest(found.bases, now);
    if (!base) {
        const auto first = found.bases.front();
        detail = say(link, first, "begins " + date_text(first->facts().this_update));
        return ChainFault::crl_not_yet_valid;
    }
    if (is_revoked(*base, found.deltas, link.serial, now))
        return link.ca ? ChainFault::ca_revoked : ChainFault::revoked;
    if (base->current(now)) return std::nullopt;
    detail = say(link, base, "ended " + date_text(base->facts().next_update));
    return ChainFault::crl_stale;
}

// That something is revoked goes before that something else cannot be told.
std::optional<ChainFault> RevocationLists::check(const std::vector<PathLink>& path, std::int64_t now,
                                                 std::string& detail) const {
    std::optional<ChainFault> worst;
    for (auto link = path.rbegin(); link != path.rend(); ++link) { // from the root's issue down
        std::string why;
        const auto fault = check_one(*link, now, why);
        if (!fault || (worst && !says_revoked(*fault))) continue;
        worst = fault;
        detail = std::move(why);
        if (says_revoked(*fault)) break;
    }
    return worst;
}

void RevocationLists::prepare(const std::string& issuer, const Botan::Public_Key& key, const Bytes& key_hash) const {
    const auto lists = lists_.find(issuer);
    if (lists == lists_.end()) return;
    for (const auto& list : lists->second) {
        if (list->usable()) (void)list->signed_by(key, key_hash);
    }
}

std::vector<CrlFacts> RevocationLists::facts() const {
    std::vector<CrlFacts> facts;
    for (const auto& [issuer, lists] : lists_) {
        for (const auto& list : lists) facts.push_back(list->facts());
    }
    return facts;
}

std::string state_of_lists(const std::filesystem::path& where) {
    std::error_code failure;
    if (!std::filesystem::is_directory(where, failure)) return state_of_file(where);
    std::string state = "a folder "; // not its own dates: files come and go in it that are none of ours
    try {
        for (const auto& file : files_of(where)) state += file.string() + state_of_file(file);
    } catch (const std::filesystem::filesystem_error&) {
        state += "unreadable";
    }
    return state;
}

} // namespace cifra::crypto
