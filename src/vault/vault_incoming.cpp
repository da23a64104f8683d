// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What is on its way into the vault.
#include "vault/container.hpp"
#include "vault/vault.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <botan/auto_rng.h>
#include <botan/mac.h>

#include <algorithm>
#include <cerrno>

namespace cifra::vault {

namespace {

namespace fs = std::filesystem;

// Names tell nobody what is uploaded, not even who guesses it.
std::string name_of(const VaultKey& key, ByteView identity) {
    const auto secret = key.derive("vault names");
    const auto mac = Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)");
    mac->set_key(secret.view().data(), secret.size());
    mac->update(identity.data(), identity.size());
    return hex_of(ByteView(mac->final_stdvec()).first(16)) + ".part";
}

// What a reader of this kind of file is told, or that the file is without use.
bool is_hopeless(Problem problem) {
    return problem == Problem::bad_form || problem == Problem::wrong_length || problem == Problem::not_authentic ||
           problem == Problem::out_of_bounds;
}

// Unless somebody is writing it.
void remove_leftover(const fs::path& file) {
    const Descriptor fd(::open(file.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) ::unlink(file.c_str());
}

Outcome<PartialInfo> look_at(const fs::path& file, const crypto::Secret& items_key) {
    auto fd = open_to_read(file);
    std::uint64_t length = 0;
    if (!fd || !length_of(fd.get(), length)) return failure_of(errno, file);
    SealedFile sealed(std::move(fd), file);
    auto opened = open_container(sealed, items_key);
    if (!opened) return opened.error();
    const auto begin = opened->layout().chunk_at(0);
    PartialInfo info{opened->header.item, opened->header.size, 0, std::move(opened->note), file, {}};
    // Pages and frames are 0.4 % of it at most.
    info.arrived = length <= begin ? 0 : std::min(info.size, length - begin);
    std::error_code ignored;
    info.changed = fs::last_write_time(file, ignored);
    return info;
}

} // namespace

void Vault::remove_leftovers() const {
    std::error_code error;
    for (fs::directory_iterator at(incoming_, error), end; !error && at != end; at.increment(error)) {
        if (at->path().extension() == ".import") remove_leftover(at->path());
    }
}

Outcome<std::unique_ptr<ContainerWriter>> Vault::import(const proto::Id16& item, ByteView note) {
    std::error_code ignored;
    if (fs::exists(file_of(item), ignored)) return Failure{Problem::exists, file_of(item)};
    Botan::AutoSeeded_RNG rng;
    WriterPlace place{incoming_ / (hex_of(new_id(rng)) + ".import"), items_, sync_};
    return ContainerWriter::create(std::move(place), key_, {item, {note.begin(), note.end()}, {}});
}

Outcome<std::unique_ptr<ContainerWriter>> Vault::upload(ByteView identity, NewItem item, const TakePiece& take) {
    if (!item.size) throw std::logic_error("an upload of unknown size");
    const WriterPlace place{incoming_ / name_of(key_, identity), items_, sync_};
    auto resumed = ContainerWriter::resume(place, key_, take);
    if (resumed) return resumed;
    const auto problem = resumed.error().problem;
    if (is_hopeless(problem)) remove_leftover(place.file);
    if (problem != Problem::not_there && !is_hopeless(problem)) return resumed;
    std::error_code ignored;
    if (fs::exists(file_of(item.item), ignored)) return Failure{Problem::exists, file_of(item.item)};
    return ContainerWriter::create(place, key_, std::move(item));
}

Outcome<Partials> Vault::partials() const {
    Partials found;
    const auto items_key = key_.derive(items_label);
    std::error_code error;
    for (fs::directory_iterator at(incoming_, error), end; !error && at != end; at.increment(error)) {
        if (at->path().extension() != ".part") continue;
        auto info = look_at(at->path(), items_key);
        if (info) {
            found.partials.push_back(std::move(*info));
        } else if (info.error().problem != Problem::not_there) {
            found.damaged.push_back(info.error());
        }
    }
    if (error) return failure_of(error.value(), incoming_);
    std::ranges::sort(found.partials, {}, &PartialInfo::file);
    std::ranges::sort(found.damaged, {}, &Failure::file);
    return found;
}

Outcome<void> Vault::remove_partial(const fs::path& file) {
    const Descriptor fd(::open(file.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd) return failure_of(errno, file);
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return Failure{Problem::busy, file};
    if (::unlink(file.c_str()) != 0) return failure_of(errno, file);
    return {};
}

} // namespace cifra::vault
