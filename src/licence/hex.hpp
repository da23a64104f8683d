// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Ids as text: 32 lower-case hexadecimal digits, and nothing else.
#pragma once

#include "proto/messages.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cifra::licence {

std::string to_hex(const proto::Id16& id);
std::optional<proto::Id16> id_of(std::string_view hex);

} // namespace cifra::licence
