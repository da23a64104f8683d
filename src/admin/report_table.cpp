// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/report_table.hpp"

#include "admin/dates.hpp"
#include "admin/output.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace cifra::admin {

namespace {

// RFC 4180: quoted where it must be.
std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + '"';
}

std::string right_of(const std::string& text, std::size_t width) {
    return std::string(width > text.size() ? width - text.size() : 0, ' ') + text;
}

constexpr std::size_t columns = 5;
using Cells = std::array<std::string, columns>;

Cells cells_of(const Sums& sums) {
    return {std::to_string(sums.plays), std::to_string(sums.saves), std::to_string(sums.people.size()),
            std::to_string(sums.items.size()), clock_text(sums.milliseconds)};
}

} // namespace

void Sums::add(const licence::PlayRecord& play) {
    plays += play.plays;
    saves += play.right == licence::Right::save ? 1 : 0;
    chunks += play.used.units;
    milliseconds += play.used.milliseconds;
    people.insert(play.person);
    items.insert(play.item);
}

std::string period_of(std::int64_t time, Grouping grouping) {
    const auto seconds = static_cast<std::time_t>(time);
    std::tm fields{};
    ::gmtime_r(&seconds, &fields);
    std::array<char, 32> text{};
    const auto written = [&](std::size_t size) { return std::string(text.data(), size); };
    switch (grouping) {
        case Grouping::week:
            return written(std::strftime(text.data(), text.size(), "%G-W%V", &fields));
        case Grouping::month:
            return written(std::strftime(text.data(), text.size(), "%Y-%m", &fields));
        case Grouping::year:
            return written(std::strftime(text.data(), text.size(), "%Y", &fields));
        default:
            return written(std::strftime(text.data(), text.size(), "%Y-%m-%d", &fields));
    }
}

Report add_up(const std::vector<licence::PlayRecord>& plays, Grouping grouping, ItemNames& items) {
    const auto name_of = [&](const licence::PlayRecord& play) {
        if (grouping == Grouping::item) return items.name_of(play.item);
        if (grouping == Grouping::person) return play.person;
        return period_of(play.started, grouping);
    };
    std::map<std::string, Sums> by_name;
    Report report;
    report.total.name = "total";
    for (const auto& play : plays) {
        by_name[name_of(play)].add(play);
        report.total.add(play);
    }
    for (auto& [name, sums] : by_name) {
        sums.name = name;
        report.lines.push_back(std::move(sums));
    }
    return report;
}

std::vector<std::string> table_of(const Report& report, const std::string& heading) {
    std::vector<Cells> rows{{"plays", "saves", "people", "items", "time"}};
    std::vector<std::string> names{heading};
    const auto add = [&](const Sums& sums) {
        rows.push_back(cells_of(sums));
        names.push_back(sums.name);
    };
    for (const auto& line : report.lines) add(line);
    add(report.total);
    std::array<std::size_t, columns> widths{};
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < columns; ++i) widths.at(i) = std::max(widths.at(i), row.at(i).size());
    }
    std::vector<std::string> lines;
    for (std::size_t n = 0; n < rows.size(); ++n) {
        std::string line;
        for (std::size_t i = 0; i < columns; ++i) line += right_of(rows[n].at(i), widths.at(i)) + "  ";
        lines.push_back(line + names[n]);
    }
    return lines;
}

std::vector<std::string> csv_of(const Report& report, const std::string& heading) {
    std::vector<std::string> lines{heading + ",plays,saves,people,items,seconds,chunks"};
    for (const auto& line : report.lines) {
        lines.push_back(csv_field(line.name) + "," + std::to_string(line.plays) + "," + std::to_string(line.saves) +
                        "," + std::to_string(line.people.size()) + "," + std::to_string(line.items.size()) + "," +
                        std::to_string(line.milliseconds / 1000) + "," + std::to_string(line.chunks));
    }
    return lines;
}

boost::json::object json_of(const Sums& sums, const std::string& heading) {
    return {{heading, sums.name},           {"plays", sums.plays},        {"saves", sums.saves},
            {"people", sums.people.size()}, {"items", sums.items.size()}, {"seconds", sums.milliseconds / 1000},
            {"chunks", sums.chunks}};
}

} // namespace cifra::admin
