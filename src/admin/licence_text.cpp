// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/licence_text.hpp"

#include "admin/output.hpp"
#include "licence/hex.hpp"
#include "licence/words.hpp"

#include <boost/json/array.hpp>

namespace cifra::admin {

using licence::Reason;
using licence::Remedy;

namespace {

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

} // namespace

std::string text_of(const licence::Holding& held, ItemNames& items, std::int64_t now) {
    const auto left = licence::remaining(held.licence, held.usage, now);
    auto text = licence::to_hex(held.licence.id) + "  " + std::string(licence::name_of(left.state)) + "  " +
                held.licence.person + "  " + items.name_of(held.licence.item) + "  " + licence::describe(left);
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
    return std::string(licence::name_of(denial.reason)) + ": " + licence::describe(denial);
}

std::string words_of(const licence::Refusal& refusal) {
    return refusal.denial ? words_of(*refusal.denial) : std::string(licence::describe(refusal.why));
}

std::string remedy_of(const licence::Denial& denial, const std::string& licence) {
    switch (denial.remedy) {
        case Remedy::wait:
        case Remedy::end_a_play:
            return licence::remedy_of(denial);
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
