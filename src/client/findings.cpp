// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/findings.hpp"

#include "client/output.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace cifra::client {

namespace {

std::string name_of(Level level) { return level == Level::ok ? "ok" : level == Level::warning ? "warning" : "failure"; }

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(width, text.size()), ' ');
    return text;
}

} // namespace

bool Findings::any_failure() const {
    return std::any_of(all_.begin(), all_.end(), [](const Finding& one) { return one.level == Level::failure; });
}

bool Findings::all_ok() const {
    return std::all_of(all_.begin(), all_.end(), [](const Finding& one) { return one.level == Level::ok; });
}

void Findings::print(bool json) const {
    if (json) {
        boost::json::array lines;
        for (const auto& one : all_)
            lines.push_back(boost::json::object{
                {"check", one.check}, {"level", name_of(one.level)}, {"text", one.text}, {"remedy", one.remedy}});
        return print_line(boost::json::serialize(lines));
    }
    for (const auto& one : all_) {
        print_line(padded(name_of(one.level), 9) + padded(one.check, 15) + one.text);
        if (!one.remedy.empty()) print_line(std::string(24, ' ') + one.remedy);
    }
}

} // namespace cifra::client
