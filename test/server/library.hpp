// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A media_dir and a state_dir, and what a catalogue of them holds.
#pragma once

#include "folder.hpp"
#include "server/catalogue.hpp"

namespace cifra::server::test {

struct Library {
    Folder folder;
    Library() {
        folder.make("media");
        folder.make("state");
    }
    std::filesystem::path write(const std::string& name, std::string_view contents) const {
        return folder.write("media/" + name, contents);
    }
    Catalogue open() const { return Catalogue(folder / "media", folder / "state"); }
};

inline std::vector<std::string> names(const Catalogue& catalogue) {
    std::vector<std::string> out;
    const auto snapshot = catalogue.snapshot();
    out.reserve(snapshot->items().size());
    for (const auto& item : snapshot->items()) out.push_back(item->manifest.name);
    return out;
}

using Names = std::vector<std::string>;

} // namespace cifra::server::test
