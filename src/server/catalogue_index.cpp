// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Form: a line that names the version, then records {length u32, payload, first 8 bytes of the payload's SHA-256};
// payload: mtime u64, inode u64, manifest. A later record replaces an earlier one of the same name.
#include "server/catalogue_index.hpp"

#include "server/catalogue_scan.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

namespace cifra::server {

namespace {

constexpr std::string_view first_line = "cifra catalogue index 2\n";
constexpr std::size_t max_index = 1ULL << 31; // bytes
constexpr std::size_t check_size = 8;
constexpr std::size_t stamp_size = 16;

void put(Bytes& out, std::uint64_t value, unsigned bytes) {
    for (unsigned i = bytes; i-- > 0;) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::uint64_t get(ByteView bytes) {
    std::uint64_t value = 0;
    for (const auto byte : bytes) value = value << 8 | byte;
    return value;
}

void put_record(Bytes& out, const Item& item) {
    Bytes payload;
    put(payload, static_cast<std::uint64_t>(item.stamp.mtime_ns), 8);
    put(payload, item.stamp.inode, 8);
    const auto manifest = encode(item.manifest);
    payload.insert(payload.end(), manifest.begin(), manifest.end());
    put(out, payload.size(), 4);
    out.insert(out.end(), payload.begin(), payload.end());
    const auto check = sha256(payload);
    out.insert(out.end(), check.begin(), check.begin() + check_size);
}

// The record at the front of `rest`, which is moved behind it; a nullptr when it is damaged.
ItemPtr take_record(ByteView& rest) {
    if (rest.size() < 4) return nullptr;
    const auto length = get(rest.first(4));
    if (length < stamp_size || length > rest.size() - 4 || rest.size() - 4 - length < check_size) return nullptr;
    const auto payload = rest.subspan(4, static_cast<std::size_t>(length));
    const auto check = sha256(payload);
    rest = rest.subspan(4 + payload.size());
    if (!std::equal(check.begin(), check.begin() + check_size, rest.begin())) return nullptr;
    rest = rest.subspan(check_size);
    auto manifest = proto::decode_manifest(payload.subspan(stamp_size));
    if (!manifest) return nullptr;
    Item item;
    item.manifest = std::move(*manifest);
    item.stamp.size = item.manifest.size;
    item.stamp.mtime_ns = static_cast<std::int64_t>(get(payload.first(8)));
    item.stamp.inode = get(payload.subspan(8, 8));
    return finished(std::move(item));
}

} // namespace

LoadedIndex load_catalogue_index(const std::filesystem::path& file) {
    LoadedIndex loaded;
    Bytes contents;
    if (!read_file(file, max_index, contents)) {
        loaded.state = errno == ENOENT ? IndexState::missing : IndexState::damaged;
        return loaded;
    }
    loaded.state = IndexState::damaged;
    const auto line = as_bytes(first_line);
    if (contents.size() < line.size() || !std::equal(line.begin(), line.end(), contents.begin())) return loaded;
    ByteView rest = ByteView(contents).subspan(line.size());
    while (!rest.empty()) {
        auto item = take_record(rest);
        if (!item) return loaded;
        auto name = item->manifest.name;
        loaded.items.insert_or_assign(std::move(name), std::move(item));
    }
    loaded.state = IndexState::good;
    return loaded;
}

int save_catalogue_index(const std::filesystem::path& file, const std::vector<ItemPtr>& items) {
    const auto line = as_bytes(first_line);
    Bytes contents(line.begin(), line.end());
    for (const auto& item : items) put_record(contents, *item);
    return replace_file(file, contents);
}

int append_to_catalogue_index(const std::filesystem::path& file, const Item& item) {
    const Descriptor fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    FileStamp stamp;
    if (!fd || !stamp_of(fd.get(), stamp)) return errno;
    Bytes record;
    put_record(record, item);
    return write_at(fd.get(), stamp.size, record);
}

} // namespace cifra::server
