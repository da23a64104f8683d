// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// ca/revoked.json: which certificates were revoked, when and why. What CRLs are made from.
#pragma once

#include "admin/authority.hpp"

#include <array>

namespace cifra::admin {

struct Reason {
    const char* name;
    int code; // of RFC 5280, section 5.3.1
};
inline constexpr std::array<Reason, 6> reasons{{{"unspecified", 0},
                                                {"keyCompromise", 1},
                                                {"affiliationChanged", 3},
                                                {"superseded", 4},
                                                {"cessationOfOperation", 5},
                                                {"privilegeWithdrawn", 9}}};

struct Revocation {
    std::string serial; // hexadecimal
    Party party{};
    std::string name;
    std::string reason;
    std::int64_t time = 0;      // when
    std::int64_t not_after = 0; // of the certificate: a month later no CRL needs it any more
};

class Revocations {
  public:
    // Empty where there is no file yet. Throws Failure (bad_input).
    static Revocations load(const std::filesystem::path& dir);
    void save(const std::filesystem::path& dir) const;

    const Revocation* find(std::string_view serial) const;
    void add(const Record& record, Party party, const std::string& reason, std::int64_t now);
    const std::vector<Revocation>& all() const { return all_; }
    // Those that belong in a CRL made at `now`.
    std::vector<Revocation> of(Ca ca, std::int64_t now) const;

  private:
    std::vector<Revocation> all_;
};

} // namespace cifra::admin
