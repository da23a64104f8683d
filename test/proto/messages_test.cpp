// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Each field of each message arrives in its own member; the bytes are those of the vectors.
#include "proto/messages.hpp"

#include "vectors.hpp"

#include <catch2/catch.hpp>

namespace cifra::proto::test {
namespace {

constexpr Id16 item{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
constexpr Id16 play{0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf};

Sha256 sha() {
    Sha256 out{};
    out.fill(0x5a);
    return out;
}

Entry audio_entry() {
    return {item, Kind::audio, 10'000'000, 65'536, 240'000, "take-1.mp3", "Take", "Quartet", "Sessions", {}};
}

Terms licence_terms() {
    Terms terms;
    terms.state = TermsState::active;
    terms.rights = right_play | right_save;
    terms.renewal = TermsRenewal::voucher;
    terms.plays = 7;
    terms.units = 1024;
    terms.seconds = 3600;
    terms.not_before = 0x65000000;
    terms.not_after = 0x68000000;
    terms.renewals = 3;
    return terms;
}

} // namespace

TEST_CASE("OK of a login") {
    const LoginOk message{"desk", "", 1'700'000'000'000, 86'400, 0, {}, false};
    const auto body = encode(message);
    CHECK(body == vector_payload("login_ok", "device_only"));
    const auto read = decode_login_ok(body);
    REQUIRE(read.has_value());
    CHECK(read->device == "desk");
    CHECK(read->person.empty());
    CHECK(read->time_ms == 1'700'000'000'000);
    CHECK(read->expires_seconds == 86'400);
    CHECK(read->ticket.empty());
    CHECK_FALSE(read->pause_without_card);
    CHECK(decode_login_ok(vector_payload("login_ok", "device_and_person"))->person == "Lés Äta");
    const LoginOk more{"desk", "ada", 1'700'000'000'000, 86'400, 3600, {0xc0}, true};
    CHECK(encode(more) == vector_payload("login_ok", "ticket_and_pause"));
    const auto back = decode_login_ok(encode(more));
    REQUIRE(back.has_value());
    CHECK(back->ticket_seconds == 3600);
    CHECK(back->ticket == Bytes{0xc0});
    CHECK(back->pause_without_card);
}

TEST_CASE("ENROLMENT_STATUS") {
    using Status = EnrolmentStatus::Status;
    const EnrolmentStatus message{Status::approved, "4f2a", "welcome", {{0x30}}, {{0x31}, {0x32}}, {{0x33}}};
    const auto body = encode(message);
    CHECK(body == vector_payload("enrolment_status", "approved"));
    const auto read = decode_enrolment_status(body);
    REQUIRE(read.has_value());
    CHECK(read->status == Status::approved);
    CHECK(read->id == "4f2a");
    CHECK(read->text == "welcome");
    CHECK(read->roots == message.roots);
    CHECK(read->device_chain == message.device_chain);
    CHECK(read->user_chain == message.user_chain);
    CHECK(encode(EnrolmentStatus{Status::pending, "4f2a", "", {}, {}, {}}) ==
          vector_payload("enrolment_status", "pending"));
}

TEST_CASE("OK of a stream") {
    const auto body = encode(StreamOk{7});
    CHECK(body == vector_payload("stream_ok", "typical"));
    REQUIRE(decode_stream_ok(body).has_value());
    CHECK(decode_stream_ok(body)->stream == 7);
}

TEST_CASE("the scope byte of OK tells its form") {
    CHECK(ok_scope(Bytes{0}).value() == Scope::session);
    CHECK(ok_scope(Bytes{2, 9, 9}).value() == Scope::stream);
    CHECK(ok_scope(Bytes{1}).error() == Fault::bad_value);
    CHECK(ok_scope(Bytes{3}).error() == Fault::bad_value);
    CHECK(ok_scope(Bytes{255}).error() == Fault::bad_value);
    CHECK(ok_scope({}).error() == Fault::truncated);
}

TEST_CASE("ERROR") {
    const auto body = encode(Error{Scope::request, 9, ErrorCode::stale_cursor});
    CHECK(body == vector_payload("error", "request"));
    const auto read = decode_error(body);
    REQUIRE(read.has_value());
    CHECK(read->scope == Scope::request);
    CHECK(read->id == 9);
    CHECK(read->code == ErrorCode::stale_cursor);
    CHECK(decode_error(vector_payload("error", "code_unknown"))->code == ErrorCode{0xFFFF});
}

TEST_CASE("PING and PONG") {
    CHECK(encode(Ping{0x0123456789abcdef}) == vector_payload("ping", "typical"));
    CHECK(encode(Pong{0x0123456789abcdef}) == vector_payload("pong", "typical"));
    CHECK(decode_ping(vector_payload("ping", "typical"))->token == 0x0123456789abcdef);
    CHECK(decode_pong(vector_payload("pong", "typical"))->token == 0x0123456789abcdef);
}

TEST_CASE("BYE and ROTATED are empty") {
    CHECK(decode_empty({}).has_value());
    CHECK(decode_empty(Bytes{0}).error() == Fault::trailing);
}

TEST_CASE("ROTATE and ROTATE_RESPONSE") {
    const Bytes key(32, 0xc5);
    CHECK(encode(Rotate{2, key}) == vector_payload("rotate", "x25519"));
    CHECK(encode(RotateResponse{2, key}) == vector_payload("rotate_response", "x25519"));
    const auto rotate = decode_rotate(encode(Rotate{0x01020304, key}));
    REQUIRE(rotate.has_value());
    CHECK(rotate->epoch == 0x01020304);
    CHECK(rotate->key == key);
    const auto response = decode_rotate_response(encode(RotateResponse{0x01020304, key}));
    REQUIRE(response.has_value());
    CHECK(response->epoch == 0x01020304);
    CHECK(response->key == key);
}

TEST_CASE("LIST") {
    const auto body = encode(List{0x01020304, 0x1112131415161718, 0x2122232425262728, 0x3132, "drum"});
    CHECK(body == vector_payload("list", "typical"));
    const auto read = decode_list(body);
    REQUIRE(read.has_value());
    CHECK(read->request == 0x01020304);
    CHECK(read->revision == 0x1112131415161718);
    CHECK(read->cursor == 0x2122232425262728);
    CHECK(read->limit == 0x3132);
    CHECK(read->query == "drum");
}

TEST_CASE("CATALOGUE") {
    const Entry file{play, Kind::file, 10'000'000, 65'536, 0, "notes.pdf", "", "", "", {}};
    const auto body = encode(Catalogue{5, 9, 0, 3, {audio_entry(), file}});
    CHECK(body == vector_payload("catalogue", "audio_and_file"));
    const auto read = decode_catalogue(encode(Catalogue{5, 9, 0x0102030405060708, 3, {audio_entry(), file}}));
    REQUIRE(read.has_value());
    CHECK(read->request == 5);
    CHECK(read->revision == 9);
    CHECK(read->next_cursor == 0x0102030405060708);
    CHECK(read->total == 3);
    REQUIRE(read->entries.size() == 2);
    const auto& first = read->entries[0];
    CHECK(first.item == item);
    CHECK(first.kind == Kind::audio);
    CHECK(first.size == 10'000'000);
    CHECK(first.chunk_size == 65'536);
    CHECK(first.duration_ms == 240'000);
    CHECK(first.name == "take-1.mp3");
    CHECK(first.title == "Take");
    CHECK(first.artist == "Quartet");
    CHECK(first.album == "Sessions");
    CHECK(first.terms == Terms{});
    CHECK(read->entries[1].item == play);
    CHECK(read->entries[1].kind == Kind::file);
    CHECK(read->entries[1].name == "notes.pdf");
}

TEST_CASE("CATALOGUE with the terms of a licence") {
    auto entry = audio_entry();
    entry.terms = licence_terms();
    const auto body = encode(Catalogue{5, 9, 0, 3, {entry}});
    CHECK(body == vector_payload("catalogue", "terms_of_a_licence"));
    const auto read = decode_catalogue(body);
    REQUIRE(read.has_value());
    REQUIRE(read->entries.size() == 1);
    CHECK(read->entries[0].terms == licence_terms());
}

TEST_CASE("LICENCE_REQUEST") {
    const LicenceRequest message{0x01020304, LicenceAction::renew, item, "ABCD-1234"};
    const auto body = encode(message);
    CHECK(body == vector_payload("licence_request", "renew_by_voucher"));
    const auto read = decode_licence_request(body);
    REQUIRE(read.has_value());
    CHECK(read->request == 0x01020304);
    CHECK(read->action == LicenceAction::renew);
    CHECK(read->item == item);
    CHECK(read->voucher == "ABCD-1234");
    CHECK(decode_licence_request(vector_payload("licence_request", "give_back"))->action == LicenceAction::give_back);
}

TEST_CASE("LICENCE") {
    const auto body = encode(LicenceReply{0x01020304, item, licence_terms()});
    CHECK(body == vector_payload("licence", "of_a_licence"));
    const auto read = decode_licence_reply(body);
    REQUIRE(read.has_value());
    CHECK(read->request == 0x01020304);
    CHECK(read->item == item);
    CHECK(read->terms == licence_terms());
    CHECK(encode(LicenceReply{0x01020304, item, {}}) == vector_payload("licence", "open"));
    CHECK(encode(LicenceReply{0x01020304, item, {}}).size() == 4 + 16 + terms_size);
}

TEST_CASE("the size of an entry is what it takes in a CATALOGUE") {
    const auto without = encode(Catalogue{5, 9, 0, 3, {}}).size();
    const Entry least{item, Kind::file, 0, 16'384, 0, "a", "", "", "", {}};
    const Entry most{item,
                     Kind::audio,
                     1,
                     16'384,
                     1,
                     std::string(max_item_name, 'a'),
                     std::string(max_item_text, 'b'),
                     std::string(max_item_text, 'c'),
                     std::string(max_item_text, 'd'),
                     {}};
    for (const auto& entry : {least, audio_entry(), most})
        CHECK(encode(Catalogue{5, 9, 0, 3, {entry}}).size() == without + encoded_size(entry));
    CHECK(encoded_size(least) == 42 + terms_size);
}

TEST_CASE("a CATALOGUE over its limit is never written") {
    Catalogue message{5, 9, 0, 3, {}};
    std::size_t size = encode(message).size();
    while (size + encoded_size(audio_entry()) <= catalogue_limit) {
        message.entries.push_back(audio_entry());
        size += encoded_size(audio_entry());
    }
    const auto body = encode(message);
    CHECK(body.size() == size);
    REQUIRE(decode_catalogue(body).has_value());
    CHECK(decode_catalogue(body)->entries.size() == message.entries.size());
    message.entries.push_back(audio_entry());
    CHECK_THROWS_AS(encode(message), std::length_error);
}

TEST_CASE("OPEN of a download") {
    const auto body = encode(Open{1, Mode::play, play, item, {}});
    CHECK(body == vector_payload("open", "play"));
    const auto read = decode_open(body);
    REQUIRE(read.has_value());
    CHECK(read->request == 1);
    CHECK(read->mode == Mode::play);
    CHECK(read->play == play);
    CHECK(read->item == item);
    CHECK(decode_open(vector_payload("open", "save"))->mode == Mode::save);
}

TEST_CASE("OPEN of an upload") {
    const Upload upload{"take.flac", 5'000'000, 65'536, sha()};
    const auto body = encode(Open{3, Mode::upload, {}, {}, upload});
    CHECK(body == vector_payload("open", "upload"));
    const auto read = decode_open(body);
    REQUIRE(read.has_value());
    CHECK(read->request == 3);
    CHECK(read->mode == Mode::upload);
    CHECK(read->play == Id16{});
    CHECK(read->upload.name == "take.flac");
    CHECK(read->upload.size == 5'000'000);
    CHECK(read->upload.chunk_size == 65'536);
    CHECK(read->upload.sha256 == sha());
}

TEST_CASE("R-49: the play id of an upload is zero, whatever stands in the structure") {
    const Upload upload{"take.flac", 5'000'000, 65'536, sha()};
    CHECK(encode(Open{3, Mode::upload, play, item, upload}) == vector_payload("open", "upload"));
}

TEST_CASE("READ") {
    const auto body = encode(Read{0x01020304, 0x05060708, 0x1112131415161718, 0x21222324});
    CHECK(body == vector_payload("read", "distinct"));
    const auto read = decode_read(body);
    REQUIRE(read.has_value());
    CHECK(read->stream == 0x01020304);
    CHECK(read->read_id == 0x05060708);
    CHECK(read->first == 0x1112131415161718);
    CHECK(read->count == 0x21222324);
}

TEST_CASE("DATA leaves its chunk where it is") {
    std::array<std::uint8_t, data_header_size> header{};
    write_data_header(header, {0x01020304, 0x05060708, 0x1112131415161718});
    Bytes body(header.begin(), header.end());
    body.push_back(0xaa);
    CHECK(body == vector_payload("data", "distinct"));
    const auto read = decode_data(body);
    REQUIRE(read.has_value());
    CHECK(read->header.stream == 0x01020304);
    CHECK(read->header.read_id == 0x05060708);
    CHECK(read->header.index == 0x1112131415161718);
    REQUIRE(read->chunk.size() == 1);
    CHECK(read->path.empty());
    CHECK(read->chunk.data() == body.data() + data_header_size);
}

TEST_CASE("DATA leaves its hash path where it is") {
    std::array<std::uint8_t, data_header_size> header{};
    write_data_header(header, {3, 1, 10}, 1);
    const auto body = vector_payload("data", "hash_path_of_1");
    CHECK(std::equal(header.begin(), header.end(), body.begin()));
    const auto read = decode_data(body);
    REQUIRE(read.has_value());
    CHECK(read->path.data() == body.data() + data_header_size);
    CHECK(read->path.size() == path_hash_size);
    CHECK(read->chunk.data() == body.data() + data_header_size + path_hash_size);
    CHECK(read->chunk.size() == 5);
    CHECK_THROWS_AS(write_data_header(header, {3, 1, 10}, max_path + 1), std::length_error);
}

TEST_CASE("CLOSE") {
    const auto body = encode(Close{0x01020304, 0x1112131415161718, 0x2122232425262728});
    CHECK(body == vector_payload("close", "distinct"));
    const auto read = decode_close(body);
    REQUIRE(read.has_value());
    CHECK(read->stream == 0x01020304);
    CHECK(read->sent == 0x1112131415161718);
    CHECK(read->received == 0x2122232425262728);
}

TEST_CASE("text over its length field is never written") {
    CHECK_NOTHROW(encode(List{1, 0, 0, 0, std::string(0xFFFF, 'a')}));
    CHECK_THROWS_AS(encode(List{1, 0, 0, 0, std::string(0x10000, 'a')}), std::length_error);
    CHECK_THROWS_AS(encode(Rotate{1, Bytes(0x10000)}), std::length_error);
}

} // namespace cifra::proto::test
