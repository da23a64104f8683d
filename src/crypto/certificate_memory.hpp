// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/certificate_path.hpp"

#include <list>
#include <map>

namespace cifra::crypto {

// Paths that were found valid, by the hash of their chain; when it is full, the one goes that was unused for longest.
class PathMemory {
  public:
    using Key = std::array<std::uint8_t, 32>;
    using Path = std::shared_ptr<const ValidPath>;

    explicit PathMemory(std::size_t capacity) : capacity_(capacity) {}

    // nullptr if it is unknown.
    Path find(const Key& key) {
        const auto found = index_.find(key);
        if (found == index_.end()) return nullptr;
        entries_.splice(entries_.begin(), entries_, found->second);
        return found->second->path;
    }

    void remember(const Key& key, Path path) {
        if (const auto known = index_.find(key); known != index_.end()) forget(known);
        if (entries_.size() == capacity_) forget(index_.find(entries_.back().key));
        entries_.push_front({key, std::move(path)});
        index_[key] = entries_.begin();
    }

    std::vector<Path> all() const {
        std::vector<Path> paths;
        for (const auto& entry : entries_) paths.push_back(entry.path);
        return paths;
    }

    void clear() {
        index_.clear();
        entries_.clear();
    }

  private:
    struct Entry {
        Key key;
        Path path;
    };
    using Index = std::map<Key, std::list<Entry>::iterator>;

    void forget(Index::iterator which) {
        entries_.erase(which->second);
        index_.erase(which);
    }

    std::size_t capacity_;
    std::list<Entry> entries_; // the one used last in front
    Index index_;
};

} // namespace cifra::crypto
