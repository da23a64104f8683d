// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

#include <stdlib.h>

#include <botan/hex.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace cifra::test {

namespace fs = std::filesystem;
using namespace vault;

Folder::Folder() {
    auto name = (fs::temp_directory_path() / "cifra-vault-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
}

Folder::~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

Bytes content(std::size_t size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<std::uint8_t>(i * 131 + i / 256 * 7 + i / 16384 * 29 + size);
    }
    return bytes;
}

VaultKey some_key(std::uint8_t first) {
    crypto::Secret key(VaultKey::size);
    for (std::size_t i = 0; i < key.size(); ++i) key.writable()[i] = static_cast<std::uint8_t>(first + i);
    return VaultKey(std::move(key));
}

proto::Id16 some_id(std::uint8_t first) {
    proto::Id16 id{};
    id.fill(first);
    return id;
}

std::unique_ptr<Vault> make_vault(const Folder& folder) {
    Vault::make_folders(folder / "vault").value();
    return std::make_unique<Vault>(folder / "vault", some_key());
}

std::shared_ptr<const ContainerReader> import(Vault& vault, const proto::Id16& id, ByteView bytes, std::size_t piece) {
    const auto writer = vault.import(id, as_bytes("note")).value();
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        writer->append(bytes.subspan(at, std::min(piece, bytes.size() - at))).value();
    }
    writer->end().value();
    writer->finish(as_bytes("metadata")).value();
    return vault.find(id).value();
}

Bytes read_whole(const ContainerReader& reader, std::uint32_t chunk_size) {
    Bytes whole(static_cast<std::size_t>(reader.size()));
    for (std::uint64_t i = 0; i < proto::chunk_count(reader.size(), chunk_size); ++i) {
        const auto at = static_cast<std::size_t>(i * chunk_size);
        reader
            .read_chunk(i, chunk_size,
                        MutableBytes(whole).subspan(at, proto::chunk_length(whole.size(), chunk_size, i)))
            .value();
    }
    return whole;
}

Bytes load(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("cannot open " + file.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

void store(const fs::path& file, ByteView bytes) {
    std::ofstream out(file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

std::size_t files_in(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
}

bool holds_plaintext(const fs::path& file, ByteView text) {
    const Bytes bytes = load(file);
    for (std::size_t at = 0; at + 32 <= text.size(); at += 4096) {
        if (!std::ranges::search(bytes, text.subspan(at, 32)).empty()) return true;
    }
    return false;
}

Bytes from_hex(const boost::json::value& hex) { return Botan::hex_decode(text(hex)); }
std::string text(const boost::json::value& value) { return {value.as_string().data(), value.as_string().size()}; }

} // namespace cifra::test
