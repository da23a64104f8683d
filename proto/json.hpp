// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Internal to cifra_proto. JSON as R-13 wants it.
#pragma once

#include "proto/bytes.hpp"
#include "proto/fault.hpp"

#include <boost/json/object.hpp>

namespace cifra::proto {

// Exactly one object: nesting at most 8, no duplicate member at any depth, no bytes before or behind it, not even white
// space.
Result<boost::json::object> parse_object(ByteView payload);

} // namespace cifra::proto
