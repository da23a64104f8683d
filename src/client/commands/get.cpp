// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/commands/commands.hpp"
#include "client/output.hpp"
#include "client/part_file.hpp"
#include "client/pipe_writer.hpp"
#include "client/summary.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace cifra::client {

namespace fs = std::filesystem;
using net::awaitable;

namespace {

constexpr std::uint64_t pipe_window = 8 << 20; // bytes that may wait for a slow reader of standard output

proto::Id16 fresh_play_id() {
    Botan::AutoSeeded_RNG rng;
    proto::Id16 id{};
    rng.randomize(id.data(), id.size());
    return id;
}

// Where chunks go. `room` is how many chunks may be asked for behind the first missing one.
class Target {
  public:
    virtual ~Target() = default;
    virtual std::uint64_t next_chunk() const = 0;
    virtual void write(std::uint64_t index, ByteView bytes) = 0;
    virtual std::uint64_t granted() const = 0; // chunks from the beginning that may be asked for
    virtual bool done() const = 0;
    virtual void finish() = 0;
    // What to do when it stopped in the middle; may be empty.
    virtual std::string how_to_go_on() const = 0;
};

class FileTarget final : public Target {
  public:
    FileTarget(fs::path path, const proto::Manifest& manifest, bool force)
        : file_(std::move(path), manifest),
          chunks_(proto::chunk_count(manifest.size, manifest.chunk_size)),
          force_(force) {}
    std::uint64_t next_chunk() const override { return file_.next_chunk(); }
    void write(std::uint64_t index, ByteView bytes) override { file_.write(index, bytes); }
    std::uint64_t granted() const override {
        return chunks_;
    } // each chunk is on its way to the disk when the next arrives
    bool done() const override { return file_.next_chunk() == chunks_; }
    void finish() override { file_.finish(force_); }
    std::string how_to_go_on() const override {
        if (file_.next_chunk() == 0) return {};
        return "what has arrived is kept in " + file_.path().string() +
               ": run the same command again, it goes on there";
    }

  private:
    PartFile file_;
    std::uint64_t chunks_;
    bool force_;
};

class OutputTarget final : public Target {
  public:
    OutputTarget(const proto::Manifest& manifest, std::function<void()> poke)
        : chunk_size_(manifest.chunk_size), size_(manifest.size), chunks_(proto::chunk_count(size_, chunk_size_)) {
        struct stat info{};
        const bool blocks = ::fstat(STDOUT_FILENO, &info) == 0 && !S_ISREG(info.st_mode) &&
                            (!S_ISCHR(info.st_mode) || ::isatty(STDOUT_FILENO) == 1);
        if (blocks) pipe_.emplace(STDOUT_FILENO, std::move(poke));
    }
    std::uint64_t next_chunk() const override { return next_; }
    void write(std::uint64_t index, ByteView bytes) override {
        next_ = index + 1;
        if (pipe_) return pipe_->push(bytes);
        while (!bytes.empty()) {
            const auto put = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
            if (put < 0 && errno != EINTR) output_failure(errno);
            if (put > 0) bytes = bytes.subspan(static_cast<std::size_t>(put));
        }
    }
    std::uint64_t granted() const override {
        if (!pipe_) return chunks_;
        if (const int error = pipe_->error()) output_failure(error);
        return std::min(chunks_,
                        (pipe_->written() + std::max<std::uint64_t>(pipe_window, 2ULL * chunk_size_)) / chunk_size_);
    }
    bool done() const override {
        if (!pipe_) return next_ == chunks_;
        if (const int error = pipe_->error()) output_failure(error);
        return pipe_->written() == size_;
    }
    void finish() override {}
    std::string how_to_go_on() const override { return next_ == 0 ? "" : "what was written is not the whole item"; }

  private:
    std::uint32_t chunk_size_;
    std::uint64_t size_, chunks_, next_ = 0;
    std::optional<PipeWriter> pipe_;
};

class Download {
  public:
    Download(App& app, GetOptions options) : app_(app), options_(std::move(options)), play_(fresh_play_id()) {}

    awaitable<void> run();

  private:
    awaitable<void> transfer();
    awaitable<void> attempt(Link& link);
    void begin(const proto::Manifest& manifest);
    fs::path target_path(const proto::Manifest& manifest) const;
    void grant(Link& link, std::uint32_t stream, std::uint64_t& asked);

