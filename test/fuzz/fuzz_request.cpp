// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A certificate request of somebody unknown.
#include "crypto/certificate_form.hpp"
#include "crypto/certificate_request.hpp"
#include "require.hpp"

using namespace cifra;
using namespace cifra::crypto;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto request = parse_request(ByteView(data, size));
    if (!request) {
        fuzz::require(!describe(request.error()).empty());
        return 0;
    }
    fuzz::require(request->key && request->key_hash == key_hash_of(*request->key));
    fuzz::require(request->common_name.empty() || is_plain_name(request->common_name));
    return 0;
}
