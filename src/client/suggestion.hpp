// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cifra::client {

// "did you mean X? " for the candidate that a slip of the fingers makes `wrong` of; empty when none is near.
std::string did_you_mean(std::string_view wrong, const std::vector<std::string>& candidates);

// "A, B, C"
std::string listed(const std::vector<std::string>& names);

} // namespace cifra::client
