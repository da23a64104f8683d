// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Licences in words and in JSON.
#pragma once

#include "admin/item_names.hpp"
#include "licence/ledger.hpp"

#include <boost/json/object.hpp>

namespace cifra::admin {

// "2 of 5 plays left, until 2027-01-15T23:59:59Z"
std::string words_of(const licence::Remaining& left, std::int64_t now);
// One line: id, state, person, item, what is left.
std::string text_of(const licence::Holding& held, ItemNames& items, std::int64_t now);
boost::json::object json_of(const licence::Holding& held, ItemNames& items, std::int64_t now);

// What is in the way: "EXPIRED: it ended 2027-01-15T23:59:59Z".
std::string words_of(const licence::Denial& denial);
std::string words_of(const licence::Refusal& refusal);
// What the operator can do about it; `licence` is its id.
std::string remedy_of(const licence::Denial& denial, const std::string& licence);
std::string_view name_of(licence::Remedy remedy) noexcept; // "ask_operator"

} // namespace cifra::admin
