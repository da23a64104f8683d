// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The configuration files that 'cifractl init' writes. Paths in them are relative to the file itself.
#pragma once

#include <string>
#include <vector>

namespace cifra::admin {

// `media_dir`: a folder of plain files that is lent in place of a vault; empty: vault and ledger.
std::string server_config(const std::vector<std::string>& listen, const std::string& media_dir);
// `all_signed`: nothing that no publisher has signed is to be taken.
std::string client_config(const std::string& host, int port, bool all_signed);

} // namespace cifra::admin
