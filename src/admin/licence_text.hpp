// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Licences in words and in JSON.
#pragma once

#include "admin/item_names.hpp"
#include "licence/ledger.hpp"

#include <boost/json/object.hpp>

namespace cifra::admin {

// One line: id, state, person, item, what is left.
std::string text_of(const licence::Holding& held, ItemNames& items, std::int64_t now);
boost::json::object json_of(const licence::Holding& held, ItemNames& items, std::int64_t now);

// What is in the way: "EXPIRED: the licence has expired (ended …)".
std::string words_of(const licence::Denial& denial);
std::string words_of(const licence::Refusal& refusal);
// What the operator can do about it; `licence` is its id.
std::string remedy_of(const licence::Denial& denial, const std::string& licence);
std::string_view name_of(licence::Remedy remedy) noexcept; // "ask_operator"

} // namespace cifra::admin
