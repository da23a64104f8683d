// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What every command of cifra works with.
#pragma once

#include "client/link.hpp"
#include "client/terminal.hpp"

namespace cifra::client {

struct App {
    explicit App(net::asio::io_context& context)
        : io(context), interrupt(context), prompter(context, interrupt, terminal) {}

    net::asio::io_context& io;
    Overrides overrides;
    Settings settings;
    std::optional<Identity> identity;
    Interrupt interrupt;
    Terminal terminal;
    Prompter prompter;
};

// Loads app.identity from the settings. Throws Failure.
void load_identity(App& app);

// Logs in, says so when asked to be verbose. A server that cannot be reached is a Failure here.
net::awaitable<std::shared_ptr<Link>> log_in(App& app);

// One piece of work that may take several connections.
using Attempt = std::function<net::awaitable<void>(Link& link)>;

// Where that work is when a connection ends.
struct Standing {
    std::uint64_t done = 0; // only grows: by what arrived for good, or is durable at the server
    bool idle = false;      // there was nothing to wait for
};

// Runs `attempt` on `link`; when the connection is lost, says so, connects again (with growing pauses, for
// settings.retry_for without anything done), and runs it again. `link` is the last one used.
net::awaitable<void> with_reconnection(App& app, std::shared_ptr<Link>& link, const Attempt& attempt,
                                       const std::function<Standing()>& standing = {});

// Throws Failure for what no name and no text in the catalogue can contain.
void demand_text(const std::string& text);
void demand_item(const std::string& wanted); // not empty either

// The one entry that `wanted` names: an item id, a name, or text that only one entry matches. Throws Failure that lists
// the candidates.
net::awaitable<proto::Entry> find_item(Link& link, const std::string& wanted);

// What was agreed and who logged in, in one line.
std::string describe(const Link& link);

std::string hex(ByteView bytes);

} // namespace cifra::client
