// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/licence_text.hpp"

#include "admin/dates.hpp"
#include "admin/output.hpp"
#include "licence/hex.hpp"

#include <boost/json/array.hpp>

namespace cifra::admin {

using licence::Obstacle;
using licence::Reason;
using licence::Remedy;

namespace {

std::string left_of(const licence::Amount& amount, const std::string& what) {
    return std::to_string(amount.left) + " of " + std::to_string(amount.of) + " " + what + " left";
}

void add(std::string& text, const std::string& part) { text += (text.empty() ? "" : ", ") + part; }

std::string length_text(std::uint64_t seconds) {
    if (seconds % 3600 == 0) return std::to_string(seconds / 3600) + " h";
    if (seconds % 60 == 0) return std::to_string(seconds / 60) + " min";
    return std::to_string(seconds) + " s";
}

std::string renewal_text(const licence::Remaining& left) {
    std::string who;
    if (left.renewal == licence::Renewal::free) who = "renewed at will";
    if (left.renewal == licence::Renewal::voucher) who = "renewed by voucher";
    if (left.renewals) {
        const auto times = std::to_string(*left.renewals) + (*left.renewals == 1 ? " renewal left" : " renewals left");
        who += (who.empty() ? "" : ", ") + times;
    }
    return who;
}

boost::json::value json_of(const std::optional<licence::Amount>& amount, std::uint64_t unit = 1) {
    if (!amount) return nullptr;
    return boost::json::object{{"left", amount->left / unit}, {"of", amount->of / unit}};
}

boost::json::value time_of(const std::optional<std::int64_t>& time) {
    return time ? boost::json::value(date_time_of(*time)) : boost::json::value(nullptr);
}

template <class T>
boost::json::value number_of(const std::optional<T>& number) {
    return number ? boost::json::value(*number) : boost::json::value(nullptr);
}

boost::json::object json_of(const licence::Remaining& left) {
    boost::json::array rights;
    for (const auto right : licence::all_rights) {
        if (licence::has(left.rights, right)) rights.emplace_back(licence::name_of(right));
    }
    return {{"state", licence::name_of(left.state)},
            {"rights", std::move(rights)},
            {"plays", json_of(left.plays)},
            {"units", json_of(left.units)},
            {"seconds", json_of(left.milliseconds, 1000)},
            {"from", time_of(left.begins)},
            {"until", time_of(left.ends)},
            {"after_first_play", number_of(left.after_first_play)},
            {"renewal", licence::name_of(left.renewal)},
            {"renewals_left", number_of(left.renewals)},
            {"renew_until", time_of(left.renew_until)}};
}

std::string words_of(Obstacle obstacle) {
    switch (obstacle) {
        case Obstacle::none:
            break;
        case Obstacle::nobody:
        case Obstacle::by_operator:
            return "only the operator may renew it";
        case Obstacle::voucher:
            return "it takes a voucher";
        case Obstacle::used_up:
            return "it was renewed as often as it allows";
        case Obstacle::too_late:
            return "it was to be renewed earlier";
        case Obstacle::no_gain:
            return "it counts nothing of what would be added";
        case Obstacle::no_help:
            return "it would be used up or over all the same";
    }
    return "it cannot be renewed";
}

std::string when(const std::optional<std::int64_t>& time) { return time ? " " + date_time_of(*time) : std::string(); }

std::string plain_words(const licence::Denial& denial) {
    switch (denial.reason) {
        case Reason::exhausted:
            return "it is used up";
        case Reason::expired:
            return "it ended" + when(denial.remaining.ends);
        case Reason::not_yet:
            return "it begins" + when(denial.remaining.begins);
        case Reason::returned:
            return "it was given back";
        case Reason::revoked:
            return "it was revoked";
        case Reason::cancelled:
            return "it was cancelled";
        case Reason::concurrent:
            return "as many plays are going on as it allows at a time";
        case Reason::right_missing:
            return "it gives no right to " + std::string(licence::name_of(denial.right));
        case Reason::voucher_refused:
            return "this voucher was used before";
        case Reason::not_renewable:
            break;
    }
    return words_of(denial.obstacle);
}

} // namespace

std::string words_of(const licence::Remaining& left, std::int64_t now) {
    std::string text;
    if (left.plays) add(text, left_of(*left.plays, "plays"));
    if (left.units) add(text, left_of(*left.units, "chunks"));
    if (left.milliseconds)
        add(text, clock_text(left.milliseconds->left) + " of " + clock_text(left.milliseconds->of) + " left");
    if (left.begins && *left.begins > now) add(text, "from " + date_time_of(*left.begins));
    if (left.ends) add(text, "until " + date_time_of(*left.ends));
    if (left.after_first_play) add(text, length_text(*left.after_first_play) + " from the first play on");
    if (text.empty()) text = "without a limit";
    if (const auto renewal = renewal_text(left); !renewal.empty()) add(text, renewal);
    return text;
}

std::string text_of(const licence::Holding& held, ItemNames& items, std::int64_t now) {
    const auto left = licence::remaining(held.licence, held.usage, now);
    auto text = licence::to_hex(held.licence.id) + "  " + std::string(licence::name_of(left.state)) + "  " +
                held.licence.person + "  " + items.name_of(held.licence.item) + "  " + words_of(left, now);
    if (held.running > 0) text += ", " + std::to_string(held.running) + " playing";
    return text;
}

boost::json::object json_of(const licence::Holding& held, ItemNames& items, std::int64_t now) {
    const auto& licence = held.licence;
    boost::json::object value{{"id", licence::to_hex(licence.id)},
                              {"person", licence.person},
                              {"item", items.name_of(licence.item)},
                              {"item_id", licence::to_hex(licence.item)}};
    for (auto& [key, member] : json_of(licence::remaining(licence, held.usage, now))) value[key] = std::move(member);
    value["concurrent"] = number_of(licence.constraints.max_concurrent);
    value["playing"] = held.running;
    value["plays_used"] = held.usage.plays;
    value["renewed"] = held.usage.renewals;
    value["issued"] = date_time_of(licence.issued);
    value["origin"] = licence.origin;
    return value;
}

std::string words_of(const licence::Denial& denial) {
    return std::string(licence::name_of(denial.reason)) + ": " + plain_words(denial);
}

std::string words_of(const licence::Refusal& refusal) {
    return refusal.denial ? words_of(*refusal.denial) : std::string(licence::describe(refusal.why));
}

std::string remedy_of(const licence::Denial& denial, const std::string& licence) {
    switch (denial.remedy) {
        case Remedy::wait:
            return "wait until then, or: cifractl licence issue";
        case Remedy::end_a_play:
            return "one of these plays has to end; one whose player is gone ends by itself, 90 seconds later";
        case Remedy::renew:
            return "the listener may renew it, or: cifractl licence renew " + licence;
        case Remedy::use_voucher:
            return "the listener may renew it by voucher (cifractl licence voucher), or: cifractl licence renew " +
                   licence;
        case Remedy::ask_operator:
            break;
    }
    if (denial.reason == Reason::exhausted || denial.reason == Reason::expired)
        return "cifractl licence renew " + licence + ", or another one: cifractl licence issue";
    return "another one: cifractl licence issue";
}

std::string_view name_of(Remedy remedy) noexcept {
    switch (remedy) {
        case Remedy::wait:
            return "wait";
        case Remedy::end_a_play:
            return "end_a_play";
        case Remedy::renew:
            return "renew";
        case Remedy::use_voucher:
            return "use_voucher";
        case Remedy::ask_operator:
            break;
    }
    return "ask_operator";
}

} // namespace cifra::admin