    App& app_;
    GetOptions options_;
    proto::Id16 play_;
    proto::Id16 item_{};
    std::shared_ptr<Link> link_;
    std::optional<proto::Manifest> manifest_;
    std::unique_ptr<Target> target_;
    std::optional<Progress> progress_;
    Summary summary_;
    unsigned attempts_ = 0;
};

fs::path Download::target_path(const proto::Manifest& manifest) const {
    // The name comes from the server: only its last component counts, and it may not be a special one.
    auto name = fs::path(manifest.name).filename();
    if (name.empty() || name == "." || name == "..") name = hex(manifest.item);
    if (options_.target.empty()) return name;
    std::error_code error;
    const fs::path given = options_.target;
    return fs::is_directory(given, error) ? given / name : given;
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

void Download::begin(const proto::Manifest& manifest) {
    if (manifest_ && manifest_->sha256 != manifest.sha256)
        throw Failure(Exit::refused, "the item changed on the server while it was fetched",
                      "run the same command again");
    if (manifest_) return;
    manifest_ = manifest;
    if (options_.target == "-") {
        target_ = std::make_unique<OutputTarget>(manifest, [this, &io = app_.io] {
            net::asio::post(io, [this] {
                if (link_) link_->poke();
            });
        });
    } else {
        const auto path = target_path(manifest);
        demand_free(path, options_.force);
        target_ = std::make_unique<FileTarget>(path, manifest, options_.force);
        summary_.path = path.string();
    }
    summary_.begin(manifest.name, manifest.size, target_->next_chunk());
    if (target_->next_chunk() != 0)
        app_.terminal.say("resuming " + manifest.name + " at chunk " + std::to_string(target_->next_chunk()));
    progress_.emplace(app_.terminal, manifest.name, manifest.size, target_->next_chunk() * manifest.chunk_size);
}

void Download::grant(Link& link, std::uint32_t stream, std::uint64_t& asked) {
    const auto* info = link.session().stream(stream);
    const auto granted = target_->granted();
    // Half a window at a time: a READ for every chunk would cost more than it brings.
    const bool worth_it = granted == (info != nullptr ? info->chunks : 0) ||
                          granted >= asked + std::max<std::uint64_t>(1, (granted - target_->next_chunk()) / 2);
    if (info == nullptr || granted <= asked || !worth_it) return;
    link.extend(stream, static_cast<std::uint32_t>(granted - info->first));
    asked = granted;
}

awaitable<void> Download::attempt(Link& link) {
    const Tally tally(summary_, link);
    const auto opened = co_await link.open(proto::Mode::save, item_, play_);
    begin(opened.manifest);
    const auto stream = opened.request;
    const auto first = target_->next_chunk();
    if (attempts_++ != 0) app_.terminal.say("going on at chunk " + std::to_string(first));
    const auto* info = link.session().stream(stream);
    auto asked = target_->granted();
    if (info != nullptr && first < info->chunks)
        link.read(stream, first, static_cast<std::uint32_t>(asked - first),
                  [this](std::uint64_t index, ByteView bytes) { target_->write(index, bytes); });
    co_await link.until(stream, [&] {
        progress_->show(target_->next_chunk() * manifest_->chunk_size, link.session().sending_epoch());
        if (target_->done()) return true;
        grant(link, stream, asked);
        return false;
    });
    co_await link.close(stream);
}

awaitable<void> Download::run() {
    try {
        co_await transfer();
    } catch (const Failure& failure) {
        if (failure.status != Exit::interrupted || !target_) throw;
        throw Failure(failure.status, failure.what(), target_->how_to_go_on());
    }
}

awaitable<void> Download::transfer() {
    demand_item(options_.item);
    link_ = co_await log_in(app_);
    item_ = (co_await find_item(*link_, options_.item)).item;
    co_await with_reconnection(app_, link_, [this](Link& link) { return attempt(link); });
    app_.terminal.clear_status();
    target_->finish();
    summary_.print(app_, "saved", options_.target == "-");
    co_await link_->bye();
}

} // namespace

awaitable<void> run_get(App& app, GetOptions options) {
    Download download(app, std::move(options));
    co_await download.run();
}

} // namespace cifra::client
