// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/lending_config.hpp"

#include "admin/failure.hpp"
#include "base/toml_text.hpp"
#include "crypto/certificate_file.hpp"

#include <toml++/toml.h>

#include <limits>

namespace cifra::admin {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view sqlite = "sqlite:";

toml::table parse(const fs::path& file) {
    std::string text;
    try {
        text = crypto::read_text_file(file);
    } catch (const std::runtime_error& error) {
        throw Failure(Exit::bad_input, error.what(),
                      "name the folder with --dir DIR or CIFRA_DIR, or cifrad's configuration with --config FILE");
    }
    const auto refuse = [&](unsigned line, std::string_view why) {
        throw Failure(Exit::bad_input, file.string() + ":" + std::to_string(line) + ": " + std::string(why),
                      "see: cifrad -t --config " + file.string());
    };
    if (const auto line = stray_byte_line(text)) refuse(line, "a byte that is no TOML");
    try {
        return toml::parse(text);
    } catch (const toml::parse_error& error) {
        refuse(error.source().begin.line, error.description());
        throw;
    }
}

class Reader {
  public:
    Reader(const toml::table& root, const fs::path& file) : root_(root), file_(file) {}

    std::string text(std::string_view section, std::string_view key) const {
        return read<std::string>(section, key, "a string").value_or("");
    }
    // Nothing for 0, which is no limit.
    std::optional<std::uint64_t> number(std::string_view section, std::string_view key) const {
        const auto value = read<std::int64_t>(section, key, "a number").value_or(0);
        if (value < 0) refuse(section, key, "a number that is not negative");
        return value == 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(value));
    }
    std::optional<std::uint32_t> small(std::string_view section, std::string_view key) const {
        const auto value = number(section, key);
        if (value && *value > std::numeric_limits<std::uint32_t>::max()) refuse(section, key, "a smaller number");
        return value ? std::optional(static_cast<std::uint32_t>(*value)) : std::nullopt;
    }
    fs::path path(std::string_view section, std::string_view key) const {
        const auto value = text(section, key);
        return value.empty() ? fs::path() : (file_.parent_path() / value).lexically_normal();
    }
    std::vector<std::string> texts(std::string_view section, std::string_view key) const {
        std::vector<std::string> values;
        const auto node = at(section, key);
        if (!node) return values;
        const auto* list = node.as_array();
        if (list == nullptr) refuse(section, key, "a list of strings");
        for (const auto& one : *list) {
            const auto value = one.value_exact<std::string>();
            if (!value) refuse(section, key, "a list of strings");
            values.push_back(*value);
        }
        return values;
    }
    [[noreturn]] void refuse(std::string_view section, std::string_view key, std::string_view expected) const {
        throw Failure(Exit::bad_input,
                      file_.string() + ": " + std::string(key) +
                          (section.empty() ? "" : " in [" + std::string(section) + "]") + " is not " +
                          std::string(expected),
                      "see: cifrad -t --config " + file_.string());
    }

  private:
    toml::node_view<const toml::node> at(std::string_view section, std::string_view key) const {
        return section.empty() ? root_[key] : root_[section][key];
    }
    template <class T>
    std::optional<T> read(std::string_view section, std::string_view key, std::string_view expected) const {
        const auto node = at(section, key);
        if (!node) return {};
        auto value = node.value_exact<T>();
        if (!value) refuse(section, key, expected);
        return value;
    }

    const toml::table& root_;
    const fs::path& file_;
};

licence::Policy custom_policy(const Reader& reader) {
    constexpr std::string_view section = "licences";
    licence::Policy policy;
    policy.name = "custom";
    auto rights = reader.texts(section, "rights");
    if (rights.empty()) rights.emplace_back("play");
    for (const auto& name : rights) {
        const auto right = licence::right_of(name);
        if (!right) reader.refuse(section, "rights", "a list of play, save, bridge and preview");
        policy.rights = static_cast<licence::Rights>(policy.rights | static_cast<licence::Rights>(*right));
    }
    policy.count = reader.number(section, "plays");
    policy.units = reader.number(section, "units");
    policy.accumulated = reader.number(section, "seconds");
    policy.days = reader.small(section, "days");
    policy.after_first_play = reader.number(section, "after_first_play_s");
    policy.max_concurrent = reader.small(section, "concurrent");
    policy.renewals_max = reader.small(section, "renewals_max");
    const auto renewal = reader.text(section, "renewal");
    const auto known = licence::renewal_of(renewal.empty() ? "none" : renewal);
    if (!known) reader.refuse(section, "renewal", "one of none, free, voucher and operator");
    policy.renewal = *known;
    if (const auto fault = licence::fault_of(policy)) reader.refuse({}, "[licences]", "a policy: " + *fault);
    return policy;
}

} // namespace

std::string database_from(const std::string& address, const fs::path& folder) {
    if (!address.starts_with(sqlite) || address.size() == sqlite.size()) return address;
    return std::string(sqlite) + (folder / address.substr(sqlite.size())).lexically_normal().string();
}

LendingConfig load_lending_config(const fs::path& file) {
    const auto root = parse(file);
    const Reader reader(root, file);
    LendingConfig config;
    config.file = file;
    config.database = database_from(reader.text("ledger", "database"), file.parent_path());
    config.vault = reader.path("vault", "dir");
    config.key_file = reader.path("vault", "key_file");
    config.publisher_chain = reader.path("vault", "publisher_chain");
    config.publisher_key = reader.path("vault", "publisher_key");
    const auto state = reader.path("", "state_dir");
    config.checkpoint = (state.empty() ? file.parent_path() / "state" : state) / "ledger.checkpoint";
    const auto first = reader.text("licences", "first");
    config.first = first == "custom" ? custom_policy(reader) : licence::policy_named(first.empty() ? "5-plays" : first);
    config.person_concurrent = reader.number("licences", "person_concurrent").value_or(0);
    return config;
}

} // namespace cifra::admin
