// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The configuration files that 'cifractl init' writes. Paths in them are relative to the file itself.
#pragma once

#include <string>
#include <vector>

namespace cifra::admin {

std::string server_config(const std::vector<std::string>& listen, const std::string& media_dir);
std::string client_config(const std::string& host, int port);

} // namespace cifra::admin
