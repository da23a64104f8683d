// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl media list, cifractl media verify.
#include "admin/dates.hpp"
#include "admin/media_verbs.hpp"
#include "admin/output.hpp"
#include "admin/staging.hpp"
#include "licence/hex.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace cifra::admin {

namespace {

struct Options {
    LendingOptions lending;
    std::vector<std::string> names;

    Options() { lending.with_ledger = false; }
};

boost::json::object json_of(const OpenMedia::Entry& entry) {
    const auto& manifest = entry.described.manifest;
    const auto& note = entry.info.note;
    return {{"item", licence::to_hex(entry.info.item)},
            {"name", manifest.name},
            {"kind", manifest.kind == proto::Kind::audio ? "audio" : "file"},
            {"size", manifest.size},
            {"title", manifest.title},
            {"artist", manifest.artist},
            {"album", manifest.album},
            {"duration_ms", manifest.duration_ms},
            {"uploaded_by", std::string(note.begin(), std::find(note.begin(), note.end(), '\n'))}};
}

std::string line_of(const OpenMedia::Entry& entry) {
    const auto& manifest = entry.described.manifest;
    std::string line = manifest.name + "  " + std::to_string(manifest.size);
    if (manifest.kind == proto::Kind::audio) line += "  " + clock_text(manifest.duration_ms);
    if (!manifest.title.empty()) line += "  " + manifest.title;
    if (!manifest.artist.empty()) line += "  " + manifest.artist;
    return line;
}

void list(const Options& options) {
    OpenMedia media(options.lending);
    const auto entries = media.demand_entries(options.names);
    if (options.lending.common.json) {
        boost::json::array all;
        for (const auto& entry : entries) all.push_back(json_of(entry));
        return print(all);
    }
    for (const auto& entry : entries) print(line_of(entry));
    if (entries.empty()) say("The vault is empty; add recordings: cifractl media add FILE…");
}

void verify(const Options& options) {
    OpenMedia media(options.lending);
    std::vector<std::string> wrong;
    const auto entries = media.demand_entries(options.names);
    for (const auto& entry : entries) {
        StagedFolder::check_interrupted();
        const auto& name = entry.described.manifest.name;
        const bool described = entry.described.manifest.item == entry.info.item &&
                               entry.described.manifest.root == entry.info.root &&
                               entry.described.manifest.size == entry.info.size;
        const auto verified = media.vault().verify(entry.info.item);
        if (verified && described) continue;
        wrong.push_back(name);
        say(name + ": " + (verified ? "it is described wrongly" : verified.error().text()));
    }
    const auto bad = wrong.size() + (options.names.empty() ? media.damaged() : 0);
    if (options.lending.common.json)
        print(boost::json::object{{"verified", entries.size() - wrong.size()},
                                  {"damaged", bad},
                                  {"names", boost::json::array(wrong.begin(), wrong.end())}});
    else
        print(std::to_string(entries.size() - wrong.size()) + " verified, " + std::to_string(bad) + " damaged");
    if (bad != 0)
        throw Failure(Exit::integrity, "the vault is damaged, or was altered",
                      "take what is named above away with 'cifractl media rm', and add it again");
}

} // namespace

void add_media_list(CLI::App& media) {
    auto options = std::make_shared<Options>();
    auto& verb = *media.add_subcommand("list", "List what is in the vault");
    verb.footer("Examples:\n  cifractl media list\n  cifractl media list --json");
    options->lending.add_to(verb);
    verb.add_option("items", options->names, "Names, or ids; without any, all items")->type_name("ITEM");
    verb.callback([options] { list(*options); });
}

void add_media_verify(CLI::App& media) {
    auto options = std::make_shared<Options>();
    auto& verb = *media.add_subcommand("verify", "Read every byte, and prove it against seal and hash tree");
    verb.footer("Examples:\n  cifractl media verify\n  cifractl media verify concert.flac");
    options->lending.add_to(verb);
    verb.add_option("items", options->names, "Names, or ids; without any, all items")->type_name("ITEM");
    verb.callback([options] { verify(*options); });
}

} // namespace cifra::admin
