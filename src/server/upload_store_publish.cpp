// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The last step of an upload: a whole and durable partial upload becomes a file of media_dir.
#include "server/log.hpp"
#include "server/upload_store_shared.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace cifra::server {

namespace {

namespace fs = std::filesystem;
using proto::ErrorCode;

// Never replaces what is there: EEXIST. 0, or errno.
int rename_new(const fs::path& from, const fs::path& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return errno;
    // A file system without that flag.
    if (::link(from.c_str(), to.c_str()) != 0) return errno;
    ::unlink(from.c_str());
    return 0;
}

} // namespace

int PlainUpload::move_to_media() {
    const auto target = shared_->catalogue.media_dir() / identity_.name;
    if (::fchmod(file_.get(), 0640) != 0) return errno;
    const int error = rename_new(folder_ / "data", target);
    return error == EXDEV ? copy_to_media() : error;
}

// media_dir is on another file system. Under a hidden name first, so that nobody sees half of it.
int PlainUpload::copy_to_media() {
    const auto media_dir = shared_->catalogue.media_dir();
    const auto hidden = media_dir / (".cifra-" + key_ + ".part");
    ::unlink(hidden.c_str());
    const Descriptor out(::open(hidden.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
    if (!out) return errno;
    std::uint64_t at = 0;
    int error = 0;
    const int read_error = for_each_piece(file_.get(), identity_.size, [&](ByteView piece) {
        if (error == 0) error = write_at(out.get(), at, piece);
        at += piece.size();
    });
    if (error == 0) error = read_error;
    if (error == 0 && sync_fd(out.get()) != 0) error = errno;
    if (error == 0) error = rename_new(hidden, media_dir / identity_.name);
    if (error != 0) ::unlink(hidden.c_str());
    return error;
}

Outcome<void> PlainUpload::publish() {
    {
        // Its owner is written down first: a crash in between must not make a file that counts against nobody.
        const std::lock_guard lock(shared_->mutex);
        const int error = shared_->owners.add(key_, {identity_.owner, identity_.name, identity_.size});
        if (error != 0) return stop(code_for(error), "owner", error);
    }
    const auto& media_dir = shared_->catalogue.media_dir();
    int error = move_to_media();
    if (error == 0) {
        error = sync_folder(media_dir);
        if (error != 0) ::unlink((media_dir / identity_.name).c_str()); // not durable, so not there
    }
    if (error != 0) {
        {
            const std::lock_guard lock(shared_->mutex);
            shared_->owners.remove(key_);
        }
        if (error == EEXIST) discard(); // under this name it can never be finished
        return stop(error == EEXIST ? ErrorCode::exists : code_for(error), "move to media_dir", error);
    }
    discard();
    state_ = State::finished;
    if (!shared_->catalogue.add(identity_.name, identity_.sha256)) {
        log(Level::error, "upload is in media_dir, but not in the catalogue", {{"name", identity_.name}});
    }
    return {};
}

} // namespace cifra::server
