// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Licences in words, for people: in cifractl, in the log, in what is told at a denial.
#pragma once

#include "licence/decide.hpp"

#include <string>

namespace cifra::licence {

std::string time_words(std::int64_t seconds);         // "2027-01-01 12:00 UTC"; the seconds where they are not 0
std::string length_words(std::uint64_t seconds);      // "2 days 3 h", "1 h 20 min", "45 s": the two largest parts
std::string rights_words(Rights rights);              // "play, save"; "nothing"
std::string constraint_words(const Licence& licence); // what it allows, as issued: "5 plays, until 2027-…"

std::string describe(const Remaining& remaining); // "3 of 5 plays left, until 2027-01-01 12:00 UTC"
std::string describe(const Denial& denial);       // why not, and what remains
std::string remedy_of(const Denial& denial);      // what to do next

} // namespace cifra::licence
