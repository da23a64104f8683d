// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "people/enrolment.hpp"

namespace cifra::admin {

// The one request whose ID begins with what was typed, hyphens or not. Throws Failure (bad_input) with a suggestion.
people::EnrolmentRequest demand_request(const people::EnrolmentStore& store, const std::string& typed);

} // namespace cifra::admin
