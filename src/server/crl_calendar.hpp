// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// When the operator is to be told of CRLs: once a day from two thirds of a list's life on, and once when it has ended.
#pragma once

#include "crypto/revocation_facts.hpp"

#include <map>
#include <optional>
#include <vector>

namespace cifra::server {

struct CrlNotice {
    enum class Kind { ends_soon, stale } kind{};
    crypto::CrlFacts list;
};

class CrlCalendar {
  public:
    // `lists`: all that are there. Of each issuer only the newest counts, and a delta only when it adds to that.
    std::vector<CrlNotice> due(const std::vector<crypto::CrlFacts>& lists, std::int64_t now);

  private:
    struct Told {
        std::int64_t next_update = 0;     // of which list
        std::optional<std::int64_t> soon; // when it was last said to end soon
        bool stale = false;
    };
    std::map<std::pair<std::string, bool>, Told> told_; // by issuer, and whether a delta
};

} // namespace cifra::server
