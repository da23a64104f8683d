// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/config_reader.hpp"

#include "server/text.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cifra::server {

namespace {

std::string_view section_of(std::string_view key) {
    const auto dot = key.find('.');
    return dot == std::string_view::npos ? std::string_view() : key.substr(0, dot);
}

std::string_view last_of(std::string_view key) { return key.substr(key.find('.') + 1); }

std::string_view type_name(const toml::node& node) {
    switch (node.type()) {
        case toml::node_type::table:
            return "a table";
        case toml::node_type::array:
            return "an array";
        case toml::node_type::string:
            return "a string";
        case toml::node_type::integer:
            return "an integer";
        case toml::node_type::floating_point:
            return "a number with a fraction";
        case toml::node_type::boolean:
            return "a boolean";
        default:
            return "a date or time";
    }
}

std::string in_section(std::string_view key) {
    const auto section = section_of(key);
    return section.empty() ? std::string(key) : fmt::format("{} in [{}]", last_of(key), section);
}

} // namespace

std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    while (!text.empty()) {
        const auto code = take_code_point(text).value_or(0xfffd);
        if (is_control(code) || is_deceptive(code)) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(code));
        } else {
            append_code_point(out, code);
        }
    }
    return out + '"';
}

std::string_view nearest(std::string_view text, std::span<const std::string_view> names) {
    std::string_view best;
    std::size_t least = std::max<std::size_t>(2, text.size() / 3) + 1;
    if (text.size() > 64) return best;
    for (const auto name : names) {
        const auto distance = edit_distance(text, name);
        if (distance < least) {
            least = distance;
            best = name;
        }
    }
    return best;
}

ConfigReader::ConfigReader(const toml::table& root, std::filesystem::path folder,
                           std::span<const std::string_view> keys)
    : root_(root), folder_(std::move(folder)), keys_(keys) {
    check_keys();
}

void ConfigReader::check_keys() {
    const auto known = [this](std::string_view name) {
        return std::find(keys_.begin(), keys_.end(), name) != keys_.end();
    };
    const auto is_section = [this](std::string_view name) {
        return std::any_of(keys_.begin(), keys_.end(), [name](auto key) { return section_of(key) == name; });
    };
    for (const auto& [key, node] : root_) {
        if (is_section(key.str())) {
            const auto* table = node.as_table();
            if (table == nullptr) {
                wrong_type(node, key.str(), fmt::format("a table, [{}]", key.str()));
                continue;
            }
            for (const auto& [inner, value] : *table) {
                if (!known(fmt::format("{}.{}", key.str(), inner.str()))) unknown(key.str(), inner);
            }
        } else if (!known(key.str())) {
            unknown({}, key);
        }
    }
}

void ConfigReader::unknown(std::string_view section, const toml::key& key) {
    // The nearest name in the same section, else anywhere: a right key in the wrong place is a common slip.
    std::vector<std::string_view> here, everywhere;
    for (const auto name : keys_) {
        everywhere.push_back(last_of(name));
        if (section_of(name) == section) here.push_back(last_of(name));
    }
    std::vector<std::string_view> sections;
    for (const auto name : keys_) {
        if (section.empty() && !section_of(name).empty()) sections.push_back(section_of(name));
    }
    std::string text = fmt::format("unknown key {}", in_quotes(key.str()));
    if (!section.empty()) text += fmt::format(" in [{}]", section);
    if (const auto near = nearest(key.str(), here); !near.empty()) {
        text += fmt::format("; did you mean {}?", near);
    } else if (const auto table = nearest(key.str(), sections); !table.empty()) {
        text += fmt::format("; did you mean the table [{}]?", table);
    } else if (const auto other = nearest(key.str(), everywhere); !other.empty()) {
        const auto full = std::find_if(keys_.begin(), keys_.end(), [&](auto name) { return last_of(name) == other; });
        text += fmt::format("; did you mean {}?",
                            section_of(*full).empty() ? fmt::format("{} above all tables", other) : in_section(*full));
    } else {
        text += fmt::format("; expected one of: {}", fmt::join(here, ", "));
    }
    problems_.push_back({key.source().begin.line, key.source().begin.column, text});
}

