// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/download_target.hpp"

#include "client/aside.hpp"
#include "client/exit_code.hpp"
#include "client/output.hpp"
#include "client/part_file.hpp"
#include "client/pipe_writer.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

namespace cifra::client {

using net::awaitable;

namespace {

constexpr std::uint64_t pipe_window = 8 << 20; // bytes that may wait for a slow reader of standard output

class FileTarget final : public Target {
  public:
    FileTarget(std::filesystem::path path, const proto::Manifest& manifest, bool force)
        : file_(std::make_shared<PartFile>(std::move(path), manifest)), size_(manifest.size), force_(force) {}
    void begin(std::uint32_t chunk_size) override { file_->begin(chunk_size); }
    std::uint64_t next_byte() const override { return file_->next_byte(); }
    void write(std::uint64_t at, ByteView bytes) override { file_->write(at, bytes); }
    // Each chunk is on its way to the disk when the next arrives.
    std::uint64_t granted() const override { return size_; }
    bool done() const override { return file_->next_byte() == size_; }
    awaitable<void> finish(Interrupt& interrupt) override;
    std::string how_to_go_on() const override {
        if (published_) return "it is saved, but was not yet on the disk for good";
        if (file_->next_byte() == 0) return {};
        return "what has arrived is kept in " + file_->path().string() +
               ": run the same command again, it goes on there";
    }

  private:
    std::shared_ptr<PartFile> file_; // shared with a thread that settles it
    std::uint64_t size_;
    bool force_, published_ = false;
};

awaitable<void> FileTarget::finish(Interrupt& interrupt) {
    const std::function<void()> settle = [file = file_] { file->settle(); };
    const std::function<void()> settle_name = [file = file_] { file->settle_name(); };
    const bool settled = co_await aside(interrupt, settle);
    if (!settled) throw Failure(Exit::disk, "the disk does not answer", how_to_go_on());
    file_->publish(force_);
    published_ = true;
    co_await aside(interrupt, settle_name);
}

class OutputTarget final : public Target {
  public:
    OutputTarget(const proto::Manifest& manifest, std::function<void()> poke) : size_(manifest.size) {
        struct stat info{};
        const bool blocks = ::fstat(STDOUT_FILENO, &info) == 0 && !S_ISREG(info.st_mode) &&
                            (!S_ISCHR(info.st_mode) || ::isatty(STDOUT_FILENO) == 1);
        if (blocks) pipe_.emplace(STDOUT_FILENO, std::move(poke));
    }
    void begin(std::uint32_t chunk_size) override { chunk_size_ = chunk_size; }
    std::uint64_t next_byte() const override { return next_; }
    void write(std::uint64_t at, ByteView bytes) override {
        // What was written stays written: only the rest of a chunk that overlaps it.
        bytes = bytes.subspan(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), next_ - at)));
        next_ += bytes.size();
        if (pipe_) return pipe_->push(bytes);
        while (!bytes.empty()) {
            const auto put = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
            if (put < 0 && errno != EINTR) output_failure(errno);
            if (put > 0) bytes = bytes.subspan(static_cast<std::size_t>(put));
        }
    }
    std::uint64_t granted() const override {
        if (!pipe_) return size_;
        if (const int error = pipe_->error()) output_failure(error);
        return std::min(size_, pipe_->written() + std::max<std::uint64_t>(pipe_window, 2ULL * chunk_size_));
    }
    bool done() const override {
        if (!pipe_) return next_ == size_;
        if (const int error = pipe_->error()) output_failure(error);
        return pipe_->written() == size_;
    }
    awaitable<void> finish(Interrupt&) override { co_return; }
    std::string how_to_go_on() const override { return next_ == 0 ? "" : "what was written is not the whole item"; }

  private:
    std::uint32_t chunk_size_ = 0;
    std::uint64_t size_, next_ = 0;
    std::optional<PipeWriter> pipe_;
};

} // namespace

std::unique_ptr<Target> make_file_target(std::filesystem::path path, const proto::Manifest& manifest, bool force) {
    return std::make_unique<FileTarget>(std::move(path), manifest, force);
}

std::unique_ptr<Target> make_output_target(const proto::Manifest& manifest, std::function<void()> poke) {
    return std::make_unique<OutputTarget>(manifest, std::move(poke));
}

} // namespace cifra::client
