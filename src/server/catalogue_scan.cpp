// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/catalogue_scan.hpp"

#include "media/media_tags.hpp"
#include "proto/utf8.hpp"
#include "server/log.hpp"
#include "server/text.hpp"

#include <botan/hash.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cifra::server {

namespace {

namespace fs = std::filesystem;

ItemPtr skip(const std::string& name, std::string_view reason) {
    log(Level::warning, "file left out of the catalogue", {{"name", name}, {"reason", reason}});
    return nullptr;
}

// The name of an item goes to peers: it is text, and of a length that fits in their messages.
std::string_view why_no_name(std::string_view name) {
    if (name.empty() || name.size() > proto::max_item_name) return "name longer than 1024 bytes";
    if (!proto::is_utf8(name)) return "name is not UTF-8";
    if (proto::has_control_characters(name)) return "control characters or changes of direction in the name";
    return {};
}

class Walk {
  public:
    Walk(const fs::path& root, const Cancelled& cancelled) : root_(root), cancelled_(cancelled) {}
    std::vector<std::string> names;
    std::size_t skipped = 0;

    bool folder(const std::string& below) {
        std::error_code error;
        fs::directory_iterator entry(root_ / below, error);
        while (!error && entry != fs::directory_iterator() && !(cancelled_ && cancelled_())) {
            take(below, *entry);
            entry.increment(error);
        }
        if (error) log(Level::error, "folder cannot be read", {{"name", below}, {"reason", error.message()}});
        return !error;
    }

  private:
    void take(const std::string& below, const fs::directory_entry& entry) {
        const auto last = entry.path().filename().string();
        if (last.starts_with('.')) return;
        const auto name = below.empty() ? last : below + '/' + last;
        std::error_code error;
        const auto type = entry.symlink_status(error).type();
        if (error) return; // gone since it was listed
        if (type == fs::file_type::symlink && fs::is_directory(entry.path(), error)) return;
        if (type != fs::file_type::directory && type != fs::file_type::regular && type != fs::file_type::symlink)
            return;
        if (const auto reason = why_no_name(name); !reason.empty()) {
            ++skipped;
            skip(name, reason);
        } else if (type != fs::file_type::directory) {
            names.push_back(name);
        } else if (!folder(name)) {
            ++skipped;
        }
    }

    const fs::path& root_;
    const Cancelled& cancelled_;
};

int hash_file(int fd, std::uint64_t size, proto::Sha256& out, const Cancelled& cancelled) {
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    const int error =
        for_each_piece(fd, size, [&](ByteView piece) { hash->update(piece.data(), piece.size()); }, cancelled);
    hash->final(out.data());
    return error;
}

} // namespace

std::optional<std::vector<std::string>> file_names(const fs::path& folder, std::size_t& skipped,
                                                   const Cancelled& cancelled) {
    Walk walk(folder, cancelled);
    if (!walk.folder({})) return std::nullopt;
    std::sort(walk.names.begin(), walk.names.end());
    skipped += walk.skipped;
    return std::move(walk.names);
}

ItemPtr finished(Item item) {
    const auto& manifest = item.manifest;
    item.folded = folded(manifest.name + '\n' + manifest.title + '\n' + manifest.artist + '\n' + manifest.album);
    item.digest = sha256(encode(manifest));
    return std::make_shared<const Item>(std::move(item));
}

ItemPtr read_item(int folder, const std::string& name, const ItemPtr& same, const std::optional<proto::Sha256>& known,
                  const Cancelled& cancelled) {
    if (const auto reason = why_no_name(name); !reason.empty()) return skip(name, reason);
    const auto file = open_beneath(folder, name);
    Item item;
    if (!file || !stamp_of(file.get(), item.stamp)) {
        return skip(name, errno == EXDEV ? "leads out of media_dir" : std::strerror(errno));
    }
    if (same && same->stamp == item.stamp) return same;
    auto& manifest = item.manifest;
    manifest.item = item_id(name);
    manifest.name = name;
    manifest.size = item.stamp.size;
    if (known) {
        manifest.sha256 = *known;
    } else if (const int error = hash_file(file.get(), manifest.size, manifest.sha256, cancelled)) {
        if (error == ECANCELED) return nullptr;
        return skip(name, std::strerror(error));
    }
    media::FileSource contents(file.get(), manifest.size);
    auto facts = media::read_facts(contents);
    manifest.chunk_size = facts ? audio_chunk_size : file_chunk_size;
    if (facts) describe(manifest, std::move(*facts));
    FileStamp after;
    if (!stamp_of(file.get(), after) || after != item.stamp) return skip(name, "it is being changed");
    return finished(std::move(item));
}

} // namespace cifra::server
