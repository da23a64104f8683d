// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/terms_text.hpp"

#include "client/app.hpp"
#include "client/terminal.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>

namespace cifra::client {

using proto::no_limit;
using proto::Terms;
using proto::TermsRenewal;
using proto::TermsState;

namespace {

constexpr std::uint64_t last_second = 253'402'300'799; // of the year 9999: what is later never comes
constexpr std::uint64_t hours_matter = 2 * 24 * 3600;  // seconds around now for which a date alone says too little

// In the listener's time zone.
std::string show_date(std::uint64_t seconds, std::time_t now) {
    const auto when = static_cast<std::time_t>(seconds);
    const auto present = static_cast<std::uint64_t>(std::max<std::time_t>(0, now));
    const auto apart = seconds > present ? seconds - present : present - seconds;
    std::tm local{};
    std::array<char, 32> text{};
    if (::localtime_r(&when, &local) == nullptr) return "another time";
    return {text.data(),
            std::strftime(text.data(), text.size(), apart < hours_matter ? "%Y-%m-%d %H:%M" : "%Y-%m-%d", &local)};
}

bool ends(const Terms& terms) { return terms.not_after <= last_second; }
bool begins_later(const Terms& terms, std::time_t now) {
    return now >= 0 && terms.not_before > static_cast<std::uint64_t>(now);
}

std::string counted(std::uint64_t number, const std::string& thing) {
    return (number == 0 ? "no" : std::to_string(number)) + " " + thing + (number > 1 ? "s" : "");
}

std::string joined(const std::vector<std::string>& parts, const std::string& last) {
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i)
        text += (i == 0 ? "" : i + 1 == parts.size() ? last : ", ") + parts[i];
    return text;
}

std::string show_sound(std::uint64_t seconds) { return seconds == 0 ? "no time" : show_time(seconds) + " of sound"; }

// What is counted, but for plays.
std::vector<std::string> measures(const Terms& terms) {
    std::vector<std::string> parts;
    if (terms.units != no_limit) parts.push_back(counted(terms.units, "chunk"));
    if (terms.seconds != no_limit) parts.push_back(show_sound(terms.seconds));
    return parts;
}

std::string show_left(const Terms& terms) {
    auto parts = measures(terms);
    if (terms.plays != no_limit) parts.insert(parts.begin(), counted(terms.plays, "play"));
    return parts.empty() ? "" : joined(parts, " and ") + " left";
}

std::string with_end(std::string text, const Terms& terms, std::time_t now) {
    if (ends(terms)) text += (text.empty() ? "until " : ", until ") + show_date(terms.not_after, now);
    return text;
}

boost::json::value limited(std::uint64_t value) {
    return value == no_limit ? boost::json::value() : boost::json::value(value);
}

std::vector<std::string> names_of_rights(std::uint8_t rights) {
    std::vector<std::string> names;
    if ((rights & proto::right_play) != 0) names.emplace_back("play");
    if ((rights & proto::right_save) != 0) names.emplace_back("save");
    if ((rights & proto::right_bridge) != 0) names.emplace_back("bridge");
    if ((rights & proto::right_preview) != 0) names.emplace_back("preview");
    return names;
}

} // namespace

std::string_view name_of(TermsState state) {
    constexpr std::array<std::string_view, 10> names{"open",     "ready",   "active",    "exhausted", "expired",
                                                     "returned", "revoked", "cancelled", "none",      "not_yet"};
    return names.at(static_cast<std::size_t>(state));
}

std::string_view name_of(TermsRenewal renewal) {
    constexpr std::array<std::string_view, 4> names{"none", "free", "voucher", "operator"};
    return names.at(static_cast<std::size_t>(renewal));
}

boost::json::object to_json(const Terms& terms) {
    boost::json::array rights;
    for (const auto& name : names_of_rights(terms.rights)) rights.emplace_back(name);
    const auto begin = terms.not_before == 0 ? boost::json::value() : boost::json::value(terms.not_before);
    return {{"state", name_of(terms.state)},         {"rights", std::move(rights)},
            {"plays", limited(terms.plays)},         {"units", limited(terms.units)},
            {"seconds", limited(terms.seconds)},     {"not_before", begin},
            {"not_after", limited(terms.not_after)}, {"renewal", name_of(terms.renewal)},
            {"renewals", limited(terms.renewals)}};
}

