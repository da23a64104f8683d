// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The sections [vault], [ledger] and [licences], but for paths.
#pragma once

#include "server/config_reader.hpp"

namespace cifra::server {

void read_lending(ConfigReader& reader, Config& config);

} // namespace cifra::server
