// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "proto/json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <boost/json/parse.hpp>

#include <limits>
#include <set>

namespace cifra::proto {
namespace {

namespace json = boost::json;
using json::error_code;
using json::string_view;

constexpr std::size_t max_nesting = 8;

json::parse_options strict_options() {
    json::parse_options options; // the defaults take RFC 8259 and nothing else
    options.max_depth = max_nesting;
    return options;
}

// Looks for duplicate members only: Boost.JSON's own handler keeps the last one without a word. Keys arrive unescaped,
// so "a" and "\u0061" are the same.
struct DuplicateFinder {
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = max_object_size;
    static constexpr std::size_t max_key_size = max_object_size;
    static constexpr std::size_t max_string_size = max_object_size;

    std::vector<std::set<std::string, std::less<>>> open_objects;
    std::string key_so_far;

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) {
        open_objects.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t, error_code&) {
        open_objects.pop_back();
        return true;
    }
    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t, error_code&) { return true; }
    bool on_key_part(string_view part, std::size_t, error_code&) {
        key_so_far.append(part.data(), part.size());
        return true;
    }
    bool on_key(string_view part, std::size_t, error_code& ec) {
        key_so_far.append(part.data(), part.size());
        const bool added = open_objects.back().insert(key_so_far).second;
        key_so_far.clear();
        if (!added) ec = json::error::syntax;
        return added;
    }
    bool on_string_part(string_view, std::size_t, error_code&) { return true; }
    bool on_string(string_view, std::size_t, error_code&) { return true; }
    bool on_number_part(string_view, error_code&) { return true; }
    bool on_int64(std::int64_t, string_view, error_code&) { return true; }
    bool on_uint64(std::uint64_t, string_view, error_code&) { return true; }
    bool on_double(double, string_view, error_code&) { return true; }
    bool on_bool(bool, error_code&) { return true; }
    bool on_null(error_code&) { return true; }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }
};

bool has_duplicates_or_is_malformed(string_view text) {
    json::basic_parser<DuplicateFinder> parser(strict_options());
    error_code ec;
    const auto read = parser.write_some(false, text.data(), text.size(), ec);
    return ec.failed() || !parser.done() || read != text.size();
}

} // namespace

Result<json::object> parse_object(ByteView payload) {
    // The parser would take white space before and behind the object.
    if (payload.empty() || payload.front() != '{' || payload.back() != '}') return Fault::bad_json;
    const string_view text(reinterpret_cast<const char*>(payload.data()), payload.size());
    if (has_duplicates_or_is_malformed(text)) return Fault::bad_json;
    error_code ec;
    json::value value = json::parse(text, ec, {}, strict_options());
    if (ec.failed() || !value.is_object()) return Fault::bad_json;
    return std::move(value.get_object());
}

} // namespace cifra::proto
