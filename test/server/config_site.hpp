// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A folder in which the files stand that a configuration may name.
#pragma once

#include "server/config.hpp"

#include "folder.hpp"

namespace cifra::server::test {

inline const std::string paths = R"(media_dir = "media"
state_dir = "state"
)";
inline const std::string certificates = R"(
[certificates]
chain = "chain.pem"
key = "key.pem"
device_roots = "devices.pem"
user_roots = "users.pem"
)";

struct ConfigSite {
    Folder folder;
    ConfigSite() {
        folder.make("media");
        folder.make("state");
        folder.make("crls");
        folder.make("vault");
        for (const auto* name : {"chain.pem", "key.pem", "devices.pem", "users.pem", "cards.pem", "servers.pem",
                                 "people.json", "ticket-keys"})
            folder.write(name, "x");
    }
    server::Config parse(const std::string& text) const { return server::parse_config(text, folder / "cifrad.toml"); }
    // All problems, without the file's path; empty when the text is taken.
    std::string problems(const std::string& text) const {
        try {
            parse(text);
        } catch (const server::ConfigError& error) {
            std::string out = error.what();
            const auto prefix = (folder / "cifrad.toml").string() + ':';
            for (std::size_t at = 0; (at = out.find(prefix, at)) != std::string::npos;) out.erase(at, prefix.size());
            return out;
        }
        return {};
    }
    // Of `text` behind the lines that every configuration needs; the first line of `text` is line 9.
    std::string problems_behind(const std::string& text) const { return problems(paths + certificates + text); }
};

} // namespace cifra::server::test
