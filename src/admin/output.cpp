// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/output.hpp"

#include <boost/json/serialize.hpp>

#include <array>
#include <ctime>
#include <iostream>

namespace cifra::admin {

std::string date_time_of(std::int64_t seconds) {
    const auto time = static_cast<std::time_t>(seconds);
    std::tm fields{};
    ::gmtime_r(&time, &fields);
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &fields)};
}

void print(std::string_view line) { std::cout << line << '\n'; }
void print(const boost::json::value& value) { std::cout << boost::json::serialize(value) << '\n'; }
void say(std::string_view line) { std::cerr << line << '\n'; }

std::string date_of(std::int64_t seconds) {
    const auto text = date_time_of(seconds);
    return text.substr(0, text.find('T'));
}

boost::json::object json_of(const Record& record) {
    return {{"name", record.name},
            {"serial", record.serial},
            {"fingerprint", record.fingerprint},
            {"not_before", date_time_of(record.not_before)},
            {"not_after", date_time_of(record.not_after)},
            {"expired", record.not_after < std::time(nullptr)}};
}

} // namespace cifra::admin
