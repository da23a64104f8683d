// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "specification.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace cifra::proto::test {
namespace {

std::ifstream open_specification() {
    std::ifstream file(CIFRA_SOURCE_DIR "/proto/PROTOCOL.md");
    if (!file) throw std::runtime_error("proto/PROTOCOL.md cannot be read");
    return file;
}

std::string trimmed(const std::string& cell) {
    const auto first = cell.find_first_not_of(' ');
    if (first == cell.npos) return {};
    return cell.substr(first, cell.find_last_not_of(' ') - first + 1);
}

Row cells_of(const std::string& line) {
    Row row;
    std::istringstream cells(line.substr(1));
    for (std::string cell; std::getline(cells, cell, '|');) row.push_back(trimmed(cell));
    return row;
}

bool begins_with(const Row& row, const Row& head) {
    return row.size() >= head.size() && std::equal(head.begin(), head.end(), row.begin());
}

} // namespace

std::vector<Row> specification_table(const Row& head) {
    auto file = open_specification();
    std::vector<Row> rows;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (inside && !line.starts_with('|')) break;
        if (!line.starts_with('|') || line.starts_with("|--")) continue;
        const auto row = cells_of(line);
        if (inside) rows.push_back(row);
        inside = inside || begins_with(row, head);
    }
    if (rows.empty()) throw std::runtime_error("PROTOCOL.md has no table " + head.front());
    return rows;
}

std::string specification_paragraph(std::string_view heading) {
    auto file = open_specification();
    std::string text;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        if (inside && line.starts_with('#')) break;
        if (inside) text += line + ' ';
        inside = inside || line == heading;
    }
    if (trimmed(text).empty()) throw std::runtime_error("PROTOCOL.md has no paragraph " + std::string(heading));
    return text;
}

} // namespace cifra::proto::test
