// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Internal to cifra_vault: what reader and writer know of a container once its header is true.
#pragma once

#include "vault/sealed.hpp"

namespace cifra::vault {

struct Opened {
    Header header;
    ItemKey key;
    Bytes note;
    Bytes metadata;                        // whole ones only, as the rest
    std::vector<crypto::TreeHash> summary; // one hash a page
    Layout layout() const { return header.layout(); }
};

// Proves the header and all that its MAC binds, and sets the content key of `file`. A whole container has exactly the
// length that it says, and its summary the root that it says.
Outcome<Opened> open_container(SealedFile& file, const crypto::Secret& items_key);

// The hashes of a page's leaves, which have the root that the summary says.
Outcome<std::vector<crypto::TreeHash>> open_page(const SealedFile& file, const Layout& layout, std::uint64_t page,
                                                 const crypto::TreeHash& expected);

std::vector<crypto::TreeHash> hashes_from(ByteView bytes);

} // namespace cifra::vault
