// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "vault/item_id.hpp"

#include <botan/mac.h>

#include <algorithm>

namespace cifra::vault {

proto::Id16 item_id(const VaultKey& key, std::string_view name) {
    const auto secret = key.derive("item ids");
    const auto mac = Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)");
    mac->set_key(secret.view().data(), secret.size());
    mac->update(as_bytes(name).data(), name.size());
    const auto whole = mac->final();
    proto::Id16 id{};
    std::copy_n(whole.begin(), id.size(), id.begin());
    return id;
}

} // namespace cifra::vault
