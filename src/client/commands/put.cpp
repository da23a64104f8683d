// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/commands/commands.hpp"
#include "client/part_file.hpp"
#include "client/summary.hpp"
#include "proto/utf8.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace cifra::client {

namespace fs = std::filesystem;
using net::awaitable;

namespace {

constexpr std::uint32_t upload_chunk = 256 * 1024; // bytes, where the server takes as much
constexpr std::uint64_t slow_disk = 1'000'000;     // bytes a second, at which a server reads, hashes and keeps them

// The file to send; standard input is first copied to an unnamed file, as its size and hash are announced before it is
// sent.
class Source {
  public:
    explicit Source(const std::string& file);
    ~Source() {
        if (fd_ >= 0) ::close(fd_);
    }
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;

    int fd() const { return fd_; }
    std::uint64_t size() const { return size_; }
    bool read(std::uint64_t at, MutableBytes out) const;

  private:
    void spool();
    int fd_ = -1;
    std::uint64_t size_ = 0;
};

Source::Source(const std::string& file) {
    if (file == "-") {
        spool();
        return;
    }
    fd_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd_ < 0)
        throw Failure(Exit::bad_input, "cannot open " + file + ": " + std::strerror(errno),
                      "check the name and the permissions");
    struct stat info{};
    if (::fstat(fd_, &info) != 0 || !S_ISREG(info.st_mode)) {
        ::close(fd_);
        throw Failure(Exit::bad_input, file + " is not a regular file", "give one file, or - for standard input");
    }
    size_ = static_cast<std::uint64_t>(info.st_size);
}

void Source::spool() {
    const auto folder = fs::temp_directory_path();
    fd_ = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd_ < 0)
        throw Failure(Exit::disk, "cannot keep standard input in " + folder.string() + ": " + std::strerror(errno),
                      "set TMPDIR to another folder");
    Bytes block(256 * 1024);
    for (;;) {
        const auto got = ::read(STDIN_FILENO, block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0)
            throw Failure(Exit::bad_input, std::string("cannot read standard input: ") + std::strerror(errno),
                          "check what writes it");
        if (got == 0) return;
        for (ssize_t done = 0; done < got;) {
            const auto put = ::write(fd_, block.data() + done, static_cast<std::size_t>(got - done));
            if (put < 0 && errno != EINTR)
                throw Failure(Exit::disk,
                              "cannot keep standard input in " + folder.string() + ": " + std::strerror(errno),
                              "set TMPDIR to another folder");
            if (put > 0) done += put;
        }
        size_ += static_cast<std::uint64_t>(got);
    }
}

bool Source::read(std::uint64_t at, MutableBytes out) const {
    while (!out.empty()) {
        const auto got = ::pread(fd_, out.data(), out.size(), static_cast<off_t>(at));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false; // also a file that became shorter
        out = out.subspan(static_cast<std::size_t>(got));
        at += static_cast<std::uint64_t>(got);
    }
    return true;
}

class Store {
  public:
    Store(App& app, const PutOptions& options) : app_(app), source_(options.file) {
        upload_.name = !options.name.empty() ? options.name
                       : options.file == "-" ? ""
                                             : fs::path(options.file).filename().string();
        if (upload_.name.empty()) throw Failure(Exit::usage, "standard input has no name", "give one with --name");
        if (!proto::is_utf8(upload_.name))
            throw Failure(Exit::usage, "the name of this file is not UTF-8 text", "give another with --name");
        upload_.size = source_.size();
        app_.terminal.status("hashing " + upload_.name, true);
        upload_.sha256 = hash_file(source_.fd(), options.file);
        app_.terminal.clear_status();
    }

    awaitable<void> run();

  private:
    awaitable<void> transfer();
    awaitable<void> attempt(Link& link);

    App& app_;
    Source source_;
    proto::Upload upload_;
    std::shared_ptr<Link> link_;
    bool unreadable_ = false, begun_ = false;
    std::uint64_t durable_ = 0; // bytes, as far as the server has said
    std::optional<Progress> progress_;
    Summary summary_;
};

awaitable<void> Store::attempt(Link& link) {
    const Tally tally(summary_, link);
    upload_.chunk_size = std::min(upload_chunk, link.session().agreement().chunk_limit);
    const auto opened = co_await link.open_upload(upload_);
    const auto stream = opened.request;
    const auto chunks = proto::chunk_count(upload_.size, upload_.chunk_size);
    durable_ = std::max(durable_, opened.next_chunk * upload_.chunk_size);
    if (!std::exchange(begun_, true)) {
        summary_.begin(upload_.name, upload_.size, opened.next_chunk);
        progress_.emplace(app_.terminal, upload_.name, upload_.size, opened.next_chunk * upload_.chunk_size);
    }
    if (opened.next_chunk != 0)
        app_.terminal.say("the server has " + std::to_string(opened.next_chunk) + " chunks already: going on there");
    link.fill_from(stream, [this](std::uint64_t index, MutableBytes out) {
        unreadable_ = !source_.read(index * upload_.chunk_size, out);
        return !unreadable_;
    });
    co_await link.until(stream, [&] {
        const auto* info = link.session().stream(stream);
        if (info == nullptr) return false;
        const auto done = info->read_id == 0 ? opened.next_chunk : info->next;
        progress_->show(std::min(upload_.size, done * upload_.chunk_size), link.session().sending_epoch());
        return unreadable_ || done == chunks;
    });
    if (unreadable_)
        throw Failure(Exit::bad_input, upload_.name + " became shorter or unreadable while it was sent",
                      "run the same command again");
    app_.terminal.status("waiting until the server has it on its disk", true);
    co_await link.close(stream, std::chrono::seconds(upload_.size / slow_disk));
}

awaitable<void> Store::run() {
    try {
        co_await transfer();
    } catch (const Failure& failure) {
        if (failure.status == Exit::refused)
            throw Failure(failure.status, upload_.name + ": " + failure.what(), failure.remedy);
        if (failure.status != Exit::interrupted || !begun_) throw;
        throw Failure(failure.status, failure.what(), "run the same command again: it goes on where it stopped");
    }
}

awaitable<void> Store::transfer() {
    link_ = co_await log_in(app_);
    const Attempt attempts = [this](Link& link) { return attempt(link); };
    const std::function<Standing()> standing = [this] { return Standing{durable_, false}; };
    co_await with_reconnection(app_, link_, attempts, standing);
    app_.terminal.clear_status();
    summary_.print(app_, "stored", false);
    co_await link_->bye();
}

} // namespace

awaitable<void> run_put(App& app, PutOptions options) {
    Store store(app, options);
    co_await store.run();
}

} // namespace cifra::client
