// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Internal to cifra_proto. The members of a JSON object, with their types and ranges.
#pragma once

#include "proto/bytes.hpp"
#include "proto/fault.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <limits>

namespace cifra::proto {

inline constexpr std::uint64_t any_u32 = std::numeric_limits<std::uint32_t>::max();
inline constexpr std::size_t any_count = std::numeric_limits<std::size_t>::max();

// Takes the members of an object one after the other. The first fault sticks, as in Reader.
class Members {
  public:
    explicit Members(const boost::json::object& object) : object_(object) {}

    bool ok() const { return !faulty_; }
    void fail(Fault fault) {
        if (faulty_) return;
        faulty_ = true;
        fault_ = fault;
    }

    std::uint64_t integer(std::string_view name, std::uint64_t at_most) {
        const auto* value = take(name);
        return value == nullptr ? 0 : integer_of(*value, at_most);
    }
    std::uint32_t integer32(std::string_view name, std::uint64_t at_most) {
        return static_cast<std::uint32_t>(integer(name, std::min(at_most, any_u32)));
    }
    bool boolean(std::string_view name) {
        const auto* value = take(name);
        if (value != nullptr && !value->is_bool()) fail(Fault::bad_value);
        return ok() && value->get_bool();
    }
    std::string_view text(std::string_view name) {
        const auto* value = take(name);
        return value == nullptr ? std::string_view() : text_of_value(*value);
    }
    std::string_view optional_text(std::string_view name) {
        return object_.contains(name) ? text(name) : std::string_view();
    }
    std::vector<std::uint32_t> integers(std::string_view name) {
        std::vector<std::uint32_t> out;
        for (const auto& value : elements(name, 0, any_count))
            out.push_back(static_cast<std::uint32_t>(integer_of(value, any_u32)));
        return out;
    }
    std::vector<std::string_view> texts(std::string_view name, std::size_t at_least, std::size_t at_most) {
        std::vector<std::string_view> out;
        for (const auto& value : elements(name, at_least, at_most)) out.push_back(text_of_value(value));
        return out;
    }
    const boost::json::object& object(std::string_view name) {
        static const boost::json::object none;
        const auto* value = take(name);
        if (value != nullptr && value->is_object()) return value->get_object();
        fail(Fault::bad_value);
        return none;
    }
    // For an object that may have no other member. As none is there twice, counting is enough.
    void demand_no_others() {
        if (taken_ != object_.size()) fail(Fault::bad_value);
    }
    template <class T>
    Result<T> finish(T value) const {
        if (faulty_) return fault_;
        return value;
    }
    Fault fault() const { return fault_; }

  private:
    const boost::json::value* take(std::string_view name) {
        const auto* value = object_.if_contains(name);
        if (value == nullptr) fail(Fault::bad_value);
        ++taken_;
        return value;
    }
    std::uint64_t integer_of(const boost::json::value& value, std::uint64_t at_most) {
        std::uint64_t number = 0;
        if (value.is_uint64())
            number = value.get_uint64();
        else if (value.is_int64() && value.get_int64() >= 0)
            number = static_cast<std::uint64_t>(value.get_int64());
        else
            fail(Fault::bad_value);
        if (number > at_most) fail(Fault::bad_value);
        return ok() ? number : 0;
    }
    std::string_view text_of_value(const boost::json::value& value) {
        if (value.is_string()) return {value.get_string().data(), value.get_string().size()};
        fail(Fault::bad_value);
        return {};
    }
    const boost::json::array& elements(std::string_view name, std::size_t at_least, std::size_t at_most) {
        static const boost::json::array none;
        const auto* value = take(name);
        if (value != nullptr && value->is_array()) {
            const auto& array = value->get_array();
            if (array.size() >= at_least && array.size() <= at_most) return array;
        }
        fail(Fault::bad_value);
        return none;
    }

    const boost::json::object& object_;
    std::size_t taken_ = 0;
    Fault fault_ = Fault::bad_value;
    bool faulty_ = false;
};

} // namespace cifra::proto
