// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/log.hpp"

#include "folder.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include <sstream>
#include <thread>

using namespace cifra::server;

namespace {

const std::chrono::system_clock::time_point moment{std::chrono::milliseconds(1'769'847'300'250)};

std::string value_in_text(std::string_view value) {
    const auto line = format_line(LogFormat::text, moment, Level::info, "e", {{"k", value}});
    return line.substr(line.find("k=") + 2);
}

std::vector<std::string> lines_of(const std::filesystem::path& file) {
    std::istringstream in(test::contents_of(file));
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

} // namespace

TEST_CASE("a line of the log in text") {
    CHECK(format_line(LogFormat::text, moment, Level::info, "login",
                      {{"device", "desk"}, {"person", "A B"}, {"n", 7}, {"d", -1}, {"ok", true}, {"rate", 0.5}}) ==
          "2026-01-31T08:15:00.250Z info    login device=desk person=\"A B\" n=7 d=-1 ok=true rate=0.5");
    CHECK(format_line(LogFormat::text, moment, Level::warning, "stop", {}) == "2026-01-31T08:15:00.250Z warning stop");
}

TEST_CASE("a line of the log in JSON") {
    const auto line =
        format_line(LogFormat::json, moment, Level::error, "login",
                    {{"device", "a\"\\\n\x1b"}, {"n", 18'446'744'073'709'551'615ULL}, {"ok", false}, {"x", 1.5}});
    CHECK(line == R"({"time":"2026-01-31T08:15:00.250Z","level":"error","event":"login","device":"a\"\\\n\u001b",)"
                  R"("n":18446744073709551615,"ok":false,"x":1.5})");
    CHECK(boost::json::parse(line).at("device").as_string() == "a\"\\\n\x1b");
}

TEST_CASE("a field without a value is left out") {
    CHECK(format_line(LogFormat::text, moment, Level::info, "e", {{"a", 1}, {"b", FieldValue()}, {"c", ""}}) ==
          "2026-01-31T08:15:00.250Z info    e a=1 c=\"\"");
    CHECK(format_line(LogFormat::json, moment, Level::info, "e", {{"a", FieldValue()}, {"b", 2}}) ==
          R"({"time":"2026-01-31T08:15:00.250Z","level":"info","event":"e","b":2})");
}

TEST_CASE("a value can neither start a line nor steer a terminal") {
    CHECK(value_in_text("x\n2026-01-31 error forged") == R"("x\n2026-01-31 error forged")");
    CHECK(value_in_text("a\rb\tc") == R"("a\u000db\u0009c")");
    CHECK(value_in_text("\x1b[31mred") == R"("\u001b[31mred")");
    CHECK(value_in_text("\xc2\x9b"
                        "31m") == R"("\u009b31m")"); // CSI in one code point
    CHECK(value_in_text("a\xe2\x80\xae"
                        "b") == R"("a\u202eb")"); // right-to-left override
    CHECK(value_in_text("a\xff"
                        "b") == R"("a\xffb")");
    CHECK(value_in_text("") == R"("")");
    CHECK(value_in_text("a=b") == R"("a=b")");
    CHECK(value_in_text("say \"x\\\"") == R"("say \"x\\\"")");
    CHECK(value_in_text("Mòdena") == "Mòdena");
    CHECK(value_in_text(std::string_view("a\0b", 3)) == R"("a\u0000b")");
}

TEST_CASE("any bytes give one line of valid JSON") {
    const auto value = test::noise(GENERATE(1U, 50U, 1000U), GENERATE(range(0U, 20U)));
    const auto line = format_line(LogFormat::json, moment, Level::info, "e", {{"k", value}});
    CHECK(line.find('\n') == std::string::npos);
    CHECK_NOTHROW(boost::json::parse(line));
}

TEST_CASE("lines below the level are left out, and a file is appended to") {
    const test::Folder folder;
    const auto file = folder.write("log", "before\n");
    Log log({LogFormat::text, Level::warning, file});
    CHECK_FALSE(log.wants(Level::info));
    log.write(Level::info, "quiet");
    log.write(Level::warning, "loud", {{"n", 1}});
    const auto lines = lines_of(file);
    REQUIRE(lines.size() == 2);
    CHECK(lines[0] == "before");
    CHECK_THAT(lines[1], Catch::EndsWith("warning loud n=1"));
}

TEST_CASE("reopening follows the name, as logrotate needs it") {
    const test::Folder folder;
    Log log({LogFormat::text, Level::info, folder / "log"});
    log.write(Level::info, "one");
    std::filesystem::rename(folder / "log", folder / "log.1");
    log.write(Level::info, "two");
    CHECK(log.reopen());
    log.write(Level::info, "three");
    CHECK(lines_of(folder / "log.1").size() == 2);
    const auto lines = lines_of(folder / "log");
    REQUIRE(lines.size() == 1);
    CHECK_THAT(lines[0], Catch::EndsWith("three"));
}

TEST_CASE("a log that cannot be reopened goes on in the old file") {
    const test::Folder folder;
    const auto file = folder.make("inner") / "log";
    Log log({LogFormat::text, Level::info, file});
    std::filesystem::rename(folder / "inner", folder / "moved");
    CHECK_FALSE(log.reopen());
    log.write(Level::info, "still");
    CHECK_THAT(test::contents_of(folder / "moved/log"), Catch::EndsWith("still\n"));
}

TEST_CASE("a log file that cannot be opened is told at once") {
    const test::Folder folder;
    folder.make("log");
    CHECK_THROWS_AS(Log({LogFormat::text, Level::info, folder / "log"}), std::runtime_error);
}

TEST_CASE("lines of several threads do not mix") {
    const test::Folder folder;
    set_up_log({LogFormat::json, Level::info, folder / "log"});
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([t] {
            for (int i = 0; i < 200; ++i) log(Level::info, "line", {{"thread", t}, {"i", i}});
        });
    }
    for (int i = 0; i < 20; ++i) CHECK(reopen_log());
    for (auto& thread : threads) thread.join();
    set_up_log({});
    const auto lines = lines_of(folder / "log");
    CHECK(lines.size() == 800);
    for (const auto& line : lines) CHECK_NOTHROW(boost::json::parse(line));
}