const toml::node* ConfigReader::find(std::string_view key) const {
    const auto section = section_of(key);
    if (section.empty()) return root_.get(key);
    const auto* node = root_.get(section);
    const auto* table = node == nullptr ? nullptr : node->as_table();
    return table == nullptr ? nullptr : table->get(last_of(key));
}

void ConfigReader::problem(std::string_view key, const std::string& text) {
    if (const auto* node = find(key)) return problem(*node, key, text);
    const auto* section = root_.get(section_of(key));
    const auto at = section == nullptr ? toml::source_position{1, 1} : section->source().begin;
    problems_.push_back({at.line, at.column, in_section(key) + ' ' + text});
}

void ConfigReader::problem(const toml::node& node, std::string_view key, const std::string& text) {
    const auto at = node.source().begin;
    problems_.push_back({at.line, at.column, std::string(last_of(key)) + ' ' + text});
}

void ConfigReader::wrong_type(const toml::node& node, std::string_view key, std::string_view expected) {
    problem(node, key, fmt::format("is {}; expected {}", type_name(node), expected));
}

void ConfigReader::text(std::string_view key, const std::function<void(const std::string&, const toml::node&)>& take) {
    const auto* node = find(key);
    if (node == nullptr) return;
    const auto* value = node->as_string();
    if (value == nullptr) return wrong_type(*node, key, "a string");
    take(value->get(), *node);
}

void ConfigReader::boolean(std::string_view key, bool& out) {
    const auto* node = find(key);
    if (node == nullptr) return;
    const auto* value = node->as_boolean();
    if (value == nullptr) return wrong_type(*node, key, "true or false");
    out = value->get();
}

void ConfigReader::choice(std::string_view key, std::span<const std::string_view> names,
                          const std::function<void(std::size_t)>& take) {
    text(key, [&](const std::string& value, const toml::node& node) {
        const auto found = std::find(names.begin(), names.end(), value);
        if (found != names.end()) return take(static_cast<std::size_t>(found - names.begin()));
        problem(node, key, fmt::format("is {}; expected one of: {}", in_quotes(value), fmt::join(names, ", ")));
    });
}

void ConfigReader::texts(std::string_view key, std::string_view expected,
                         const std::function<void(const std::string&, const toml::node&)>& take, Empty empty) {
    const auto* node = find(key);
    if (node == nullptr) return;
    const auto* array = node->as_array();
    if (array == nullptr) return wrong_type(*node, key, fmt::format("an array, each element {}", expected));
    if (array->empty() && empty == Empty::refused)
        return problem(*node, key, fmt::format("is empty; expected at least one element, {}", expected));
    for (const auto& element : *array) {
        if (const auto* value = element.as_string()) {
            take(value->get(), element);
        } else {
            wrong_type(element, key, fmt::format("each element to be {}", expected));
        }
    }
}

std::optional<std::uint64_t> ConfigReader::integer(std::string_view key, std::uint64_t min, std::uint64_t max) {
    const auto* node = find(key);
    return node == nullptr ? std::nullopt : integer(*node, key, min, max);
}

