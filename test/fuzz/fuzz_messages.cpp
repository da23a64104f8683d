// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The first byte chooses the decoder, the rest is the body. What is accepted has exactly one encoding: the body itself.
#include "require.hpp"

#include "test/proto/codecs.hpp"

using namespace cifra;
using namespace cifra::proto;

namespace {

// JSON has many forms of one message, and unknown schemes of a REQUEST are dropped.
bool has_other_forms(const test::Codec& codec) {
    return codec.name.starts_with("negotiation") || codec.name == "request";
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto& codec = test::codecs[data[0] % test::codecs.size()];
    const ByteView body(data + 1, size - 1);
    const auto encoded = codec.recode(body);
    if (!encoded) return 0;
    if (!has_other_forms(codec)) fuzz::require(*encoded == Bytes(body.begin(), body.end()));
    // fuzz_negotiation knows which offers have no encoding.
    if (!codec.name.starts_with("negotiation")) fuzz::require(codec.recode(*encoded).value() == *encoded);
    return 0;
}
