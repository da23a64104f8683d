// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// New folders appear whole or not at all: they are built under another name beside their place, made durable, and
// renamed.
#pragma once

#include <filesystem>
#include <string_view>

namespace cifra::admin {

class StagedFolder {
  public:
    // Throws Failure (exists, disk, bad_input) when `target` cannot be made there. From here on Ctrl-C and a request to
    // terminate are noted, and thrown as Failure (interrupted) by the next call of check_interrupted, make_folder or
    // write.
    explicit StagedFolder(std::filesystem::path target);
    StagedFolder(const StagedFolder&) = delete;
    StagedFolder& operator=(const StagedFolder&) = delete;
    ~StagedFolder(); // removes what was built, unless it was committed

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path make_folder(const std::filesystem::path& relative, mode_t mode = 0755);
    std::filesystem::path write(const std::filesystem::path& relative, std::string_view content, mode_t mode = 0644);
    static void check_interrupted();

    // fsync of every folder, then the rename; never over something that has come there meanwhile.
    void commit();

  private:
    std::filesystem::path target_;
    std::filesystem::path path_;
    bool committed_ = false;
};

// From here on Ctrl-C and a request to terminate are noted, for check_interrupted.
void note_interrupts();

// Throws Failure when something has this name, or when the folder round it is missing or cannot be written: to be asked
// before a person is asked for passphrases.
void demand_free(const std::filesystem::path& target);

} // namespace cifra::admin