std::optional<std::uint64_t> ConfigReader::integer(const toml::node& node, std::string_view key, std::uint64_t min,
                                                   std::uint64_t max) {
    const auto* value = node.as_integer();
    const auto expected = fmt::format("an integer from {} to {}", min, max);
    if (value == nullptr) {
        wrong_type(node, key, expected);
        return std::nullopt;
    }
    const auto number = value->get();
    if (number < 0 || static_cast<std::uint64_t>(number) < min || static_cast<std::uint64_t>(number) > max) {
        problem(node, key, fmt::format("is {}; expected {}", number, expected));
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(number);
}

void ConfigReader::numbers(std::string_view key, std::span<std::uint32_t> out, std::uint64_t max) {
    const auto* node = find(key);
    if (node == nullptr) return;
    const auto* array = node->as_array();
    const auto expected = fmt::format("an array of {} integers", out.size());
    if (array == nullptr) return wrong_type(*node, key, expected);
    if (array->size() != out.size()) {
        return problem(*node, key, fmt::format("has {} elements; expected {}", array->size(), expected));
    }
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (const auto value = integer((*array)[i], key, 0, max)) out[i] = static_cast<std::uint32_t>(*value);
    }
}

void ConfigReader::path(std::string_view key, PathIs kind, std::filesystem::path& out, bool required) {
    const bool folder = kind == PathIs::readable_folder || kind == PathIs::writable_folder;
    if (required && find(key) == nullptr) {
        problem(key, fmt::format("is missing; expected the path of {}", folder ? "a folder" : "a file"));
    }
    text(key, [&](const std::string& value, const toml::node& node) {
        if (value.empty() && !required) return;
        if (value.empty() || value.find('\0') != std::string::npos) {
            return problem(node, key, fmt::format("is {}; expected a path", in_quotes(value)));
        }
        out = (folder_ / value).lexically_normal();
        check_path(key, kind, out, node);
    });
}

void ConfigReader::check_path(std::string_view key, PathIs kind, const std::filesystem::path& path,
                              const toml::node& node) {
    const bool folder = kind != PathIs::readable_file;
    const auto& looked_at = kind == PathIs::to_be_written ? path.parent_path() : path;
    struct stat found{};
    const int mode = folder ? (kind == PathIs::readable_folder ? R_OK | X_OK : W_OK | X_OK) : R_OK;
    const auto shown = in_quotes(looked_at.string());
    if (::stat(looked_at.c_str(), &found) != 0) {
        const auto reason = errno == ENOENT ? "does not exist" : std::strerror(errno);
        problem(node, key,
                fmt::format("names {}, which {}; expected {} (relative paths start at this file)", shown, reason,
                            folder ? "an existing folder" : "an existing file"));
    } else if (folder != S_ISDIR(found.st_mode)) {
        problem(node, key,
                fmt::format("names {}, which is {}; expected {}", shown, folder ? "no folder" : "a folder",
                            folder ? "a folder" : "a file"));
    } else if (::access(looked_at.c_str(), mode) != 0) {
        problem(node, key,
                fmt::format("names {}, which this user may not {} ({})", shown, mode & W_OK ? "write to" : "read",
                            std::strerror(errno)));
    } else if (kind == PathIs::to_be_written) {
        check_writable_file(key, path, node);
    }
}

// In a folder that may be written to; it need not be there yet.
void ConfigReader::check_writable_file(std::string_view key, const std::filesystem::path& path,
                                       const toml::node& node) {
    struct stat found{};
    if (::stat(path.c_str(), &found) != 0) return;
    const auto file = in_quotes(path.string());
    if (S_ISDIR(found.st_mode)) {
        problem(node, key, fmt::format("names {}, which is a folder; expected a file", file));
    } else if (::access(path.c_str(), W_OK) != 0) {
        problem(node, key, fmt::format("names {}, which this user may not write to ({})", file, std::strerror(errno)));
    }
}

std::vector<ConfigProblem> ConfigReader::take_problems() {
    // Not std::stable_sort: libstdc++ 12 has it use what clang finds deprecated.
    std::vector<ConfigProblem> sorted;
    for (auto& problem : problems_) {
        const auto behind = std::upper_bound(sorted.begin(), sorted.end(), problem, [](const auto& a, const auto& b) {
            return std::pair(a.line, a.column) < std::pair(b.line, b.column);
        });
        sorted.insert(behind, std::move(problem));
    }
    problems_.clear();
    return sorted;
}

} // namespace cifra::server
