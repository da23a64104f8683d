// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "vault/container.hpp"

#include <algorithm>
#include <cerrno>

namespace cifra::vault {

namespace {

Outcome<Header> read_header(const SealedFile& file, std::uint64_t length) {
    std::array<std::uint8_t, Header::length> bytes{};
    if (length < bytes.size()) return Failure{Problem::wrong_length, file.path()};
    if (auto read = file.read(0, bytes); !read) return read.error();
    return parse_header(bytes, file.path());
}

// So nothing is allocated for what the file cannot hold.
bool fits(const Header& header, std::uint64_t length) {
    const auto layout = header.layout();
    if (header.state == State::partial) return length >= layout.chunk_at(0);
    return length == layout.file_length(header.metadata_length);
}

Outcome<void> open_sections(const SealedFile& file, Opened& opened, SectionTags& tags) {
    const auto layout = opened.layout();
    auto note = file.open_section(Section::note, true, 0, layout.note_at(), opened.header.note_length, &tags.note);
    if (!note) return note.error();
    opened.note = std::move(*note);
    if (opened.header.state == State::partial) return {};
    const auto summary = file.open_section(Section::summary, true, 0, layout.summary_at(),
                                           static_cast<std::size_t>(layout.summary_length()), &tags.summary);
    if (!summary) return summary.error();
    opened.summary = hashes_from(*summary);
    auto metadata = file.open_section(Section::metadata, true, 0, layout.metadata_at(), opened.header.metadata_length,
                                      &tags.metadata);
    if (!metadata) return metadata.error();
    opened.metadata = std::move(*metadata);
    return {};
}

} // namespace

Outcome<Opened> open_container(SealedFile& file, const crypto::Secret& items_key) {
    std::uint64_t length = 0;
    if (!length_of(file.fd(), length)) return failure_of(errno, file.path());
    const auto header = read_header(file, length);
    if (!header) return header.error();
    if (!fits(*header, length)) return Failure{Problem::wrong_length, file.path()};
    auto key = unwrap_item_key(*header, items_key);
    if (!key) return Failure{Problem::not_authentic, file.path()};
    file.set_content_key(key->content_key());
    Opened opened{*header, std::move(*key), {}, {}, {}};
    SectionTags tags;
    if (auto sections = open_sections(file, opened, tags); !sections) return sections.error();
    const bool whole = header->state == State::whole;
    if (!opened.key.is_true(*header, tags) || (whole && crypto::root_of(opened.summary) != header->root)) {
        return Failure{Problem::not_authentic, file.path()};
    }
    return opened;
}

Outcome<std::vector<crypto::TreeHash>> open_page(const SealedFile& file, const Layout& layout, std::uint64_t page,
                                                 const crypto::TreeHash& expected) {
    const auto bytes = file.open_section(Section::page, page + 1 == layout.pages(), page, layout.page_at(page),
                                         layout.leaves_of(page) * sizeof(crypto::TreeHash));
    if (!bytes) return bytes.error();
    auto leaves = hashes_from(*bytes);
    if (crypto::root_of(leaves) != expected) return Failure{Problem::not_authentic, file.path()};
    return leaves;
}

std::vector<crypto::TreeHash> hashes_from(ByteView bytes) {
    std::vector<crypto::TreeHash> hashes(bytes.size() / sizeof(crypto::TreeHash));
    for (auto& hash : hashes) {
        std::ranges::copy(bytes.first(hash.size()), hash.begin());
        bytes = bytes.subspan(hash.size());
    }
    return hashes;
}

} // namespace cifra::vault
