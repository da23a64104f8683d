// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Every decoder of the wire with its encoder, under the name of its file of vectors. The fuzz targets use it too.
#pragma once

#include "proto/frame.hpp"
#include "proto/handshake.hpp"
#include "proto/messages.hpp"
#include "proto/negotiation.hpp"

namespace cifra::proto::test {

struct Codec {
    std::string_view name;
    Result<Bytes> (*recode)(ByteView); // decodes, and encodes what came out
    bool open_ended = false;           // a shorter or longer body may be one too
};

template <auto decode>
Result<Bytes> recode(ByteView bytes) {
    const auto message = decode(bytes);
    if (!message) return message.error();
    return encode(*message);
}

template <auto decode>
Result<Bytes> recode_item(ByteView value) {
    const auto item = decode(value);
    if (!item) return item.error();
    const Bytes whole = encode_item(*item);
    return Bytes(whole.begin() + item_header_size, whole.end());
}

inline Result<Bytes> recode_refused(ByteView bytes) {
    const auto code = decode_refused(bytes);
    if (!code) return code.error();
    return encode_refused(*code);
}

inline Result<Bytes> recode_authenticate(ByteView bytes) {
    const auto items = split_items(bytes);
    if (!items) return items.error();
    Bytes out;
    for (const auto& item : *items) out.insert(out.end(), item.whole.begin(), item.whole.end());
    return out;
}

inline Result<Bytes> recode_empty(ByteView bytes) {
    const auto nothing = decode_empty(bytes);
    if (!nothing) return nothing.error();
    return Bytes();
}

inline Result<Bytes> recode_data(ByteView bytes) {
    const auto data = decode_data(bytes);
    if (!data) return data.error();
    std::array<std::uint8_t, data_header_size> header{};
    write_data_header(header, data->header, data->path.size() / path_hash_size);
    Bytes out(header.begin(), header.end());
    out.insert(out.end(), data->path.begin(), data->path.end());
    out.insert(out.end(), data->chunk.begin(), data->chunk.end());
    return out;
}

inline constexpr std::array codecs{
    Codec{"negotiation", recode<decode_negotiation>},
    Codec{"negotiation_response", recode<decode_negotiation_response>},
    Codec{"dh_parameters", recode<decode_dh_parameters>},
    Codec{"refused", recode_refused},
    Codec{"authenticate", recode_authenticate, true},
    Codec{"request", recode_item<decode_request>},
    Codec{"chain", recode_item<decode_chain>},
    Codec{"signature", recode_item<decode_signature>},
    Codec{"login_ok", recode<decode_login_ok>},
    Codec{"stream_ok", recode<decode_stream_ok>},
    Codec{"error", recode<decode_error>},
    Codec{"ping", recode<decode_ping>},
    Codec{"pong", recode<decode_pong>},
    Codec{"empty", recode_empty},
    Codec{"rotate", recode<decode_rotate>},
    Codec{"rotate_response", recode<decode_rotate_response>},
    Codec{"list", recode<decode_list>},
    Codec{"catalogue", recode<decode_catalogue>},
    Codec{"open", recode<decode_open>},
    Codec{"manifest", recode<decode_manifest>},
    Codec{"opened", recode<decode_opened>},
    Codec{"read", recode<decode_read>},
    Codec{"data", recode_data, true},
    Codec{"close", recode<decode_close>},
    Codec{"ticket", recode_item<decode_ticket>, true},
    Codec{"enrolment", recode_item<decode_enrolment>},
    Codec{"enrolment_status", recode<decode_enrolment_status>},
    Codec{"licence_request", recode<decode_licence_request>},
    Codec{"licence", recode<decode_licence_reply>},
};

} // namespace cifra::proto::test
