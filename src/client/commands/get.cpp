// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/commands/commands.hpp"
#include "client/denial.hpp"
#include "client/download_target.hpp"
#include "client/summary.hpp"
#include "client/terms_text.hpp"

namespace cifra::client {

namespace fs = std::filesystem;
using net::awaitable;

namespace {

class Download {
  public:
    Download(App& app, GetOptions options) : app_(app), options_(std::move(options)), play_(fresh_play_id()) {}

    awaitable<void> run();

  private:
    awaitable<void> transfer();
    awaitable<void> attempt(Link& link);
    awaitable<std::optional<Failure>> try_to_fetch(Link& link);
    awaitable<void> fetch(Link& link);
    bool needs_new_play(const Failure& denial);
    void begin(const proto::Opened& opened);
    fs::path target_path() const;
    void make_target(const proto::Manifest& manifest);
    void grant(Link& link, std::uint32_t stream);

    App& app_;
    GetOptions options_;
    proto::Id16 play_;     // one for all connections
    bool renewed_ = false; // the licence was, for want of which the stream ended
    std::optional<proto::Entry> entry_;
    std::shared_ptr<Link> link_;
    std::optional<proto::Manifest> manifest_;
    std::unique_ptr<Target> target_;
    std::optional<Progress> progress_;
    Summary summary_;
    // Of the present connection, in its chunks: what the READ in force asks for.
    std::uint32_t chunk_size_ = 0;
    std::uint64_t first_ = 0, end_ = 0;
    bool idle_ = false; // whoever reads our output has not yet taken what that brought
};

// Without --output the name is the one in the catalogue that was chosen from. It may not lead elsewhere, nor hide.
fs::path Download::target_path() const {
    fs::path given = options_.target;
    std::error_code error;
    if (!given.empty() && !fs::is_directory(given, error)) return given;
    const auto& name = entry_->name;
    if (name.empty() || name.starts_with('.') || name.find('/') != std::string::npos)
        throw Failure(Exit::usage, "'" + name + "' is taken as the name of a file only when asked for",
                      "give the name with --output");
    return given / name;
}

// Before a long download, not behind it.
void demand_free(const fs::path& path, bool force) {
    std::error_code ignored;
    const auto there = fs::symlink_status(path, ignored);
    if (!fs::exists(there)) return;
    const auto behind = fs::status(path, ignored);
    if (fs::is_directory(behind))
        throw Failure(Exit::exists, path.string() + " is a folder", "give another name with --output");
    if (fs::exists(behind) && !fs::is_regular_file(behind))
        throw Failure(Exit::exists, path.string() + " is no regular file",
                      "give another name with --output; with --output - the item goes to standard output");
    if (!force)
        throw Failure(Exit::exists, path.string() + " exists", "give --force to replace it, or another --output");
}

void Download::make_target(const proto::Manifest& manifest) {
    if (options_.target == "-") {
        target_ = make_output_target(manifest, [this, &io = app_.io] {
            net::asio::post(io, [this] {
                if (link_) link_->poke();
            });
        });
        return;
    }
    const auto path = target_path();
    demand_free(path, options_.force);
    target_ = make_file_target(path, manifest, options_.force);
    summary_.path = path.string();
}

// The chunks of each connection have a size of their own; all else must be as it was.
void Download::begin(const proto::Opened& opened) {
    const auto& manifest = opened.manifest;
    if (manifest.name != entry_->name)
        throw Failure(Exit::integrity,
                      "the server calls '" + entry_->name + "' by another name: '" + manifest.name + "'",
                      "run the same command again; tell the server's operator if it stays");
    if (manifest_ &&
        (manifest_->sha256 != manifest.sha256 || manifest_->size != manifest.size || manifest_->root != manifest.root))
        throw Failure(Exit::refused, "the item changed on the server while it was fetched",
                      "run the same command again");
    const bool again = manifest_.has_value();
    manifest_ = manifest;
    if (!again) make_target(manifest);
    chunk_size_ = opened.chunk_size;
    target_->begin(chunk_size_);
    first_ = end_ = target_->next_byte() / chunk_size_;
    const auto at = " at chunk " + std::to_string(first_);
    if (again) return app_.terminal.say("going on" + at);
    if (const auto left = show_left_behind(opened.terms, std::time(nullptr)); !left.empty())
        app_.terminal.say(manifest.name + ": " + left);
    summary_.begin(manifest.name, manifest.size, first_);
    if (target_->next_byte() != 0) app_.terminal.say("resuming " + manifest.name + at);
    progress_.emplace(app_.terminal, manifest.name, manifest.size, target_->next_byte());
}

void Download::grant(Link& link, std::uint32_t stream) {
    const auto chunk_size = chunk_size_;
    const auto chunks = proto::chunk_count(manifest_->size, chunk_size);
    const auto wanted = target_->granted() == manifest_->size ? chunks : target_->granted() / chunk_size;
    const auto granted = std::min(wanted, target_->next_byte() / chunk_size + link.session().window(chunk_size));
    if (granted <= end_) return;
    // Half a window at a time: a READ for every chunk would cost more than it brings.
    const auto half = (granted - std::min(granted, target_->next_byte() / chunk_size)) / 2;
    if (granted != chunks && end_ != first_ && granted < end_ + std::max<std::uint64_t>(1, half)) return;
    const auto count = static_cast<std::uint32_t>(granted - first_);
    if (end_ != first_)
        link.extend(stream, count);
    else
        link.read(stream, first_, count, [this, chunk_size](std::uint64_t index, ByteView bytes) {
            target_->write(index * chunk_size, bytes);
        });
    end_ = granted;
}

awaitable<void> Download::fetch(Link& link) {
    // A target that will not do is no reason to begin a play.
    if (!target_ && options_.target != "-") demand_free(target_path(), options_.force);
    const auto opened = co_await link.open(proto::Mode::save, entry_->item, play_);
    renewed_ = false;
    begin(opened);
    const auto stream = opened.request;
    co_await link.until(stream, [&] {
        progress_->show(target_->next_byte(), link.session().sending_epoch());
        if (target_->done()) return true;
        grant(link, stream);
        idle_ = target_->next_byte() == std::min(end_ * chunk_size_, manifest_->size);
        return false;
    });
    co_await link.close(stream);
}

awaitable<std::optional<Failure>> Download::try_to_fetch(Link& link) {
    std::optional<Failure> denial;
    try {
        co_await fetch(link);
    } catch (const Failure& failure) {
        if (failure.status != Exit::licence) throw;
        denial = failure;
    }
    co_return denial;
}

// What ended for want of a licence may be over for the server although there is one again.
bool Download::needs_new_play(const Failure& denial) {
    if (denial.code != static_cast<std::uint16_t>(play_over) || !std::exchange(renewed_, false)) return false;
    play_ = fresh_play_id();
    return true;
}

awaitable<void> Download::attempt(Link& link) {
    const Tally tally(summary_, link);
    idle_ = false;
    if (!entry_) entry_ = co_await find_item(link, options_.item);
    for (;;) {
        const auto denial = co_await try_to_fetch(link);
        if (!denial) co_return;
        if (needs_new_play(*denial)) continue;
        const auto refusal = co_await answer_denial(app_, link, *entry_, *denial);
        if (refusal) throw Failure(*refusal);
        renewed_ = true;
    }
}

awaitable<void> Download::run() {
    try {
        co_await transfer();
    } catch (const Failure& failure) {
        const auto how = target_ ? target_->how_to_go_on() : "";
        if (how.empty()) throw;
        auto told = failure;
        if (failure.status == Exit::interrupted)
            told.remedy = how;
        else if (failure.status == Exit::licence)
            told.remedy += "; " + how;
        throw Failure(std::move(told));
    }
}

awaitable<void> Download::transfer() {
    demand_item(options_.item);
    link_ = co_await log_in(app_);
    const Attempt attempts = [this](Link& link) { return attempt(link); };
    const std::function<Standing()> standing = [this] { return Standing{target_ ? target_->next_byte() : 0, idle_}; };
    co_await with_reconnection(app_, link_, attempts, standing);
    app_.terminal.status("waiting for the disk", true);
    co_await target_->finish(app_.interrupt);
    app_.terminal.clear_status();
    summary_.print(app_, "saved", options_.target == "-");
    co_await link_->bye();
}

} // namespace

awaitable<void> run_get(App& app, GetOptions options) {
    Download download(app, std::move(options));
    co_await download.run();
}

} // namespace cifra::client
