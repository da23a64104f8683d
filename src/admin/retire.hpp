// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "admin/revocations.hpp"

namespace cifra::admin {

// Records of revoked certificates, and the folders with their chain and key, go to ca/revoked/: their names are free
// again. To be called under the lock; what was left half done before is done.
void retire_revoked(const std::filesystem::path& dir, Party party, const Revocations& revocations);

} // namespace cifra::admin
