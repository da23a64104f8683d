// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A text as people.json: what is accepted survives another round, and decides about somebody.
#include "require.hpp"

#include "people/people.hpp"

#include <stdexcept>

using namespace cifra;
using namespace cifra::people;

namespace {

// Somebody who fits the first entry and the first rule, as far as there are any.
UserFacts somebody(const People& people) {
    UserFacts user;
    user.name = people.entries().empty() ? "ada" : people.entries().front().name;
    user.key_hash = std::string(64, 'a');
    user.issued = people.rules().empty();
    user.authorities = {{"ca", people.rules().empty() ? std::string(64, 'b') : people.rules().front().issuer}};
    user.attributes = {{"CN", user.name}};
    return user;
}

void check(const People& people) {
    const auto text = people.to_json();
    fuzz::require(People::parse(text).to_json() == text);
    for (const auto& entry : people.entries()) {
        fuzz::require(people.by_name(entry.name) == &entry);
        for (const auto& key : entry.keys) fuzz::require(is_key_hash(key) && people.by_key(key) == &entry);
    }
    const auto user = somebody(people);
    const auto decision = people.decide(user, {});
    const auto* entry = people.by_name(user.name);
    // Whatever else is in the file: a name that is disabled does not get in.
    if (decision) fuzz::require(!decision->name.empty() && decision->name.size() <= 64);
    if (decision && decision->name == user.name && entry != nullptr) fuzz::require(!entry->disabled);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        check(People::parse({reinterpret_cast<const char*>(data), size}));
    } catch (const std::runtime_error&) {
        return 0; // refused, with its place
    }
    return 0;
}
