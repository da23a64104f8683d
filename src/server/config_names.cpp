// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/config_names.hpp"

#include "server/config_reader.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace cifra::server {

namespace {

std::vector<std::string_view> suite_names() {
    std::vector<std::string_view> names;
    names.reserve(suite_count);
    for (std::size_t i = 0; i < suite_count; ++i) names.push_back(name_of(static_cast<Suite>(i)));
    return names;
}

std::vector<std::string_view> group_names() {
    std::vector<std::string_view> names;
    names.reserve(all_groups.size());
    for (const auto group : all_groups) names.push_back(name_of(group));
    return names;
}

// Upper-case runs of letters and digits: "aes-128_ecb" has AES, 128 and ECB.
std::vector<std::string> parts_of(std::string_view name) {
    std::vector<std::string> parts(1);
    for (const char c : name) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) {
            parts.emplace_back();
        } else {
            parts.back() += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        }
    }
    return parts;
}

// PROTOCOL.md section 3, "Not offered at all". Empty: just unknown.
std::string_view why_refused(std::string_view name) {
    const auto parts = parts_of(name);
    const auto has = [&parts](auto... words) {
        return ((std::find(parts.begin(), parts.end(), words) != parts.end()) || ...);
    };
    if (has("ECB")) return "ECB shows repeated blocks";
    if (has("MD5", "SHA1", "SHA")) return "MD5 and SHA-1 have collisions";
    if (has("DSA", "DSS")) return "one bad nonce of DSA gives the key away";
    return {};
}

// A name of finite-field DH, or of RSA, with a size under 2048 bits: "ffdhe1024", "DH-1024", "modp1536".
bool is_short_dh(std::string_view name) {
    std::string letters, digits;
    for (const char c : name) {
        if (std::isdigit(static_cast<unsigned char>(c)) != 0) digits += c;
        if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
            letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
    }
    const bool family =
        letters == "ffdhe" || letters == "dh" || letters == "dhe" || letters == "modp" || letters == "rsa";
    return family && digits.size() >= 3 && (digits.size() < 4 || (digits.size() == 4 && digits < "2048"));
}

template <class T>
void add_once(ConfigReader& reader, const toml::node& node, std::string_view key, std::vector<T>& list, T element) {
    if (std::find(list.begin(), list.end(), element) != list.end()) {
        return reader.problem(node, key, fmt::format("names {} twice; expected each once", name_of(element)));
    }
    list.push_back(element);
}

std::string unknown_name(std::string_view value, std::string_view what, std::span<const std::string_view> names) {
    auto text = fmt::format("has {}, which is no {}; expected names out of: {}", in_quotes(value), what,
                            fmt::join(names, ", "));
    if (const auto near = nearest(value, names); !near.empty()) text += fmt::format("; did you mean {}?", near);
    return text;
}

} // namespace

void read_suites(ConfigReader& reader, Config::Protocol& protocol) {
    constexpr std::string_view key = "protocol.suites";
    const auto names = suite_names();
    std::vector<Suite> found;
    reader.texts(key, "the name of a suite", [&](const std::string& value, const toml::node& node) {
        const auto suite = suite_named(value);
        if (!suite) {
            const auto reason = why_refused(value);
            const auto text = reason.empty() ? unknown_name(value, "suite", names)
                                             : fmt::format("has {}, which is refused: {}; expected names out of: {}",
                                                           in_quotes(value), reason, fmt::join(names, ", "));
            return reader.problem(node, key, text);
        }
        if (*suite == Suite::tdes_cbc_sha256 && !protocol.allow_legacy) {
            return reader.problem(node, key,
                                  fmt::format("has {}, a legacy suite; expected allow_legacy = true with it, or "
                                              "(better) the suite to be taken out",
                                              value));
        }
        add_once(reader, node, key, found, *suite);
    });
    if (!found.empty()) protocol.suites = std::move(found);
}

void read_groups(ConfigReader& reader, Config::Protocol& protocol) {
    constexpr std::string_view key = "protocol.groups";
    const auto names = group_names();
    std::vector<Group> found;
    reader.texts(key, "the name of a group", [&](const std::string& value, const toml::node& node) {
        if (const auto group = group_named(value)) return add_once(reader, node, key, found, *group);
        const auto text = is_short_dh(value)
                              ? fmt::format(
                                    "has {}, which is refused: DH under 2048 bits is within reach of a well-funded "
                                    "attacker; expected names out of: {}",
                                    in_quotes(value), fmt::join(names, ", "))
                              : unknown_name(value, "group", names);
        reader.problem(node, key, text);
    });
    if (!found.empty()) protocol.groups = std::move(found);
}

} // namespace cifra::server
