// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "vault/reader.hpp"

#include "proto/frame.hpp"
#include "vault/container.hpp"

#include <botan/mem_ops.h>

#include <algorithm>
#include <cerrno>
#include <list>
#include <stdexcept>

namespace cifra::vault {

namespace {

// Trees of pages, each 32 KiB, for as many streams at different places as this.
constexpr std::size_t kept_pages = 8;

void demand(bool condition, const char* what) {
    if (!condition) throw std::logic_error(what);
}

} // namespace

struct ContainerReader::Inside {
    Inside(std::unique_ptr<const SealedFile> its_file, Opened its_opened)
        : owned(std::move(its_file)),
          file(*owned),
          header(its_opened.header),
          note(std::move(its_opened.note)),
          metadata(std::move(its_opened.metadata)),
          summary(std::move(its_opened.summary)),
          top(summary) {}

    using PageTree = std::shared_ptr<const crypto::HashTree>;
    Outcome<PageTree> tree_of(std::uint64_t page) const;
    Outcome<void> verify_page(std::uint64_t page, MutableBytes chunk, const Cancelled& cancelled) const;
    Layout layout() const { return header.layout(); }

    const std::unique_ptr<const SealedFile> owned;
    const SealedFile& file;
    const Header header;
    const Bytes note;
    const Bytes metadata;
    const std::vector<crypto::TreeHash> summary;
    const crypto::HashTree top; // whose leaves are the pages

    mutable std::mutex mutex;
    mutable std::list<std::pair<std::uint64_t, PageTree>> pages; // the latest first
};

Outcome<ContainerReader::Inside::PageTree> ContainerReader::Inside::tree_of(std::uint64_t page) const {
    {
        const std::lock_guard lock(mutex);
        const auto found = std::ranges::find(pages, page, [](const auto& entry) { return entry.first; });
        if (found != pages.end()) {
            pages.splice(pages.begin(), pages, found);
            return pages.front().second;
        }
    }
    auto leaves = open_page(file, layout(), page, summary.at(static_cast<std::size_t>(page)));
    if (!leaves) return leaves.error();
    auto tree = std::make_shared<const crypto::HashTree>(std::move(*leaves));
    const std::lock_guard lock(mutex);
    pages.emplace_front(page, tree);
    if (pages.size() > kept_pages) pages.pop_back();
    return tree;
}

Outcome<void> ContainerReader::Inside::verify_page(std::uint64_t page, MutableBytes chunk,
                                                   const Cancelled& cancelled) const {
    const auto leaves = open_page(file, layout(), page, summary.at(static_cast<std::size_t>(page)));
    if (!leaves) return leaves.error();
    for (std::size_t i = 0; i < leaves->size(); ++i) {
        if (cancelled && cancelled()) return Failure{Problem::stopped, file.path()};
        const auto index = page * leaves_per_page + i;
        const auto text = chunk.first(layout().chunk_length(index));
        if (auto opened = file.open_chunks(layout(), index, text); !opened) return opened;
        if (crypto::hash_leaf(text) != leaves->at(i)) return Failure{Problem::not_authentic, file.path()};
    }
    return {};
}

ContainerReader::ContainerReader(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
ContainerReader::~ContainerReader() = default;

Outcome<std::shared_ptr<const ContainerReader>> ContainerReader::open(const std::filesystem::path& file,
                                                                      const VaultKey& key) {
    auto fd = open_to_read(file);
    if (!fd) return failure_of(errno, file);
    auto sealed = std::make_unique<SealedFile>(std::move(fd), file);
    auto opened = open_container(*sealed, key.derive(items_label));
    if (!opened) return opened.error();
    if (opened->header.state != State::whole) return Failure{Problem::incomplete, file};
    auto inside = std::make_unique<Inside>(std::move(sealed), std::move(*opened));
    return std::shared_ptr<const ContainerReader>(new ContainerReader(std::move(inside)));
}

const proto::Id16& ContainerReader::item() const noexcept { return inside_->header.item; }
std::uint64_t ContainerReader::size() const noexcept { return inside_->header.size; }
const crypto::TreeHash& ContainerReader::root() const noexcept { return inside_->header.root; }
ByteView ContainerReader::note() const noexcept { return inside_->note; }
ByteView ContainerReader::metadata() const noexcept { return inside_->metadata; }

Outcome<void> ContainerReader::read_chunk(std::uint64_t index, std::uint32_t size_of_chunk, MutableBytes out) const {
    demand(crypto::is_tree_chunk_size(size_of_chunk) && size_of_chunk <= proto::max_chunk, "no size of a chunk");
    demand(!out.empty() && out.size() == proto::chunk_length(size(), size_of_chunk, index), "not the chunk's length");
    return inside_->file.open_chunks(inside_->layout(), index * (size_of_chunk / chunk_size), out);
}

Outcome<void> ContainerReader::path(std::uint64_t index, std::uint32_t size_of_chunk, MutableBytes out) const {
    demand(crypto::is_tree_chunk_size(size_of_chunk) && size_of_chunk <= proto::max_chunk, "no size of a chunk");
    demand(index < proto::chunk_count(size(), size_of_chunk), "a chunk that the item does not have");
    demand(out.size() == crypto::path_length(size(), size_of_chunk, index) * sizeof(crypto::TreeHash),
           "not the length of the path");
    // A page is an aligned block of leaves and so a node: up to there by its own tree, from there by that of all pages.
    constexpr std::uint64_t page_size = std::uint64_t{leaves_per_page} * chunk_size;
    const auto page = index * size_of_chunk / page_size;
    const auto tree = inside_->tree_of(page);
    if (!tree) {
        std::ranges::fill(out, std::uint8_t{0});
        return tree.error();
    }
    const auto within = std::min(page_size, size() - page * page_size);
    const auto chunk = index - page * (page_size / size_of_chunk);
    const auto length = crypto::path_length(within, size_of_chunk, chunk) * sizeof(crypto::TreeHash);
    (*tree)->path(within, size_of_chunk, chunk, out.first(length));
    inside_->top.path(inside_->layout().pages() * chunk_size, chunk_size, page, out.subspan(length));
    return {};
}

Outcome<void> ContainerReader::read_at(std::uint64_t offset, MutableBytes out) const {
    return inside_->file.read_plain(inside_->layout(), offset, out);
}

Outcome<void> ContainerReader::verify(const Cancelled& cancelled) const {
    Bytes chunk(chunk_size);
    Outcome<void> outcome;
    for (std::uint64_t page = 0; outcome && page < inside_->layout().pages(); ++page) {
        outcome = inside_->verify_page(page, chunk, cancelled);
    }
    Botan::secure_scrub_memory(chunk.data(), chunk.size());
    return outcome;
}

} // namespace cifra::vault
