// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/fields.hpp"
#include "proto/handshake.hpp"

namespace cifra::proto {

void write_signature(Writer& writer, const ManifestSignature& signature) {
    writer.count8(signature.chain.size());
    for (const auto& certificate : signature.chain) writer.bytes24(certificate);
    if (!signature.chain.empty()) writer.u16(signature.scheme).bytes16(signature.signature);
}

ManifestSignature read_signature(Reader& reader) {
    ManifestSignature signature;
    const auto n = reader.u8();
    reader.demand(n <= max_chain, Fault::too_large);
    for (std::size_t i = 0; i < n && reader.ok(); ++i) {
        const auto certificate = reader.bytes24(max_certificate);
        signature.chain.emplace_back(certificate.begin(), certificate.end());
    }
    if (n == 0) return signature;
    signature.scheme = reader.u16();
    const auto bytes = reader.bytes16();
    signature.signature.assign(bytes.begin(), bytes.end());
    return signature;
}

Bytes encode(const SignedManifest& item) {
    Writer writer;
    writer.bytes24(encode(item.manifest));
    write_signature(writer, item.signature);
    return writer.take();
}

Result<SignedManifest> decode_signed_manifest(ByteView bytes) {
    Reader reader(bytes);
    SignedManifest item;
    const auto inner = reader.bytes24();
    item.signature = read_signature(reader);
    if (const auto outer = reader.finish(); !outer) return outer.error();
    auto manifest = decode_manifest(inner);
    if (!manifest) return manifest.error();
    item.manifest = std::move(*manifest);
    return item;
}

} // namespace cifra::proto
