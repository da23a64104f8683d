// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What can go wrong with the vault's files. Nothing here throws but on misuse; what reads a passphrase may.
#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <filesystem>
#include <string>

namespace cifra::vault {

enum class Problem : std::uint8_t {
    not_there,       // no such item or file
    exists,          // it is there already, and is never replaced
    busy,            // somebody else writes it
    foreign,         // an item under another item's name
    bad_form,        // no file of the vault, or a field that must not be so
    unknown_version, // made by a later Cifra
    unknown_suite,   //
    out_of_bounds,   // a size or a cost beyond what is obeyed
    wrong_length,    // the file is shorter or longer than its header says
    incomplete,      // not all of the item has arrived
    no_key,          // neither key file nor credential
    wrong_key,       // passphrase or key file do not open vault.key, or it was changed
    not_authentic,   // changed, or of another vault
    no_space,        // disk full, or a quota of the file system
    io_failed,       // any other errno
    stopped,         // the caller wanted no more
};

// A short English sentence without its full stop.
const char* describe(Problem problem) noexcept;

struct Failure {
    Problem problem{};
    std::filesystem::path file = {};
    int error = 0; // errno, for io_failed and no_space

    // FILE: what happened.
    std::string text() const;
};

// By errno: not_there, exists, no_space, or io_failed.
Failure failure_of(int error, const std::filesystem::path& file);

template <class T>
using Outcome = boost::system::result<T, Failure>;

// Called by Outcome::value() on a failure: throws std::runtime_error with its text.
[[noreturn]] void throw_exception_from_error(const Failure& failure, const boost::source_location& where);

} // namespace cifra::vault
