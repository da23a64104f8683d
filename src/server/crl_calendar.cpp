// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/crl_calendar.hpp"

#include <tuple>
#include <utility>

namespace cifra::server {

namespace {

constexpr std::int64_t day_seconds = 86'400;

using Newest = std::map<std::pair<std::string, bool>, const crypto::CrlFacts*>;

auto age_of(const crypto::CrlFacts& list) { return std::tuple(list.number, list.this_update, list.next_update); }

Newest newest_of(const std::vector<crypto::CrlFacts>& lists) {
    Newest newest;
    for (const auto& list : lists) {
        if (!list.usable) continue;
        auto& place = newest[{list.issuer, list.delta}];
        if (place == nullptr || age_of(*place) < age_of(list)) place = &list;
    }
    std::erase_if(newest, [&newest](const auto& entry) {
        if (!entry.second->delta) return false;
        const auto base = newest.find({entry.first.first, false});
        return base == newest.end() || base->second->number >= entry.second->number;
    });
    return newest;
}

} // namespace

std::vector<CrlNotice> CrlCalendar::due(const std::vector<crypto::CrlFacts>& lists, std::int64_t now) {
    std::vector<CrlNotice> notices;
    for (const auto& [key, list] : newest_of(lists)) {
        auto& told = told_[key];
        if (told.next_update != list->next_update) told = {list->next_update, std::nullopt, false};
        const auto life = list->next_update - list->this_update;
        if (now > list->next_update) {
            if (!std::exchange(told.stale, true)) notices.push_back({CrlNotice::Kind::stale, *list});
        } else if (list->next_update - now <= life / 3) {
            told.stale = false; // the clock was set back
            if (told.soon && now - *told.soon < day_seconds && now >= *told.soon) continue;
            told.soon = now;
            notices.push_back({CrlNotice::Kind::ends_soon, *list});
        }
    }
    return notices;
}

} // namespace cifra::server
