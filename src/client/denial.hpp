// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What a listener is told, and asked, when her licence does not allow what she wants.
#pragma once

#include "client/app.hpp"

namespace cifra::client {

// The play that a stream belonged to is over at the server: only a new one can go on.
inline constexpr auto play_over = proto::ErrorCode::play_over;

// A play or save of `entry` was refused, or was ended in the middle, for `denial`, whose status is Exit::licence. Asks
// the server what remains; on a terminal, and where that would help, asks the listener whether to renew. Nothing: it
// was renewed, ask for the same again. Else the whole refusal: what remains, and what to do. Throws Lost,
// Failure(interrupted).
net::awaitable<std::optional<Failure>> answer_denial(App& app, Link& link, const proto::Entry& entry,
                                                     const Failure& denial);

// What makes several streams, one behind the other, one play: a new one whenever the listener begins.
proto::Id16 fresh_play_id();

// A voucher's code without the spaces around it. Throws Failure(usage) for what cannot be one.
std::string voucher_of(std::string_view text);
// Whether there is somebody to ask such things, who has not asked for silence or JSON.
bool may_ask(const App& app);
bool is_yes(std::string_view line);
// The line that was typed; empty where nobody answers. Throws Failure(interrupted).
net::awaitable<std::string> ask_line(App& app, std::string question);

} // namespace cifra::client
