// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "people/json_text.hpp"

#include "proto/json.hpp"

#include <boost/json/stream_parser.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace cifra::people {

namespace {

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view white = " \t\r\n";
    const auto from = text.find_first_not_of(white);
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(white) - from + 1);
}

// The line, from 1, where the parser stops; 0: it does not.
std::size_t line_of_fault(std::string_view text) {
    boost::json::stream_parser parser;
    boost::system::error_code failure;
    auto read = parser.write_some(text, failure);
    if (!failure && read == text.size()) parser.finish(failure);
    if (!failure && read == text.size()) return 0;
    return static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(read), '\n')) +
           1;
}

[[noreturn]] void fail(const std::filesystem::path& file) {
    throw std::system_error(errno, std::generic_category(), file.string());
}

std::string read_from(int fd, const std::filesystem::path& file, std::size_t limit) {
    struct stat status{};
    if (::fstat(fd, &status) != 0) fail(file);
    if (!S_ISREG(status.st_mode)) throw Wrong(file.string() + ": not a file");
    std::string text;
    for (;;) {
        constexpr std::size_t piece = 65'536;
        const auto before = text.size();
        text.resize(before + piece);
        const auto got = ::read(fd, text.data() + before, piece);
        if (got < 0 && errno != EINTR) fail(file);
        text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        if (text.size() > limit) throw Wrong(file.string() + ": larger than " + std::to_string(limit) + " bytes");
        if (got == 0) return text;
    }
}

} // namespace

boost::json::object parse_json(std::string_view text, std::size_t limit) {
    if (text.size() > limit) throw Wrong("larger than " + std::to_string(limit) + " bytes");
    if (const auto line = line_of_fault(text)) throw Wrong("line " + std::to_string(line) + ": not JSON");
    auto object = proto::parse_object(as_bytes(trimmed(text)));
    // What that refuses beyond broken JSON.
    if (!object) throw Wrong("not one object, or nested deeper than 8, or with a member that occurs twice");
    return std::move(*object);
}

std::string read_file(const std::filesystem::path& file, std::size_t limit) {
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a FIFO must not hold us
    if (fd < 0) fail(file);
    try {
        auto text = read_from(fd, file, limit);
        ::close(fd);
        return text;
    } catch (...) {
        ::close(fd);
        throw;
    }
}

Object::Object(const boost::json::value& value, std::string place)
    : object_(value.is_object() ? value.get_object() : throw Wrong(place + ": not an object")),
      place_(std::move(place)) {}

std::string Object::place(std::string_view name) const {
    return (place_.empty() ? "" : place_ + ".") + std::string(name);
}

void Object::fail(std::string_view name, const std::string& why) const { throw Wrong(place(name) + ": " + why); }

void Object::demand_only(std::initializer_list<std::string_view> names) const {
    for (const auto& member : object_) {
        const std::string_view name(member.key().data(), member.key().size());
        if (std::find(names.begin(), names.end(), name) != names.end()) continue;
        std::string known;
        for (const auto& one : names) known += (known.empty() ? "" : ", ") + std::string(one);
        fail(name.substr(0, 64), "there is no such member; they are: " + known);
    }
}

const boost::json::value& Object::at(std::string_view name) const {
    const auto* value = object_.if_contains(name);
    if (value == nullptr) fail(name, "is missing");
    return *value;
}

std::string Object::text(std::string_view name, std::size_t limit) const {
    const auto& value = at(name);
    if (!value.is_string()) fail(name, "not a text");
    if (value.get_string().size() > limit) fail(name, "longer than " + std::to_string(limit) + " bytes");
    return {value.get_string().data(), value.get_string().size()};
}

bool Object::boolean(std::string_view name) const {
    const auto& value = at(name);
    if (!value.is_bool()) fail(name, "neither true nor false");
    return value.get_bool();
}

std::int64_t Object::integer(std::string_view name, std::int64_t at_most) const {
    const auto& value = at(name);
    if (!value.is_int64() || value.get_int64() < 0 || value.get_int64() > at_most)
        fail(name, "not an integer from 0 to " + std::to_string(at_most));
    return value.get_int64();
}

std::vector<std::string> Object::texts(std::string_view name, std::size_t limit) const {
    const auto& value = at(name);
    if (!value.is_array()) fail(name, "not an array");
    std::vector<std::string> all;
    for (const auto& one : value.get_array()) {
        const auto which = std::string(name) + "[" + std::to_string(all.size()) + "]";
        if (!one.is_string()) fail(which, "not a text");
        if (one.get_string().size() > limit) fail(which, "longer than " + std::to_string(limit) + " bytes");
        all.emplace_back(one.get_string().data(), one.get_string().size());
    }
    return all;
}

std::vector<Object> Object::objects(std::string_view name) const {
    const auto& value = at(name);
    if (!value.is_array()) fail(name, "not an array");
    std::vector<Object> all;
    for (const auto& one : value.get_array()) {
        all.emplace_back(one, place(name) + "[" + std::to_string(all.size()) + "]");
    }
    return all;
}

} // namespace cifra::people
