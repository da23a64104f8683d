// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A disk under SQLite that loses its power: what was written and not yet synced is in the drive's memory alone, and
// goes with the power, or some of its sectors do.
#pragma once

#include <cstdint>

namespace test {

enum class Survives : std::uint8_t { nothing, some, everything }; // of what was not synced

class CutDisk {
  public:
    // SQLite's default from now on, until it goes. One at a time; files must be closed before.
    // Power fails at the operation (write, truncation, sync) of this number, from 1; 0: never.
    CutDisk(std::uint64_t cut_at, Survives survives);
    ~CutDisk();
    CutDisk(const CutDisk&) = delete;
    CutDisk& operator=(const CutDisk&) = delete;

    bool failed() const;
    std::uint64_t operations() const;
    void lie_about_sync(); // the control: it says so, and does not
};

} // namespace test
