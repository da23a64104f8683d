// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Data goes to standard output, words go to standard error.
#pragma once

#include "admin/authority.hpp"

#include <boost/json/object.hpp>

namespace cifra::admin {

void print(std::string_view line);
void print(const boost::json::value& value);
void say(std::string_view line);

std::string date_of(std::int64_t seconds);      // 2027-01-15
std::string date_time_of(std::int64_t seconds); // 2027-01-15T08:00:00Z
boost::json::object json_of(const Record& record);

} // namespace cifra::admin
