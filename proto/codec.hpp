// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Internal to cifra_proto. Reader and Writer of the integers and byte strings of PROTOCOL.md.
#pragma once

#include "proto/bytes.hpp"
#include "proto/fault.hpp"
#include "proto/utf8.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace cifra::proto {

// Reads a body from front to end. The first fault sticks: from then on every read gives zeros or nothing, so a decoder
// reads all its fields in a row and looks once, in finish(). No read allocates before its length has been checked.
class Reader {
  public:
    explicit Reader(ByteView bytes) : rest_(bytes) {}

    bool ok() const { return !faulty_; }
    std::size_t remaining() const { return rest_.size(); }

    void fail(Fault fault) {
        if (faulty_) return;
        faulty_ = true;
        fault_ = fault;
        rest_ = {};
    }
    void demand(bool condition, Fault fault = Fault::bad_value) {
        if (!condition) fail(fault);
    }

    std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
    std::uint32_t u24() { return static_cast<std::uint32_t>(integer(3)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(integer(4)); }
    std::uint64_t u64() { return integer(8); }

    // An enumeration whose values run from `first` to `last` without gaps.
    template <class Enum>
    Enum u8_enum(Enum first, Enum last) {
        const auto value = u8();
        demand(value >= static_cast<std::uint8_t>(first) && value <= static_cast<std::uint8_t>(last));
        return ok() ? static_cast<Enum>(value) : first;
    }

    ByteView bytes(std::size_t length) {
        demand(length <= rest_.size(), Fault::truncated);
        if (!ok()) return {};
        const auto taken = rest_.first(length);
        rest_ = rest_.subspan(length);
        return taken;
    }
    ByteView rest() { return bytes(rest_.size()); }

    template <std::size_t N>
    std::array<std::uint8_t, N> array() {
        std::array<std::uint8_t, N> out{};
        std::ranges::copy(bytes(N), out.begin());
        return out;
    }

    ByteView bytes16(std::size_t at_most = 0xFFFF) { return bounded(u16(), at_most); }
    ByteView bytes24(std::size_t at_most = 0xFFFFFF) { return bounded(u24(), at_most); }

    std::string str16(std::size_t at_most = 0xFFFF) {
        const auto raw = bytes16(at_most);
        if (raw.empty()) return {};
        const std::string_view text(reinterpret_cast<const char*>(raw.data()), raw.size());
        demand(is_utf8(text), Fault::bad_text);
        return ok() ? std::string(text) : std::string();
    }

    // The end of every decoder: demands the end of the body.
    template <class T>
    Result<std::remove_cvref_t<T>> finish(T&& value) {
        demand(rest_.empty(), Fault::trailing);
        if (!ok()) return fault_;
        return std::forward<T>(value);
    }
    Result<void> finish() {
        demand(rest_.empty(), Fault::trailing);
        if (!ok()) return fault_;
        return {};
    }

  private:
    std::uint64_t integer(std::size_t length) {
        std::uint64_t value = 0;
        for (const auto byte : bytes(length)) value = value << 8 | byte;
        return value;
    }
    ByteView bounded(std::size_t length, std::size_t at_most) {
        demand(length <= at_most, Fault::too_large);
        return bytes(length);
    }

    ByteView rest_;
    Fault fault_ = Fault::truncated;
    bool faulty_ = false;
};

// Appends to a buffer. A length that its field cannot hold is our own misuse and throws std::length_error.
class Writer {
  public:
    explicit Writer(std::size_t expected = 0) { out_.reserve(expected); }

    Writer& u8(std::uint8_t value) { return integer(value, 1); }
    Writer& u16(std::uint16_t value) { return integer(value, 2); }
    Writer& u24(std::uint32_t value) {
        require(value <= 0xFFFFFF);
        return integer(value, 3);
    }
    Writer& u32(std::uint32_t value) { return integer(value, 4); }
    Writer& u64(std::uint64_t value) { return integer(value, 8); }

    template <class Enum>
    Writer& enumeration(Enum value) {
        return integer(static_cast<std::uint64_t>(value), sizeof(Enum));
    }
    // A count of what follows.
    Writer& count8(std::size_t value) { return counted(value, 1); }
    Writer& count16(std::size_t value) { return counted(value, 2); }

    Writer& bytes(ByteView value) {
        out_.insert(out_.end(), value.begin(), value.end());
        return *this;
    }
    Writer& bytes16(ByteView value) { return counted(value.size(), 2).bytes(value); }
    Writer& bytes24(ByteView value) { return counted(value.size(), 3).bytes(value); }
    Writer& str16(std::string_view value) { return bytes16(as_bytes(value)); }

    Bytes take() { return std::move(out_); }

    static void require(bool condition) {
        if (!condition) throw std::length_error("a length that its field of the protocol cannot hold");
    }

  private:
    Writer& integer(std::uint64_t value, std::size_t length) {
        for (std::size_t i = length; i > 0; --i) out_.push_back(static_cast<std::uint8_t>(value >> 8 * (i - 1)));
        return *this;
    }
    Writer& counted(std::size_t value, std::size_t length) {
        require(value < std::uint64_t{1} << 8 * length);
        return integer(value, length);
    }

    Bytes out_;
};

} // namespace cifra::proto
