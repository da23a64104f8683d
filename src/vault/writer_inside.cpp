// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "vault/writer_inside.hpp"

#include <botan/mem_ops.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace cifra::vault {

namespace {

constexpr std::size_t most_pending = 16 * (chunk_size + overhead); // bytes that one write takes

Bytes bytes_of(const std::vector<crypto::TreeHash>& hashes) {
    Bytes bytes;
    bytes.reserve(hashes.size() * sizeof(crypto::TreeHash));
    for (const auto& hash : hashes) bytes.insert(bytes.end(), hash.begin(), hash.end());
    return bytes;
}

} // namespace

void ContainerWriter::Inside::take_key(ItemKey its_key) {
    key = std::move(its_key);
    file.set_content_key(key->content_key());
    aead = crypto::make_aead(Suite::aes256_gcm_sha384, file.content_key().view(), crypto::default_provider());
    tail.reserve(chunk_size);
    pending.reserve(most_pending + 2 * (chunk_size + overhead));
}

Outcome<void> ContainerWriter::Inside::start(NewItem given) {
    take_key(ItemKey::make(rng));
    note = std::move(given.note);
    announced = given.size;
    header.item = given.item;
    header.size = announced.value_or(0);
    header.note_length = static_cast<std::uint32_t>(note.size());
    pending_at = layout().note_at();
    tags.note = add_section(Section::note, true, 0, note);
    if (!of_known_size()) return {};
    if (auto written = flush(); !written) return written;
    return write_header(State::partial);
}

// Appends a section to what is to be written.
SectionTag ContainerWriter::Inside::add_section(Section section, bool last, std::uint64_t index, ByteView text) {
    const auto begin = pending.size();
    pending.resize(begin + overhead + text.size());
    const auto sealed_text = MutableBytes(pending).subspan(begin);
    std::ranges::copy(text, sealed_text.begin() + nonce_size);
    seal_section(*aead, section, last, index, sealed_text, rng);
    SectionTag tag{};
    std::ranges::copy(sealed_text.last<tag_size>(), tag.begin());
    return tag;
}

void ContainerWriter::Inside::seal_chunk(bool last) {
    leaves.push_back(crypto::hash_leaf(tail));
    add_section(Section::chunk, last, sealed++, tail);
    Botan::secure_scrub_memory(tail.data(), tail.size());
    tail.clear();
    // The last page waits for end(), which knows that it is the last.
    if (leaves.size() == leaves_per_page && !last) seal_page();
}

void ContainerWriter::Inside::seal_page() {
    const bool last = phase == Phase::ended;
    add_section(Section::page, last, summary.size(), bytes_of(leaves));
    summary.push_back(crypto::root_of(leaves));
    leaves.clear();
}

Outcome<void> ContainerWriter::Inside::append(ByteView bytes) {
    const auto most = announced.value_or(max_item_size);
    if (bytes.size() > most - taken) return Failure{Problem::out_of_bounds, place.file};
    while (!bytes.empty()) {
        // A full chunk waits for the byte behind it, as only the last one is sealed as such.
        if (tail.size() == chunk_size) seal_chunk(false);
        const auto n = std::min(bytes.size(), chunk_size - tail.size());
        tail.insert(tail.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
        bytes = bytes.subspan(n);
        taken += n;
        if (pending.size() >= most_pending) {
            if (auto written = flush(); !written) return written;
        }
    }
    // Of a known size nothing waits in memory, so that all of it can be made durable.
    if (of_known_size() && !tail.empty() && (tail.size() == chunk_size || taken == *announced)) {
        seal_chunk(taken == *announced);
    }
    return {};
}

Outcome<void> ContainerWriter::Inside::flush() {
    if (pending.empty()) return {};
    if (const int error = write_at(file.fd(), pending_at, pending)) return stop(error);
    pending_at += pending.size();
    pending.clear();
    return {};
}

Outcome<void> ContainerWriter::Inside::sync_file() {
    if ((place.sync ? place.sync(file.fd()) : ::fsync(file.fd())) == 0) return {};
    const int error = errno;
    // What is on the disk now is anybody's guess, and no later fsync would tell.
    discard();
    return stop(error);
}

Outcome<void> ContainerWriter::Inside::sync() {
    auto written = flush();
    if (written) written = sync_file();
    if (written) durable = taken - tail.size();
    return written;
}

Outcome<crypto::TreeHash> ContainerWriter::Inside::end() {
    if (of_known_size() && taken < *announced) return Failure{Problem::incomplete, place.file};
    phase = Phase::ended;
    header.size = taken;
    if (!tail.empty()) seal_chunk(true);
    if (!leaves.empty()) seal_page();
    header.root = crypto::root_of(summary);
    if (auto written = flush(); !written) return written.error();
    return header.root;
}

Outcome<void> ContainerWriter::Inside::write_header(State state) {
    Header written = header;
    written.state = state;
    if (state == State::partial) {
        written.root = {};
        written.metadata_length = 0;
    }
    const auto bytes = key->seal_header(written, items_key, tags, rng);
    if (const int error = write_at(file.fd(), 0, bytes)) return stop(error);
    return {};
}

Outcome<void> ContainerWriter::Inside::finish(ByteView metadata) {
    tags.summary = add_section(Section::summary, true, 0, bytes_of(summary));
    tags.metadata = add_section(Section::metadata, true, 0, metadata);
    header.metadata_length = static_cast<std::uint32_t>(metadata.size());
    auto done = flush();
    // A partial one that is kept must not have a whole one's header before all of that.
    if (done && of_known_size()) done = sync_file();
    if (done) done = write_header(State::whole);
    if (done) done = sync_file();
    if (done) done = publish();
    return done;
}

Outcome<void> ContainerWriter::Inside::publish() {
    const auto target = place.folder / container_name(header.item);
    if (const int error = rename_new(place.file, target)) return stop(failure_of(error, target));
    int error = sync_folder(place.folder);
    if (error == 0) error = sync_folder(place.file.parent_path());
    if (error != 0) {
        ::unlink(target.c_str()); // not durable, so not there
        return stop(failure_of(error, target));
    }
    phase = Phase::finished;
    return {};
}

void ContainerWriter::Inside::discard() {
    if (!removed) ::unlink(place.file.c_str());
    removed = true; // whoever takes the name next is not to lose it
    if (!failed) failed = Failure{Problem::stopped, place.file};
}

Failure ContainerWriter::Inside::stop(const Failure& failure) {
    failed = failure;
    return failure;
}

} // namespace cifra::vault
