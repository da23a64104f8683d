// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/output.hpp"

#include "client/exit_code.hpp"
#include "crypto/certificate_form.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace cifra::client {

namespace {

// Scripts get every character that can be in a name.
std::string shown(std::string text) {
    static const bool on_terminal = ::isatty(STDOUT_FILENO) == 1;
    if (on_terminal) return crypto::plain_text(text);
    for (auto& c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    return text;
}

// Characters, not bytes: continuation bytes of UTF-8 take no room.
std::size_t width(const std::string& text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

} // namespace

void print_line(const std::string& line) {
    const auto text = shown(line) + "\n";
    std::fwrite(text.data(), 1, text.size(), stdout);
}

void print_table(const std::vector<std::string>& heads, const std::vector<std::vector<std::string>>& rows) {
    if (rows.empty()) return;
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; column < heads.size(); ++column) {
        auto most = width(heads[column]);
        for (const auto& row : rows) most = std::max(most, width(row[column]));
        widths.push_back(most);
    }
    const auto print_row = [&](const std::vector<std::string>& row) {
        std::string line;
        for (std::size_t column = 0; column < row.size(); ++column) {
            line += row[column];
            if (column + 1 < row.size()) line += std::string(widths[column] - width(row[column]) + 2, ' ');
        }
        print_line(line);
    };
    print_row(heads);
    for (const auto& row : rows) print_row(row);
}

void output_failure(int error) {
    if (error == EPIPE) throw Failure(Exit::disk, "");
    throw Failure(Exit::disk, std::string("cannot write to standard output: ") + std::strerror(error),
                  "free some space, or write elsewhere");
}

void flush_output() {
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
    output_failure(errno);
}

} // namespace cifra::client
