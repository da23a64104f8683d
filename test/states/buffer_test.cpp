// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "states/buffer.hpp"

#include <catch2/catch.hpp>

#include <deque>
#include <random>

using namespace cifra;
using states::Buffer;

TEST_CASE("a buffer is a queue of bytes") {
    std::mt19937 random(7); // the same sequence each time
    Buffer buffer;
    std::deque<std::uint8_t> model;
    std::uint8_t next = 0;
    for (int step = 0; step < 20'000; ++step) {
        const std::size_t count = random() % (step % 100 == 0 ? 70'000 : 60);
        switch (random() % 5) {
            case 0: {
                Bytes bytes(count);
                for (auto& byte : bytes) byte = next++;
                buffer.append(ByteView(bytes));
                model.insert(model.end(), bytes.begin(), bytes.end());
                break;
            }
            case 1: {
                const auto room = buffer.prepare(count);
                REQUIRE(room.size() >= count);
                for (std::size_t i = 0; i < count; ++i) model.push_back(room[i] = next++);
                buffer.commit(count);
                break;
            }
            case 2:
                buffer.drop_back(count);
                model.erase(model.end() - static_cast<std::ptrdiff_t>(std::min(count, model.size())), model.end());
                break;
            default:
                buffer.consume(count);
                model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(std::min(count, model.size())));
                break;
        }
        if (buffer.size() != model.size()) FAIL("sizes differ at step " << step);
        const auto view = std::as_const(buffer).view();
        if (!std::equal(view.begin(), view.end(), model.begin())) FAIL("bytes differ at step " << step);
    }
    buffer.consume(buffer.size());
    CHECK(buffer.empty());
    CHECK(buffer.capacity() > 0);
    buffer.release();
    CHECK(buffer.capacity() == 0);
}
