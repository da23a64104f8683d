// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What goes wrong with key files and their passphrases, as a user is told it.
#pragma once

#include "client/exit_code.hpp"
#include "crypto/private_key.hpp"

namespace cifra::client {

template <class Work>
auto with_key_failures(const Work& work) {
    try {
        return work();
    } catch (const Failure&) {
        throw;
    } catch (const crypto::WrongPassphrase& error) {
        throw Failure(Exit::passphrase, error.what(), "try again; the operator can issue a new key if it is lost");
    } catch (const crypto::NoPassphrase& error) {
        throw Failure(Exit::passphrase, error.what(),
                      "run it in a terminal, or give --passphrase-fd N with a line for each key");
    } catch (const crypto::WrongRounds& error) {
        throw Failure(Exit::usage, error.what(), "unset it for as many as usual");
    } catch (const std::runtime_error& error) {
        throw Failure(Exit::bad_input, error.what(),
                      "check the paths in the configuration; the operator can issue keys and certificates again");
    }
}

} // namespace cifra::client
