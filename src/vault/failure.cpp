// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "vault/failure.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace cifra::vault {

const char* describe(Problem problem) noexcept {
    switch (problem) {
        case Problem::not_there:
            return "it is not there";
        case Problem::exists:
            return "it is there already";
        case Problem::busy:
            return "somebody else is writing it";
        case Problem::foreign:
            return "the item in it is not the one that its name says";
        case Problem::bad_form:
            return "it is no file of a vault, or damaged";
        case Problem::unknown_version:
            return "it was made by a later version of Cifra";
        case Problem::unknown_suite:
            return "it is sealed by a cipher that this version does not know";
        case Problem::out_of_bounds:
            return "it asks for more than is allowed";
        case Problem::wrong_length:
            return "it is shorter or longer than it says";
        case Problem::incomplete:
            return "not all of it has arrived";
        case Problem::no_key:
            return "it needs its key file: --key-file, or the credential \"cifra-vault-key\"";
        case Problem::wrong_key:
            return "the passphrase or key file does not open it, or it was changed";
        case Problem::not_authentic:
            return "it was changed, or sealed by another vault";
        case Problem::no_space:
            return "no space left";
        case Problem::io_failed:
            return "the disk failed";
        case Problem::stopped:
            return "stopped";
    }
    return "unknown";
}

std::string Failure::text() const {
    const std::string what = error != 0 ? std::strerror(error) : describe(problem);
    return file.empty() ? what : file.string() + ": " + what;
}

Failure failure_of(int error, const std::filesystem::path& file) {
    switch (error) {
        case ENOENT:
        case ENOTDIR:
            return {Problem::not_there, file, error};
        case EEXIST:
            return {Problem::exists, file, error};
        case ENOSPC:
        case EDQUOT:
        case EFBIG:
            return {Problem::no_space, file, error};
        default:
            return {Problem::io_failed, file, error};
    }
}

void throw_exception_from_error(const Failure& failure, const boost::source_location&) {
    throw std::runtime_error(failure.text());
}

} // namespace cifra::vault
