// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Work that blocks for as long as it likes (a resolver, a disk) on a thread of its own, so that Ctrl-C is heard.
#pragma once

#include "client/interrupt.hpp"

namespace cifra::client {

// Waits until `work` is done and throws what it threw. Gives false when that took longer than `patience`, and throws
// Failure(interrupted) at an interrupt: then the thread is left behind with whatever `work` holds, which must therefore
// own all that it needs.
net::awaitable<bool> aside(Interrupt& interrupt, std::function<void()> work,
                           std::chrono::milliseconds patience = std::chrono::hours(24));

// The same with a patience that `until` is asked for again and again.
using Until = std::function<std::chrono::steady_clock::time_point()>;
net::awaitable<bool> aside_until(Interrupt& interrupt, std::function<void()> work, Until until);

// At the end, when no coroutine goes on any more: lets go of all threads. True: one still runs, and the program must
// end by _exit(), which waits for nobody.
bool leave_behind();

} // namespace cifra::client
