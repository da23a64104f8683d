// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Files of a vault. The first byte says which: 0 vault.key, 1 a container as it is, 2 one whose header, whatever it
// says, is made true, so that what stands behind the MAC is reached.
#include "vault/container.hpp"
#include "vault/reader.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <botan/hex.h>
#include <botan/rng.h>

#include <algorithm>
#include <cstdlib>

using namespace cifra;
using namespace cifra::vault;

namespace {

class NoRng final : public Botan::RandomNumberGenerator {
  public:
    void randomize(std::uint8_t out[], std::size_t length) override { std::fill_n(out, length, std::uint8_t{7}); }
    bool accepts_input() const override { return false; }
    void add_entropy(const std::uint8_t[], std::size_t) override {}
    std::string name() const override { return "none"; }
    void clear() override {}
    bool is_seeded() const override { return true; }
};

void demand(bool condition) {
    if (!condition) std::abort();
}

const VaultKey& key() {
    // That of test/vectors/vault, from which the corpus is.
    static const VaultKey key(
        crypto::Secret(Botan::hex_decode_locked("df2b837e50dfef663ef32b7b9f0a70b0f5c96fa483939af09c70ca3818c29aff")));
    return key;
}

Descriptor file_of(ByteView bytes) {
    Descriptor fd(::memfd_create("vault", MFD_CLOEXEC));
    demand(fd && write_at(fd.get(), 0, bytes) == 0);
    return fd;
}

void read_key_file(ByteView bytes) {
    const auto found = parse_key_file(bytes, "fuzz");
    if (!found) return;
    demand(bytes.size() == KeyFile::length);
    if (found->kind == KeyKind::key_file) return;
    const auto& cost = found->cost;
    demand(cost.memory_kib >= min_cost.memory_kib && cost.memory_kib <= max_cost.memory_kib);
    demand(cost.passes >= min_cost.passes && cost.passes <= max_cost.passes);
    demand(cost.lanes >= min_cost.lanes && cost.lanes <= max_cost.lanes);
}

void read_container(ByteView bytes) {
    SealedFile file(file_of(bytes), "fuzz");
    const auto opened = open_container(file, key().derive(items_label));
    if (!opened) return;
    demand(opened->metadata.size() <= max_metadata && opened->note.size() <= max_note);
    const auto layout = opened->layout();
    demand(opened->header.state == State::partial ||
           layout.file_length(opened->header.metadata_length) == bytes.size());
    for (std::uint64_t page = 0; page < layout.pages() && opened->header.state == State::whole; ++page) {
        (void)open_page(file, layout, page, opened->summary.at(static_cast<std::size_t>(page)));
    }
}

// Offsets never wrap, and each part begins where the one before it ends.
void check_layout(const Layout& layout) {
    if (layout.chunks() == 0) return;
    const auto last = layout.chunks() - 1;
    demand(layout.chunk_length(last) > 0 && layout.chunk_at(last) >= layout.chunk_at(0));
    demand(layout.page_at(layout.pages() - 1) > layout.chunk_at(last));
    demand(layout.summary_at() > layout.page_at(layout.pages() - 1));
    demand(layout.file_length(max_metadata) > layout.size());
    demand(layout.file_length(max_metadata) < std::uint64_t{1} << 43);
}

void read_made_true(ByteView bytes) {
    if (bytes.size() < Header::length) return;
    auto header = parse_header(bytes.first(Header::length), "fuzz");
    if (!header) return;
    check_layout(header->layout());
    NoRng rng;
    const ItemKey item_key(crypto::Secret::copy_of(Bytes(VaultKey::size, 2)));
    Bytes whole = item_key.seal_header(*header, key().derive(items_label), {}, rng);
    whole.insert(whole.end(), bytes.begin() + Header::length, bytes.end());
    read_container(whole);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > 100'000) return 0;
    const ByteView bytes(data + 1, size - 1);
    if (data[0] == 0) read_key_file(bytes);
    if (data[0] == 1) read_container(bytes);
    if (data[0] == 2) read_made_true(bytes);
    return 0;
}
