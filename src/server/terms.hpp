// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What is left of a licence, in the words of the protocol.
#pragma once

#include "licence/ledger.hpp"
#include "proto/messages.hpp"

#include <span>

namespace cifra::server {

proto::Terms terms_of(const licence::Remaining& remaining);
// Of all that a person has for an item, the one by which she would play it, or else save it; `first`: what the policy
// would give to who has none. With neither: state `none`.
proto::Terms terms_of(std::span<const licence::Holding> held, const std::optional<licence::Licence>& first,
                      std::int64_t now);
proto::ErrorCode code_of(licence::Reason reason) noexcept;
proto::ErrorCode code_of(const licence::Refusal& refusal) noexcept;
// Of a licence that somebody ended while it was played.
proto::ErrorCode code_of(licence::Standing standing) noexcept;
proto::ErrorCode code_of(licence::LedgerFault fault) noexcept;

} // namespace cifra::server
