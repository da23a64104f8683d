// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Reads test/vectors/proto; its README.md describes the form.
#pragma once

#include "proto/bytes.hpp"
#include "proto/fault.hpp"

#include <optional>

namespace cifra::proto::test {

struct Vector {
    std::string name;
    std::optional<Fault> fault; // none: ok
    Bytes payload;
};

// Throws on a file that is missing, empty or malformed: a test must not pass because it found nothing to test.
std::vector<Vector> load_vectors(std::string_view codec);
Bytes vector_payload(std::string_view codec, std::string_view name);

} // namespace cifra::proto::test
