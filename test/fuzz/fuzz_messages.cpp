// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The first byte chooses the decoder, the rest is the body. What is accepted has exactly one encoding: the body itself.
#include "require.hpp"

#include "proto/utf8.hpp"
#include "test/proto/codecs.hpp"

using namespace cifra;
using namespace cifra::proto;

namespace {

// JSON has many forms of one message, and unknown schemes of a REQUEST are dropped.
bool has_other_forms(const test::Codec& codec) {
    return codec.name.starts_with("negotiation") || codec.name == "request";
}

bool is_plain(std::string_view text) { return is_utf8(text) && !has_control_characters(text); }

void check_texts(const std::string& name, const std::string& title, const std::string& artist,
                 const std::string& album) {
    fuzz::require(!name.empty() && is_plain(name) && is_plain(title) && is_plain(artist) && is_plain(album));
}

void check(const Manifest& manifest) {
    check_texts(manifest.name, manifest.title, manifest.artist, manifest.album);
    for (const auto offset : manifest.seek_offsets) fuzz::require(offset <= manifest.size);
    fuzz::require(manifest.seek_offsets.empty() || manifest.seek_step > 0);
}

void check(const Terms& terms) { fuzz::require(terms.state <= TermsState::not_yet && terms.rights < 16); }

// What those who use an accepted message rely on.
void check_meaning(std::string_view name, ByteView body) {
    if (name == "catalogue") {
        const auto catalogue = *decode_catalogue(body);
        for (const auto& entry : catalogue.entries) check_texts(entry.name, entry.title, entry.artist, entry.album);
    }
    if (name == "data") {
        const auto data = *decode_data(body);
        fuzz::require(data.path.size() <= max_path * path_hash_size && data.path.size() % path_hash_size == 0);
    }
    if (name == "licence") check(decode_licence_reply(body)->terms);
    if (name == "licence_request") {
        const auto request = *decode_licence_request(body);
        fuzz::require(request.voucher.empty() || request.action == LicenceAction::renew);
    }
    if (name == "manifest") check(*decode_manifest(body));
    if (name == "opened") {
        const auto opened = *decode_opened(body);
        check(opened.manifest);
        fuzz::require(opened.next_chunk <= chunk_count(opened.manifest.size, opened.chunk_size));
        fuzz::require((opened.manifest.root == Sha256{}) != opened.is_signed());
        fuzz::require(opened.signature.chain.size() <= max_chain);
        check(opened.terms);
    }
    if (name == "read") {
        const auto read = *decode_read(body);
        fuzz::require(read.first + read.count >= read.first);
    }
    if (name == "login_ok") {
        const auto ok = *decode_login_ok(body);
        fuzz::require(is_plain(ok.device) && is_plain(ok.person) && ok.ticket.size() <= max_ticket);
    }
    if (name == "enrolment") {
        const auto enrolment = *decode_enrolment(body);
        fuzz::require(is_plain(enrolment.name) && !enrolment.device_request.empty());
    }
    if (name == "enrolment_status") {
        const auto status = *decode_enrolment_status(body);
        fuzz::require(is_plain(status.id) && is_plain(status.text) && status.roots.size() <= max_chain);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto& codec = test::codecs[data[0] % test::codecs.size()];
    const ByteView body(data + 1, size - 1);
    const auto encoded = codec.recode(body);
    if (!encoded) return 0;
    check_meaning(codec.name, body);
    if (!has_other_forms(codec)) fuzz::require(*encoded == Bytes(body.begin(), body.end()));
    // fuzz_negotiation knows which offers have no encoding.
    if (!codec.name.starts_with("negotiation")) fuzz::require(codec.recode(*encoded).value() == *encoded);
    return 0;
}
