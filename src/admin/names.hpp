// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cifra::admin {

// A person's or a device's name: it becomes a commonName and the name of a folder. Throws Failure (usage).
void demand_name(std::string_view what, const std::string& name);

// A host name (letters, digits, hyphens, dots) or an IPv4 or IPv6 address. Throws Failure (usage).
void demand_host(const std::string& host);

// ADDRESS:PORT with a numeric address, [::1]:7411 for IPv6; gives the port. Throws Failure (usage).
int demand_listen(const std::string& listen);

// The candidate that `wrong` was most likely meant to be; empty when none is near.
std::string nearest(std::string_view wrong, const std::vector<std::string>& candidates);

} // namespace cifra::admin
