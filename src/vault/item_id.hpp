// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// How an item is called where its name must not stand: files of the vault, licences, the wire.
#pragma once

#include "vault/vault_key.hpp"

#include "proto/messages.hpp"

namespace cifra::vault {

// The first 16 bytes of HMAC-SHA-256 by the key's child "item ids" over the name: who does not have the key cannot tell
// whether an id is that of a name that is guessed.
proto::Id16 item_id(const VaultKey& key, std::string_view name);

} // namespace cifra::vault
