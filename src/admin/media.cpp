// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl media: what its verbs share.
#include "admin/media_verbs.hpp"
#include "admin/names.hpp"
#include "admin/output.hpp"

#include <algorithm>

namespace cifra::admin {

using vault::Problem;

Failure failure_of(const vault::Failure& failure) {
    switch (failure.problem) {
        case Problem::no_space:
            return {Exit::disk, failure.text(),
                    "free some space and give the same command again; nothing was left behind"};
        case Problem::io_failed:
            return {Exit::disk, failure.text(), "see whether you may write there, and whether the disk is sound"};
        case Problem::exists:
            return {Exit::exists, failure.text(), "nothing is ever overwritten"};
        case Problem::not_authentic:
        case Problem::wrong_length:
        case Problem::bad_form:
        case Problem::foreign:
            return {Exit::integrity, failure.text(), "take it away with 'cifractl media rm', and add it again"};
        case Problem::stopped:
            return {Exit::interrupted, failure.text(), "nothing was left behind"};
        default:
            return {Exit::bad_input, failure.text()};
    }
}

OpenMedia::OpenMedia(const LendingOptions& options) : OpenVault(options) {
    try {
        vault_ = std::make_unique<vault::Vault>(config().vault,
                                                vault::VaultKey(crypto::Secret::copy_of(key().bytes().view())));
    } catch (const std::runtime_error& error) {
        throw Failure(Exit::bad_input, error.what(), "'cifractl init' makes one; another is named by --vault DIR");
    }
}

std::vector<OpenMedia::Entry> OpenMedia::entries() {
    auto listing = vault_->items();
    if (!listing) throw failure_of(listing.error());
    damaged_ = listing->damaged.size();
    for (const auto& one : listing->damaged) say("left out: " + one.text());
    std::vector<Entry> found;
    for (auto& info : listing->items) {
        auto described = proto::decode_signed_manifest(info.metadata);
        if (!described) {
            ++damaged_;
            say("left out: " + vault::container_name(info.item) + ": its description cannot be read");
            continue;
        }
        found.push_back({std::move(info), std::move(*described)});
    }
    std::sort(found.begin(), found.end(),
              [](const Entry& a, const Entry& b) { return a.described.manifest.name < b.described.manifest.name; });
    return found;
}

std::vector<OpenMedia::Entry> OpenMedia::demand_entries(const std::vector<std::string>& names) {
    auto all = entries();
    if (names.empty()) return all;
    std::vector<std::string> known;
    for (const auto& entry : all) known.push_back(entry.described.manifest.name);
    std::vector<Entry> chosen;
    for (const auto& name : names) {
        const auto id = ItemNames::id_if(name);
        const auto at = std::find_if(all.begin(), all.end(), [&](const Entry& entry) {
            return entry.described.manifest.name == name || (id && entry.info.item == *id);
        });
        if (at == all.end()) {
            const auto near = nearest(name, known);
            throw Failure(Exit::bad_input, "there is no item '" + name + "' in the vault",
                          near.empty() ? "see: cifractl media list" : "did you mean '" + near + "'?");
        }
        chosen.push_back(*at);
    }
    return chosen;
}

void add_media(CLI::App& program) {
    auto& noun = *program.add_subcommand("media", "Put recordings into the vault; list, verify and remove them");
    noun.footer(
        "Examples:\n"
        "  cifractl media add *.flac\n"
        "  cifractl media list\n"
        "  cifractl media verify");
    noun.require_subcommand(1);
    add_media_add(noun);
    add_media_list(noun);
    add_media_verify(noun);
    add_media_rm(noun);
    add_media_rewrap(noun);
}

} // namespace cifra::admin
