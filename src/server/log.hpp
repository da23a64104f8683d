// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// One line an event, with fields. Values may come from peers: whatever could start a line of its own, move the cursor
// or turn the direction of writing is escaped. Keys and events are our own words. Secrets have no constructor here.
#pragma once

#include <chrono>
#include <concepts>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace cifra::server {

enum class LogFormat { text, json };
enum class Level { debug, info, warning, error };
std::string_view name_of(Level level) noexcept;

class FieldValue {
  public:
    FieldValue() = default; // there is none: the field is left out
    // Implicit, so that a field is written {"size", n}.
    // NOLINTBEGIN(google-explicit-constructor)
    FieldValue(std::string_view text) : value_(text) {}
    FieldValue(const char* text) : value_(std::string_view(text)) {}
    FieldValue(const std::string& text) : value_(std::string_view(text)) {}
    FieldValue(bool value) : value_(value) {}
    FieldValue(std::signed_integral auto value) : value_(static_cast<std::int64_t>(value)) {}
    FieldValue(std::unsigned_integral auto value) : value_(static_cast<std::uint64_t>(value)) {}
    FieldValue(double value) : value_(value) {}
    FieldValue(const void*) = delete;
    // NOLINTEND(google-explicit-constructor)

    const auto& get() const noexcept { return value_; }
    bool absent() const noexcept { return value_.index() == 0; }

  private:
    std::variant<std::monostate, std::string_view, bool, std::int64_t, std::uint64_t, double> value_;
};

struct Field {
    std::string_view key;
    FieldValue value;
};
using Fields = std::initializer_list<Field>;

// `2026-01-31T08:15:00.250Z info  login device=desk person="A B"`, or one JSON object; without the end of the line.
std::string format_line(LogFormat format, std::chrono::system_clock::time_point now, Level level,
                        std::string_view event, Fields fields);

struct LogOptions {
    LogFormat format = LogFormat::text;
    Level level = Level::info;
    std::filesystem::path file; // empty: standard error
    bool operator==(const LogOptions&) const = default;
};

class Log {
  public:
    // Throws std::runtime_error when the file cannot be opened.
    explicit Log(const LogOptions& options);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    bool wants(Level level) const noexcept;
    void write(Level level, std::string_view event, Fields fields = {}) noexcept;
    // Opens the file by its name again (logrotate). False: could not, and the old file goes on.
    bool reopen() noexcept;

  private:
    struct Sink;
    LogFormat format_;
    Level level_;
    std::shared_ptr<Sink> sink_;
};

// The log of the process: text on standard error from level info until set_up_log. Any thread may call these.
void set_up_log(const LogOptions& options);
void log(Level level, std::string_view event, Fields fields = {}) noexcept;
bool reopen_log() noexcept;

} // namespace cifra::server
