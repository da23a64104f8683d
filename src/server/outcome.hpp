// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What the server gives, or the code of PROTOCOL.md section 8.3 that it answers with instead.
#pragma once

#include "proto/codes.hpp"

#include <boost/system/result.hpp>

namespace cifra::server {

template <class T>
using Outcome = boost::system::result<T, proto::ErrorCode>;

} // namespace cifra::server
