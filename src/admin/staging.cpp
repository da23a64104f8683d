// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/staging.hpp"

#include "admin/failure.hpp"
#include "crypto/private_key_file.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace cifra::admin {

namespace fs = std::filesystem;

namespace {

volatile sig_atomic_t interrupted = 0;
extern "C" void note_interrupt(int) { interrupted = 1; }

[[noreturn]] void fail(const fs::path& path) { throw std::system_error(errno, std::generic_category(), path.string()); }

fs::path folder_round(const fs::path& target) {
    const auto parent = target.parent_path();
    return parent.empty() ? fs::path(".") : parent;
}

[[noreturn]] void refuse_existing(const fs::path& target) {
    throw Failure(Exit::exists, target.string() + " exists already, and nothing is ever overwritten",
                  "choose another name, or move it away");
}

} // namespace

void note_interrupts() {
    struct sigaction action{};
    action.sa_handler = note_interrupt;
    sigemptyset(&action.sa_mask);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

void demand_free(const fs::path& target) {
    struct stat status{};
    if (::lstat(target.c_str(), &status) == 0) refuse_existing(target);
    const auto parent = folder_round(target);
    if (::stat(parent.c_str(), &status) != 0) {
        if (errno == EACCES) fail(parent);
        throw Failure(Exit::bad_input, parent.string() + ": there is no such folder",
                      "make it first: mkdir -p " + parent.string());
    }
    if (!S_ISDIR(status.st_mode)) throw Failure(Exit::bad_input, parent.string() + " is not a folder");
    if (::access(parent.c_str(), W_OK | X_OK) != 0) fail(parent);
}

StagedFolder::StagedFolder(fs::path target) : target_(std::move(target)) {
    demand_free(target_);
    auto name = (folder_round(target_) / ("." + target_.filename().string() + ".XXXXXX")).string();
    note_interrupts();
    if (::mkdtemp(name.data()) == nullptr) fail(folder_round(target_));
    path_ = name;
    if (::chmod(path_.c_str(), 0755) != 0) fail(target_);
}

StagedFolder::~StagedFolder() {
    std::error_code ignored;
    if (!committed_) fs::remove_all(path_, ignored);
}

void StagedFolder::check_interrupted() {
    if (interrupted != 0) throw Failure(Exit::interrupted, "interrupted", "nothing was left behind");
}

fs::path StagedFolder::make_folder(const fs::path& relative, mode_t mode) {
    check_interrupted();
    fs::path made = path_;
    for (const auto& part : relative) {
        made /= part;
        if (::mkdir(made.c_str(), mode) != 0 && errno != EEXIST) fail(target_ / relative);
        if (::chmod(made.c_str(), mode) != 0) fail(target_ / relative);
    }
    return made;
}

fs::path StagedFolder::write(const fs::path& relative, std::string_view content, mode_t mode) {
    check_interrupted();
    crypto::write_new_file(path_ / relative, content, mode);
    return path_ / relative;
}

void StagedFolder::commit() {
    check_interrupted();
    for (const auto& entry : fs::recursive_directory_iterator(path_)) {
        if (entry.is_directory()) crypto::sync_folder(entry.path());
    }
    crypto::sync_folder(path_);
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE) != 0) {
        if (errno == EEXIST) refuse_existing(target_);
        fail(target_);
    }
    committed_ = true;
    crypto::sync_folder(folder_round(target_));
}

} // namespace cifra::admin
