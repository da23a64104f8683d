// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The CRLs of DIR: in ca/crl/ as they were made, in server/crls/ for the server. A number is in ca/crl before anybody
// else can see it, so none is used twice.
#pragma once

#include "admin/crl.hpp"

namespace cifra::admin {

inline constexpr int default_crl_days = 90;
// Of the root: its key is best kept elsewhere, and who has the lists of the server replaces them by hand anyway.
inline constexpr int root_crl_days = ca_days;

struct CrlState {
    Ca ca{};
    std::optional<Crl> base;
    std::optional<Crl> delta;
    bool published = true; // what lies in server/crls is this
};

// Throws Failure (bad_input) when one is damaged.
CrlState crl_state(const std::filesystem::path& dir, Ca ca);

// Why a new base is due at `now`; empty: it is not. Within the last third of its life, or of its delta's; or somebody
// who was revoked is in neither.
std::string crl_due(const CrlState& state, const Revocations& revocations, std::int64_t now);

// A new base, without the former delta. `days` 0: for as long as the former one.
Crl renew_crl(const std::filesystem::path& dir, const Issued& ca, const CrlState& state, const Revocations& revocations,
              int days, std::int64_t now);
// What came since the base, which must be there.
Crl make_delta(const std::filesystem::path& dir, const Issued& ca, const CrlState& state,
               const Revocations& revocations, int days, std::int64_t now);
// Again into server/crls what did not get there.
void publish(const std::filesystem::path& dir, const CrlState& state);

// What 'init' begins with.
CrlRequest first_crl(Ca ca, std::int64_t now);

// Relative to DIR: in ca/, and for the server.
std::filesystem::path crl_copy(Ca ca, bool delta = false);
std::filesystem::path crl_file(Ca ca, bool delta = false);

} // namespace cifra::admin
