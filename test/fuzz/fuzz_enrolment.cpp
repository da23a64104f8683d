// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Bytes as a request file, as an answer file, and as the PKCS#10 request that a stranger sends.
#include "require.hpp"

#include "people/enrolment.hpp"

#include <stdexcept>

using namespace cifra;
using namespace cifra::people;

namespace {

template <class T>
void check(std::string_view text) {
    try {
        const auto once = T::parse(text).to_json();
        fuzz::require(T::parse(once).to_json() == once);
    } catch (const std::runtime_error&) {
        return; // refused, with its place
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check<EnrolmentRequest>(text);
    check<EnrolmentAnswer>(text);
    const auto id = enrolment_id({data, size});
    fuzz::require(id.empty() || (id.size() == 20 && typed_id(shown_id(id)) == id));
    return 0;
}
