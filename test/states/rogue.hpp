// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A peer that holds the right keys and says whatever the test wants.
#pragma once

#include "pair.hpp"

namespace cifra::test {

// Frames and messages by name; a message is told by its scope where the table tells it so.
enum class Say {
    negotiation,
    negotiation_response,
    dh_parameters,
    dh_parameters_response,
    refused,
    mac,
    frame_0,
    frame_8,
    authenticate,
    enrolment,
    enrolment_status,
    ok_login,
    ok_stream,
    error_session,
    error_request,
    error_stream,
    bye,
    ping,
    pong,
    rotate,
    rotate_response,
    rotated,
    list,
    catalogue,
    open,
    opened,
    read,
    data,
    close,
    licence_request,
    licence,
    inner_0,
    inner_11,
    inner_25,
    inner_255,
};
inline constexpr int say_count = static_cast<int>(Say::inner_255) + 1;
std::string_view name_of(Say say);
bool is_clear(Say say);

// A pair in which `target` is in this phase, its peer has the keys (where there are any), and what is said next will be
// well-formed and expected as far as the region of rotation and of the stream is concerned.
struct Scene {
    std::unique_ptr<Pair> pair;
    Role target{};
    std::uint32_t id = 1; // of the request or stream that the message will be about

    states::Session& session() { return pair->session(target); }
    // The peer says it; what the target made of it is in the pair.
    void say(Say what);
    // The same with its body changed.
    void say(Say what, const std::function<void(Bytes&)>& change);
};
Scene scene(Role target, states::Phase phase, Say next, Suite suite = Suite::aes128_gcm_sha256);
std::vector<states::Phase> phases_of(Role role);

// The record that this session would send next, sealed and taken out of its hands.
Bytes sealed(Pair& pair, Role by, proto::InnerType type, ByteView body);
Bytes data_body(std::uint32_t stream, std::uint32_t read_id, std::uint64_t index, std::size_t length,
                ByteView path = {});

} // namespace cifra::test
