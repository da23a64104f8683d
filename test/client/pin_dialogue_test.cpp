// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/pin_dialogue.hpp"
#include "client/exit_code.hpp"

#include <catch2/catch.hpp>

using namespace cifra;
using namespace cifra::client;

TEST_CASE("the last try is confirmed, also where the module asks for the PIN by itself") {
    Settings settings;
    settings.pin_fd = 0; // which is not read before
    const PinDialogue dialogue(settings, nullptr, nullptr);
    token::PinQuestion question{.holder = "Ada", .label = "card", .reader = "", .tries = token::Tries::low};
    question.by_module = true;
    CHECK(dialogue.ask(question).empty());
    question.tries = token::Tries::last;
    try {
        (void)dialogue.ask(question);
        FAIL("it went on");
    } catch (const Failure& failure) {
        CHECK(failure.status == Exit::card);
        CHECK(std::string(failure.what()).find("one try is left") != std::string::npos);
    }
}
