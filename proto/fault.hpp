// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What can be wrong with bytes from a peer. These never throw: the core returns Result and the session decides.
#pragma once

#include <boost/system/result.hpp>

#include <stdexcept>

namespace cifra {

enum class Fault {
    none,            // for what ended without one; no result holds it
    truncated,       // fewer bytes than the body's form demands
    trailing,        // bytes left over behind it
    too_large,       // over a limit of PROTOCOL.md, seen before anything was allocated
    bad_value,       // a field out of its range
    bad_text,        // not UTF-8, or characters that R-51 refuses
    bad_json,        // not one JSON object, too deep, duplicate members
    unknown_type,    // frame, inner or item type
    bad_record,      // authentication, padding or epoch of a record (R-27: one error for all)
    bad_key,         // a public key that R-6 refuses
    bad_signature,   // signature or FINISHED does not verify
    bad_certificate, // chain, role, name or date
    not_offered,     // the peer chose what was not offered
    no_common,       // nothing in common in version, suite, group or scheme
    not_legal,       // not legal in this state
    not_proven,      // a chunk whose hash path does not lead to the root
};

// A short English name for logs; never from peer data.
const char* describe(Fault fault) noexcept;

template <class T>
using Result = boost::system::result<T, Fault>;

// Called by Result::value() on a fault: our own misuse, as the value was taken without a look at has_value().
[[noreturn]] void throw_exception_from_error(Fault fault, const boost::source_location& where);

} // namespace cifra
