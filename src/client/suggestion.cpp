// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/suggestion.hpp"

#include <algorithm>
#include <numeric>

namespace cifra::client {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Levenshtein's, case aside.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const auto replaced = diagonal + (lower(a[i]) == lower(b[j]) ? 0U : 1U);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

} // namespace

std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& candidates) {
    if (wrong.size() > 64) return {};
    std::size_t least = std::max<std::size_t>(wrong.size() / 3, 2) + 1;
    std::string best;
    for (const auto& candidate : candidates) {
        const auto far = distance(wrong, candidate);
        if (far >= least) continue;
        least = far;
        best = candidate;
    }
    return best.empty() ? best : "did you mean '" + best + "'? ";
}

std::string listed(const std::vector<std::string>& names) {
    std::string all;
    for (const auto& name : names) all += (all.empty() ? "" : ", ") + name;
    return all;
}

} // namespace cifra::client
