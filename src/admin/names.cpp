// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/names.hpp"

#include "admin/failure.hpp"
#include "crypto/certificate_form.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

namespace cifra::admin {

namespace {

bool is_label(std::string_view label) {
    const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(), [&](char c) { return allowed(crypto::ascii_lower(c)); });
}

bool is_host_name(std::string_view host) {
    if (host.size() > 253) return false;
    for (;;) {
        const auto dot = host.find('.');
        if (!is_label(host.substr(0, dot))) return false;
        if (dot == std::string_view::npos) break;
        host.remove_prefix(dot + 1);
    }
    // A last label of digits only would be an address, and 1.2.3 is none.
    return !std::all_of(host.begin(), host.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const auto replaced = diagonal + (a[i] == b[j] ? 0U : 1U);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

} // namespace

void demand_name(std::string_view what, const std::string& name) {
    const auto refuse = [&](const std::string& why) {
        throw Failure(Exit::usage, "this name of a " + std::string(what) + " " + why,
                      "a name has 1 to 64 bytes of text, no '/' and no control characters");
    };
    if (name.empty()) refuse("is empty");
    if (name.size() > 64) refuse("has more than 64 bytes");
    if (!crypto::is_plain_name(name)) refuse("is not plain UTF-8 text");
    if (name.find('/') != std::string::npos) refuse("contains '/'");
    if (name.front() == '.' || name.front() == '-') refuse("begins with a dot or a hyphen");
    if (name.front() == ' ' || name.back() == ' ') refuse("begins or ends with a space");
}

void demand_host(const std::string& host) {
    if (!crypto::parse_address(host).empty() || is_host_name(host)) return;
    throw Failure(Exit::usage, "'" + host + "' is neither a host name nor an address",
                  "give what clients will dial, without a port: music.example, 192.0.2.7 or ::1");
}

int demand_listen(const std::string& listen) {
    const auto colon = listen.rfind(':');
    int port = -1;
    if (colon != std::string::npos) {
        auto host = listen.substr(0, colon);
        const bool brackets = host.starts_with('[') && host.ends_with(']');
        if (brackets) host = host.substr(1, host.size() - 2);
        const auto* end = listen.data() + listen.size();
        const auto parsed = std::from_chars(listen.data() + colon + 1, end, port);
        const auto wanted = brackets ? 16U : 4U;
        const bool whole =
            parsed.ec == std::errc() && parsed.ptr == end && crypto::parse_address(host).size() == wanted;
        if (whole && port > 0 && port <= 65535) return port;
    }
    throw Failure(Exit::usage, "'" + listen + "' is no address to listen on",
                  "give a numeric address and a port: 127.0.0.1:7411, [::1]:7411, 0.0.0.0:7411");
}

std::string nearest(std::string_view wrong, const std::vector<std::string>& candidates) {
    std::string best;
    std::size_t least = std::max<std::size_t>(wrong.size() / 2, 1);
    for (const auto& candidate : candidates) {
        const auto far = distance(wrong, candidate);
        if (far > least || (far == least && !best.empty())) continue;
        least = far;
        best = candidate;
    }
    return best;
}

} // namespace cifra::admin
