// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What may be done with an item and what is left of that, in words and as JSON. Words only: whether something is
// granted is for the server to say. Times come in.
#pragma once

#include "proto/messages.hpp"

#include <boost/json/object.hpp>

#include <ctime>

namespace cifra::client {

// "ready", "not_yet"; "voucher", "operator".
std::string_view name_of(proto::TermsState state);
std::string_view name_of(proto::TermsRenewal renewal);
// Numbers, or null for no limit.
boost::json::object to_json(const proto::Terms& terms);

// In few words, for a column: "3 plays left, until 2027-01-01", "used up", "from 2027-01-01 on", "open".
std::string show_terms(const proto::Terms& terms, std::time_t now);
// What else a refusal should say: what is left, or since when nothing is; may be empty.
std::string show_remains(const proto::Terms& terms, std::time_t now);
// As a play or a save begins: "4 plays left behind this one, until 2027-01-01". Empty: nothing is counted, and it does
// not end.
std::string show_left_behind(const proto::Terms& terms, std::time_t now);
// "play, save"
std::string show_rights(std::uint8_t rights);

// Whether the listener can do something: the server may still say no.
bool is_renewable(const proto::Terms& terms);
// Who may renew, and how often yet: "at will, 2 times". Empty where no licence is needed.
std::string show_renewal(const proto::Terms& terms);
// What to do when nothing is left, or not yet. `item` is what stands for it in a command.
std::string next_step(const proto::Terms& terms, const std::string& item, std::time_t now);
// An item as a command takes it, in any shell: its name if that is plain, else its id.
std::string word_for(const proto::Entry& entry);

} // namespace cifra::client
