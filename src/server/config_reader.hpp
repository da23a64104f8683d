// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Typed access to a parsed TOML file by the full name of a key ("login.user"). What is wrong is collected, not thrown;
// the value is then left as it was.
#pragma once

#include "server/config.hpp"

#include <toml++/toml.h>

#include <functional>
#include <span>

namespace cifra::server {

class ConfigReader {
  public:
    ConfigReader(const toml::table& root, std::filesystem::path folder, std::span<const std::string_view> keys);

    void text(std::string_view key, const std::function<void(const std::string&, const toml::node&)>& take);
    void boolean(std::string_view key, bool& out);
    // A string out of a list; `take` gets its index.
    void choice(std::string_view key, std::span<const std::string_view> names,
                const std::function<void(std::size_t)>& take);
    // Each element with its node; `expected` describes one.
    enum class Empty { refused, allowed };
    void texts(std::string_view key, std::string_view expected,
               const std::function<void(const std::string&, const toml::node&)>& take, Empty empty = Empty::refused);

    template <class T>
    void number(std::string_view key, T& out, std::uint64_t min, std::uint64_t max) {
        if (const auto value = integer(key, min, max)) out = static_cast<T>(*value);
    }
    template <class Rep, class Period>
    void duration(std::string_view key, std::chrono::duration<Rep, Period>& out, std::uint64_t min, std::uint64_t max) {
        if (const auto value = integer(key, min, max))
            out = std::chrono::duration<Rep, Period>(static_cast<Rep>(*value));
    }
    // Exactly `out.size()` integers.
    void numbers(std::string_view key, std::span<std::uint32_t> out, std::uint64_t max);

    enum class PathIs { readable_file, readable_folder, writable_folder, to_be_written };
    void path(std::string_view key, PathIs kind, std::filesystem::path& out, bool required = true);

    const toml::node* find(std::string_view key) const;
    // At the key, or, when it is missing, at its section.
    void problem(std::string_view key, const std::string& text);
    void problem(const toml::node& node, std::string_view key, const std::string& text);

    // In the order of the file. To be called once.
    std::vector<ConfigProblem> take_problems();

  private:
    std::optional<std::uint64_t> integer(std::string_view key, std::uint64_t min, std::uint64_t max);
    std::optional<std::uint64_t> integer(const toml::node& node, std::string_view key, std::uint64_t min,
                                         std::uint64_t max);
    void wrong_type(const toml::node& node, std::string_view key, std::string_view expected);
    void check_keys();
    void unknown(std::string_view section, const toml::key& key);
    void check_path(std::string_view key, PathIs kind, const std::filesystem::path& path, const toml::node& node);
    void check_writable_file(std::string_view key, const std::filesystem::path& path, const toml::node& node);

    const toml::table& root_;
    std::filesystem::path folder_;
    std::span<const std::string_view> keys_;
    std::vector<ConfigProblem> problems_;
};

// `"AES_GCM"`, safe to print.
std::string in_quotes(std::string_view text);
// The name nearest to `text`, empty when none is near.
std::string_view nearest(std::string_view text, std::span<const std::string_view> names);

} // namespace cifra::server
