// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Internal to cifra_people. JSON files of ours, read strictly: what is wrong is told with its place ("people[3].name").
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <filesystem>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cifra::people {

// What a file holds is not what it may hold.
struct Wrong : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// One object, with white space round it. Throws Wrong: larger than `limit`, no JSON (with the line), a member twice.
boost::json::object parse_json(std::string_view text, std::size_t limit);

// The whole file. Throws Wrong when it is larger than `limit` or no regular file, else std::system_error.
std::string read_file(const std::filesystem::path& file, std::size_t limit);

// An object of the file. `place` is empty for the outermost one, else "people[3]".
class Object {
  public:
    Object(const boost::json::object& object, std::string place) : object_(object), place_(std::move(place)) {}
    Object(const boost::json::value& value, std::string place);

    // Throws Wrong naming the first member that is not among these.
    void demand_only(std::initializer_list<std::string_view> names) const;

    bool has(std::string_view name) const { return object_.contains(name); }
    // All of these throw Wrong: missing, of another type, larger than `limit`.
    std::string text(std::string_view name, std::size_t limit) const;
    bool boolean(std::string_view name) const;
    std::int64_t integer(std::string_view name, std::int64_t at_most) const; // not negative
    std::vector<std::string> texts(std::string_view name, std::size_t limit) const;
    std::vector<Object> objects(std::string_view name) const;

    // "people[3].name"
    std::string place(std::string_view name) const;
    [[noreturn]] void fail(std::string_view name, const std::string& why) const;

  private:
    const boost::json::value& at(std::string_view name) const;

    const boost::json::object& object_;
    std::string place_;
};

} // namespace cifra::people
