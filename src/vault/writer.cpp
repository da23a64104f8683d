// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "vault/writer.hpp"

#include "vault/writer_inside.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <botan/hex.h>

#include <cerrno>
#include <stdexcept>

namespace cifra::vault {

namespace {

void demand(bool condition, const char* what) {
    if (!condition) throw std::logic_error(what);
}

// Whoever writes a file holds its lock; what is without a lock is a leftover, which Vault may take away.
int lock_file(int fd, const std::filesystem::path& file) {
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) return errno;
    struct stat mine{};
    struct stat named{};
    if (::fstat(fd, &mine) != 0) return errno;
    // Taken away between opening and locking.
    if (::lstat(file.c_str(), &named) != 0 || named.st_ino != mine.st_ino) return EWOULDBLOCK;
    return 0;
}

Outcome<Descriptor> open_locked(const std::filesystem::path& file, int flags) {
    Descriptor fd(::open(file.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0600));
    if (!fd) return failure_of(errno, file);
    if (const int error = lock_file(fd.get(), file)) {
        return error == EWOULDBLOCK ? Failure{Problem::busy, file} : failure_of(error, file);
    }
    return fd;
}

} // namespace

ContainerWriter::ContainerWriter(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}

ContainerWriter::~ContainerWriter() {
    if (inside_->phase != Phase::finished && !inside_->of_known_size()) inside_->discard();
}

Outcome<std::unique_ptr<ContainerWriter>> ContainerWriter::create(WriterPlace place, const VaultKey& key,
                                                                  NewItem item) {
    demand(item.note.size() <= max_note, "too long a note");
    if (item.size && *item.size > max_item_size) return Failure{Problem::out_of_bounds, place.file};
    auto fd = open_locked(place.file, O_CREAT | O_EXCL);
    if (!fd) return fd.error();
    auto inside = std::make_unique<Inside>(std::move(place), key, std::move(*fd));
    auto started = inside->start(std::move(item));
    std::unique_ptr<ContainerWriter> writer(new ContainerWriter(std::move(inside)));
    if (started) return writer;
    writer->discard();
    return started.error();
}

Outcome<std::unique_ptr<ContainerWriter>> ContainerWriter::resume(WriterPlace place, const VaultKey& key,
                                                                  const TakePiece& take) {
    auto fd = open_locked(place.file, 0);
    if (!fd) return fd.error();
    auto inside = std::make_unique<Inside>(std::move(place), key, std::move(*fd));
    auto resumed = inside->resume(take);
    if (!resumed) return resumed.error();
    return std::unique_ptr<ContainerWriter>(new ContainerWriter(std::move(inside)));
}

const proto::Id16& ContainerWriter::item() const noexcept { return inside_->header.item; }
ByteView ContainerWriter::note() const noexcept { return inside_->note; }
std::uint64_t ContainerWriter::size() const noexcept { return inside_->taken; }
std::uint64_t ContainerWriter::durable_size() const noexcept { return inside_->durable; }

Outcome<void> ContainerWriter::append(ByteView bytes) {
    demand(inside_->phase == Phase::taking, "append after end");
    if (inside_->failed) return *inside_->failed;
    return inside_->append(bytes);
}

Outcome<void> ContainerWriter::sync() {
    demand(inside_->phase != Phase::finished, "sync of a finished item");
    if (inside_->failed) return *inside_->failed;
    return inside_->sync();
}

Outcome<crypto::TreeHash> ContainerWriter::end() {
    demand(inside_->phase == Phase::taking, "a second end");
    if (inside_->failed) return *inside_->failed;
    return inside_->end();
}

Outcome<void> ContainerWriter::read_at(std::uint64_t offset, MutableBytes out) const {
    demand(inside_->phase == Phase::ended, "read_at before end");
    if (inside_->failed) return *inside_->failed;
    return inside_->file.read_plain(inside_->layout(), offset, out);
}

Outcome<void> ContainerWriter::finish(ByteView metadata) {
    demand(inside_->phase == Phase::ended, "finish before end");
    if (inside_->failed) return *inside_->failed;
    if (metadata.size() > max_metadata) return Failure{Problem::out_of_bounds, inside_->place.file};
    return inside_->finish(metadata);
}

void ContainerWriter::discard() {
    demand(inside_->phase != Phase::finished, "discard of a finished item");
    inside_->discard();
}

std::string hex_of(ByteView bytes) { return Botan::hex_encode(bytes.data(), bytes.size(), false); }

std::string container_name(const proto::Id16& item) { return hex_of(item) + ".vault"; }

} // namespace cifra::vault
