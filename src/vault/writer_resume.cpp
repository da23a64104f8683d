// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Going on with a partial container.
#include "vault/writer_inside.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <botan/mem_ops.h>

#include <cerrno>

namespace cifra::vault {

Outcome<void> ContainerWriter::Inside::open_partial() {
    // What a failed write left in memory is not to be taken for what the disk has.
    ::posix_fadvise(file.fd(), 0, 0, POSIX_FADV_DONTNEED);
    auto opened = open_container(file, items_key);
    if (!opened) return opened.error();
    take_key(std::move(opened->key));
    note = std::move(opened->note);
    announced = opened->header.size;
    header.item = opened->header.item;
    header.size = opened->header.size;
    header.note_length = opened->header.note_length;
    const bool whole = opened->header.state == State::whole; // stopped between header and name
    SectionTag tag{};
    const auto again = file.open_section(Section::note, true, 0, layout().note_at(), note.size(), &tag);
    if (!again) return again.error();
    tags.note = tag;
    if (!whole) return {};
    if (auto written = write_header(State::partial); !written) return written;
    return sync_file();
}

// A page that is full and not the last stands behind its chunks.
bool ContainerWriter::Inside::page_stands(std::uint64_t page) const {
    return open_page(file, layout(), page, crypto::root_of(leaves)).has_value();
}

Outcome<void> ContainerWriter::Inside::read_again(const TakePiece& take) {
    Bytes chunk(chunk_size);
    Outcome<void> outcome;
    while (sealed < layout().chunks()) {
        const auto text = MutableBytes(chunk).first(layout().chunk_length(sealed));
        const auto opened = file.open_chunks(layout(), sealed, text);
        if (!opened && opened.error().problem == Problem::io_failed) return opened;
        if (!opened) break;
        leaves.push_back(crypto::hash_leaf(text));
        pending_at = layout().chunk_at(sealed) + overhead + text.size();
        ++sealed;
        taken += text.size();
        if (!take(text)) outcome = Failure{Problem::stopped, place.file};
        if (!outcome) break;
        if (leaves.size() < leaves_per_page || sealed == layout().chunks()) continue;
        if (page_stands(summary.size())) {
            summary.push_back(crypto::root_of(leaves));
            leaves.clear();
            pending_at = layout().chunk_at(sealed);
        } else {
            seal_page();
            break; // nothing behind it can have been written
        }
    }
    Botan::secure_scrub_memory(chunk.data(), chunk.size());
    return outcome;
}

Outcome<void> ContainerWriter::Inside::resume(const TakePiece& take) {
    if (auto opened = open_partial(); !opened) return opened;
    pending_at = layout().chunk_at(0);
    if (auto read = read_again(take); !read) return read;
    if (::ftruncate(file.fd(), static_cast<off_t>(pending_at)) != 0) return stop(errno);
    return sync();
}

} // namespace cifra::vault
