// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A server's folders with an upload store, and a client's part of an upload.
#pragma once

#include "folder.hpp"
#include "server/upload_store.hpp"

#include <catch2/catch.hpp>

namespace cifra::server::test {

constexpr std::uint32_t upload_chunk = 16'384; // bytes

inline UploadIdentity identity(const std::string& name, std::string_view contents,
                               const std::string& owner = "person:listener") {
    return {owner, name, contents.size(), upload_chunk, sha256(as_bytes(contents))};
}

inline Outcome<void> send(Upload& upload, std::string_view contents, std::uint64_t from, std::uint64_t to) {
    for (auto i = from; i < to; ++i) {
        const auto sent = upload.write(i, as_bytes(contents.substr(i * upload_chunk, upload_chunk)));
        if (!sent) return sent;
    }
    return {};
}
inline Outcome<void> send_rest(Upload& upload, std::string_view contents) {
    const auto count = proto::chunk_count(contents.size(), upload_chunk);
    const auto sent = send(upload, contents, upload.durable_chunks(), count);
    return sent ? upload.finish() : sent;
}

struct Site {
    Folder folder;
    std::filesystem::path media = folder.make("media");
    std::filesystem::path state = folder.make("state");
    UploadOptions options;
    std::unique_ptr<Catalogue> catalogue;
    std::unique_ptr<UploadStore> store;

    Site() {
        options.state_dir = state;
        options.sync_bytes = 4 * upload_chunk;
        open();
    }
    // As after a restart.
    void open() {
        store.reset();
        catalogue = std::make_unique<Catalogue>(media, state);
        catalogue->rescan();
        store = std::make_unique<UploadStore>(options, *catalogue);
    }
    std::shared_ptr<Upload> begin(const UploadIdentity& what) const {
        auto begun = store->begin(what);
        REQUIRE(begun.has_value());
        return *begun;
    }
    // The code that refuses it.
    proto::ErrorCode refusal(const UploadIdentity& what) const {
        const auto begun = store->begin(what);
        REQUIRE_FALSE(begun.has_value());
        return begun.error();
    }
    bool has_partial(const UploadIdentity& what) const {
        return std::filesystem::exists(state / "uploads" / what.key());
    }
};

} // namespace cifra::server::test
