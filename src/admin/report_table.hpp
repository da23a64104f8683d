// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What was played, added up.
#pragma once

#include "admin/item_names.hpp"
#include "licence/ledger.hpp"

#include <boost/json/object.hpp>

#include <set>

namespace cifra::admin {

enum class Grouping : std::uint8_t { item, person, day, week, month, year };

// One line of a report.
struct Sums {
    std::string name;        // of an item, a person, or a period: "2027-01-15", "2027-W03", "2027-01", "2027"
    std::uint64_t plays = 0; // that were debited
    std::uint64_t saves = 0;
    std::uint64_t chunks = 0;
    std::uint64_t milliseconds = 0; // of sound that was sent
    std::set<std::string> people;
    std::set<Id16> items;

    void add(const licence::PlayRecord& play);
};

struct Report {
    std::vector<Sums> lines; // by name
    Sums total;
};

Report add_up(const std::vector<licence::PlayRecord>& plays, Grouping grouping, ItemNames& items);
std::string period_of(std::int64_t time, Grouping grouping);

std::vector<std::string> table_of(const Report& report, const std::string& heading);
std::vector<std::string> csv_of(const Report& report, const std::string& heading);
boost::json::object json_of(const Sums& sums, const std::string& heading);

} // namespace cifra::admin
