// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Internal to cifra_vault: what a ContainerWriter holds.
#pragma once

#include "vault/container.hpp"
#include "vault/writer.hpp"

#include <botan/auto_rng.h>

namespace cifra::vault {

enum class Phase : std::uint8_t { taking, ended, finished };

struct ContainerWriter::Inside {
    Inside(WriterPlace its_place, const VaultKey& vault_key, Descriptor fd)
        : place(std::move(its_place)), items_key(vault_key.derive(items_label)), file(std::move(fd), place.file) {}

    // A new item: key, note, and for one of known size the header of a partial container.
    Outcome<void> start(NewItem given);
    // A partial one: what is authentic goes through `take`, what follows it is cut off.
    Outcome<void> resume(const TakePiece& take);

    Outcome<void> append(ByteView bytes);
    Outcome<void> sync();
    Outcome<crypto::TreeHash> end();
    Outcome<void> finish(ByteView metadata);
    void discard();

    bool of_known_size() const noexcept { return announced.has_value(); }
    Layout layout() const { return header.layout(); }

    const WriterPlace place;
    const crypto::Secret items_key;
    SealedFile file;
    Botan::AutoSeeded_RNG rng;
    std::optional<ItemKey> key;
    std::unique_ptr<crypto::Aead> aead;

    Header header;
    Bytes note;
    SectionTags tags;
    std::optional<std::uint64_t> announced;

    std::uint64_t taken = 0;               // plaintext bytes
    std::uint64_t sealed = 0;              // chunks
    std::uint64_t durable = 0;             // plaintext bytes
    Bytes tail;                            // the chunk that is being filled: plaintext, in memory alone
    std::vector<crypto::TreeHash> leaves;  // of the page that is being filled
    std::vector<crypto::TreeHash> summary; // a hash a page
    Bytes pending;                         // sealed, to be written at
    std::uint64_t pending_at = 0;

    Phase phase = Phase::taking;
    std::optional<Failure> failed;
    bool removed = false;

  private:
    void take_key(ItemKey its_key);
    Outcome<void> open_partial();
    Outcome<void> read_again(const TakePiece& take);
    bool page_stands(std::uint64_t page) const;
    void seal_chunk(bool last);
    void seal_page();
    SectionTag add_section(Section section, bool last, std::uint64_t index, ByteView text);
    Outcome<void> write_header(State state);
    Outcome<void> flush();
    Outcome<void> sync_file();
    Outcome<void> publish();
    Failure stop(const Failure& failure);
    Failure stop(int error) { return stop(failure_of(error, place.file)); }
};

} // namespace cifra::vault