std::string show_terms(const Terms& terms, std::time_t now) {
    switch (terms.state) {
        case TermsState::open:
            return "open";
        case TermsState::ready:
        case TermsState::active: {
            const auto text = with_end(show_left(terms), terms, now);
            return text.empty() ? "no limit" : text;
        }
        case TermsState::exhausted:
            return "used up";
        case TermsState::expired:
            return ends(terms) ? "ended " + show_date(terms.not_after, now) : "ended";
        case TermsState::returned:
            return "given back";
        case TermsState::revoked:
            return "withdrawn";
        case TermsState::cancelled:
            return "cancelled";
        case TermsState::none:
            return "no licence";
        case TermsState::not_yet:
            return begins_later(terms, now) ? "from " + show_date(terms.not_before, now) + " on" : "not yet";
    }
    return "unknown";
}

std::string show_remains(const Terms& terms, std::time_t now) {
    switch (terms.state) {
        case TermsState::exhausted:
            return with_end(show_left(terms), terms, now);
        case TermsState::expired: {
            const auto left = show_left(terms);
            return "it " + show_terms(terms, now) + (left.empty() ? "" : ", with " + left);
        }
        case TermsState::ready:
        case TermsState::active:
            return show_terms(terms, now);
        case TermsState::not_yet:
            return "it is good " + show_terms(terms, now);
        default:
            return {};
    }
}

std::string show_left_behind(const Terms& terms, std::time_t now) {
    if (terms.state == TermsState::open) return {};
    std::vector<std::string> parts;
    if (terms.plays != no_limit) parts.push_back(counted(terms.plays, "play") + " left behind this one");
    if (const auto more = measures(terms); !more.empty()) parts.push_back(joined(more, " and ") + " left");
    return with_end(joined(parts, ", "), terms, now);
}

std::string show_rights(std::uint8_t rights) {
    const auto names = names_of_rights(rights);
    return names.empty() ? "nothing" : joined(names, ", ");
}

bool is_renewable(const Terms& terms) {
    const bool alive = terms.state == TermsState::ready || terms.state == TermsState::active ||
                       terms.state == TermsState::exhausted || terms.state == TermsState::expired;
    const bool by_listener = terms.renewal == TermsRenewal::free || terms.renewal == TermsRenewal::voucher;
    return alive && by_listener && terms.renewals != 0;
}

std::string show_renewal(const Terms& terms) {
    if (terms.state == TermsState::open) return {};
    if (terms.renewal == TermsRenewal::none) return "no";
    if (terms.renewal == TermsRenewal::by_operator) return "by the operator";
    const std::string how = terms.renewal == TermsRenewal::free ? "at will" : "with a voucher";
    if (terms.renewals == no_limit) return how;
    if (terms.renewals == 0) return how + ", not any more";
    return how + ", " + (terms.renewals == 1 ? "once" : std::to_string(terms.renewals) + " times");
}

std::string next_step(const Terms& terms, const std::string& item, std::time_t now) {
    if (is_renewable(terms)) {
        const std::string command = "cifra renew " + item;
        return terms.renewal == TermsRenewal::free ? "renew it: " + command
                                                   : "renew it with a voucher: " + command + " --voucher CODE";
    }
    switch (terms.state) {
        case TermsState::exhausted:
        case TermsState::expired:
            if (terms.renewal == TermsRenewal::by_operator) return "ask the operator to renew it";
            if (terms.renewal != TermsRenewal::none)
                return "it was renewed as often as it may be: ask the operator for a new licence";
            return "ask the operator for a new licence";
        case TermsState::not_yet:
            return begins_later(terms, now) ? "try again on " + show_date(terms.not_before, now)
                                            : "try again; if it stays, the clock of one side is wrong";
        case TermsState::returned:
        case TermsState::revoked:
        case TermsState::cancelled:
        case TermsState::none:
            return "ask the operator for a new licence";
        default:
            return {};
    }
}

std::string word_for(const proto::Entry& entry) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+";
    const bool is_plain =
        !entry.name.empty() && entry.name.front() != '-' && entry.name.find_first_not_of(plain) == std::string::npos;
    return is_plain ? entry.name : hex(entry.item);
}

} // namespace cifra::client
