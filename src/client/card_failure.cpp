// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/card_failure.hpp"

namespace cifra::client {

Failure failure_of(const token::CardError& error) {
    using token::CardFault;
    switch (error.fault) {
        case CardFault::no_module:
        case CardFault::bad_module:
        case CardFault::bad_selector:
        case CardFault::pin_in_selector:
            return {Exit::bad_input, error.what(), error.remedy};
        default:
            return {Exit::card, error.what(), error.remedy};
    }
}

} // namespace cifra::client
