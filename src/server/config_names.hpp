// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Suites and groups of the configuration, and why some that people ask for are refused.
#pragma once

#include "server/config.hpp"

namespace cifra::server {

class ConfigReader;

void read_suites(ConfigReader& reader, Config::Protocol& protocol);
void read_groups(ConfigReader& reader, Config::Protocol& protocol);

} // namespace cifra::server
