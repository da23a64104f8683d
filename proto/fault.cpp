// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/fault.hpp"

#include <string>

namespace cifra {

const char* describe(Fault fault) noexcept {
    switch (fault) {
        case Fault::none:
            return "none";
        case Fault::truncated:
            return "truncated";
        case Fault::trailing:
            return "bytes left over";
        case Fault::too_large:
            return "too large";
        case Fault::bad_value:
            return "value out of range";
        case Fault::bad_text:
            return "bad text";
        case Fault::bad_json:
            return "bad JSON";
        case Fault::unknown_type:
            return "unknown type";
        case Fault::bad_record:
            return "bad record";
        case Fault::bad_key:
            return "bad public key";
        case Fault::bad_signature:
            return "bad signature";
        case Fault::bad_certificate:
            return "bad certificate";
        case Fault::not_offered:
            return "not offered";
        case Fault::no_common:
            return "nothing in common";
        case Fault::not_legal:
            return "not legal in this state";
        case Fault::not_proven:
            return "a chunk is not the publisher's";
    }
    return "unknown fault";
}

void throw_exception_from_error(Fault fault, const boost::source_location& where) {
    throw std::logic_error(std::string("value of a faulty result (") + describe(fault) + ") taken at " +
                           where.to_string());
}

} // namespace cifra
