// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/log.hpp"

#include "server/text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <spdlog/details/file_helper.h>
#include <spdlog/fmt/fmt.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

#include <cmath>
#include <ctime>
#include <mutex>
#include <stdexcept>

namespace cifra::server {

namespace {

// The escapes are legal in JSON; text bears the same ones, so that both are searched alike.
void append_escaped(std::string& out, std::string_view text, LogFormat format) {
    while (!text.empty()) {
        const auto byte = static_cast<unsigned char>(text.front());
        const auto code = take_code_point(text);
        if (!code) {
            out += format == LogFormat::json ? std::string("\\ufffd") : fmt::format("\\x{:02x}", byte);
        } else if (*code == '"' || *code == '\\') {
            out += '\\';
            out += static_cast<char>(*code);
        } else if (*code == '\n') {
            out += "\\n";
        } else if (is_control(*code) || is_deceptive(*code)) {
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(*code));
        } else {
            append_code_point(out, *code);
        }
    }
}

bool needs_quotes(std::string_view text) {
    if (text.empty()) return true;
    while (!text.empty()) {
        const auto code = take_code_point(text);
        if (!code || *code <= 0x20 || *code == 0x7f || *code == '"' || *code == '\\' || *code == '=') return true;
        if (is_control(*code) || is_deceptive(*code)) return true;
    }
    return false;
}

void append_text(std::string& out, std::string_view text, LogFormat format) {
    const bool quotes = format == LogFormat::json || needs_quotes(text);
    if (quotes) out += '"';
    append_escaped(out, text, format);
    if (quotes) out += '"';
}

void append_value(std::string& out, const FieldValue& value, LogFormat format) {
    std::visit(
        [&](const auto& held) {
            using T = std::decay_t<decltype(held)>;
            if constexpr (std::is_same_v<T, std::string_view>) {
                append_text(out, held, format);
            } else if constexpr (std::is_same_v<T, std::monostate>) {
            } else if constexpr (std::is_same_v<T, double>) {
                out += std::isfinite(held) ? fmt::format("{:.6g}", held) : std::string("null");
            } else {
                out += fmt::format("{}", held);
            }
        },
        value.get());
}

std::string utc(std::chrono::system_clock::time_point now) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    const auto seconds = static_cast<std::time_t>(ms / 1000);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, ms % 1000);
}

} // namespace

std::string_view name_of(Level level) noexcept {
    switch (level) {
        case Level::debug:
            return "debug";
        case Level::info:
            return "info";
        case Level::warning:
            return "warning";
        case Level::error:
            return "error";
    }
    return "error";
}

std::string format_line(LogFormat format, std::chrono::system_clock::time_point now, Level level,
                        std::string_view event, Fields fields) {
    std::string line;
    if (format == LogFormat::text) {
        line = fmt::format("{} {:<7} {}", utc(now), name_of(level), event);
        for (const auto& field : fields) {
            if (field.value.absent()) continue;
            line += ' ';
            line += field.key;
            line += '=';
            append_value(line, field.value, format);
        }
        return line;
    }
    line = fmt::format(R"({{"time":"{}","level":"{}","event":)", utc(now), name_of(level));
    append_text(line, event, format);
    for (const auto& field : fields) {
        if (field.value.absent()) continue;
        line += ',';
        append_text(line, field.key, format);
        line += ':';
        append_value(line, field.value, format);
    }
    return line + '}';
}

// spdlog's own file sink cannot open its file again.
struct Log::Sink final : spdlog::sinks::base_sink<std::mutex> {
    explicit Sink(const std::filesystem::path& file) : path(file) {
        set_pattern_("%v");
        if (!path.empty()) helper.open(path.string());
    }

    bool reopen() {
        const std::lock_guard lock(mutex_);
        if (path.empty()) return true;
        // Tried first, as spdlog closes the old file before it knows that the new one can be opened.
        const int probe = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
        if (probe < 0) return false;
        ::close(probe);
        helper.reopen(false);
        return true;
    }

  protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        if (!path.empty()) {
            helper.write(line);
            helper.flush();
        } else {
            // One write, so that lines of several programs on one standard error do not mix.
            [[maybe_unused]] const auto n = ::write(STDERR_FILENO, line.data(), line.size());
        }
    }
    void flush_() override {}

  private:
    std::filesystem::path path;
    spdlog::details::file_helper helper;
};

Log::Log(const LogOptions& options) : format_(options.format), level_(options.level) {
    try {
        sink_ = std::make_shared<Sink>(options.file);
    } catch (const spdlog::spdlog_ex& problem) {
        throw std::runtime_error(problem.what());
    }
}

Log::~Log() = default;

bool Log::wants(Level level) const noexcept { return level >= level_; }

void Log::write(Level level, std::string_view event, Fields fields) noexcept {
    if (!wants(level)) return;
    try {
        const auto line = format_line(format_, std::chrono::system_clock::now(), level, event, fields);
        sink_->log(spdlog::details::log_msg("", spdlog::level::info, line));
    } catch (...) {
        // A full disk under the log is no reason to end a listener's play; standard error is what remains.
        constexpr std::string_view lost = "cifrad: a log line could not be written\n";
        [[maybe_unused]] const auto n = ::write(STDERR_FILENO, lost.data(), lost.size());
    }
}

bool Log::reopen() noexcept {
    try {
        return sink_->reopen();
    } catch (...) {
        return false;
    }
}

namespace {

std::mutex process_log_mutex;

std::shared_ptr<Log>& process_log() {
    static auto held = std::make_shared<Log>(LogOptions{});
    return held;
}

std::shared_ptr<Log> present_log() {
    const std::lock_guard lock(process_log_mutex);
    return process_log();
}

} // namespace

void set_up_log(const LogOptions& options) {
    auto next = std::make_shared<Log>(options);
    const std::lock_guard lock(process_log_mutex);
    process_log() = std::move(next);
}

void log(Level level, std::string_view event, Fields fields) noexcept { present_log()->write(level, event, fields); }

bool reopen_log() noexcept { return present_log()->reopen(); }

} // namespace cifra::server
