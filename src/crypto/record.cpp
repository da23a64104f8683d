// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/record.hpp"

#include "crypto/protection.hpp"

#include <botan/loadstor.h>

#include <algorithm>
#include <stdexcept>

namespace cifra::crypto {

namespace {

using proto::frame_header_size;

constexpr std::size_t epoch_size = 4;
constexpr std::size_t max_payload = (std::size_t{1} << 24) - 1;

void store_u24(std::uint8_t* out, std::size_t value) {
    out[0] = static_cast<std::uint8_t>(value >> 16);
    out[1] = static_cast<std::uint8_t>(value >> 8);
    out[2] = static_cast<std::uint8_t>(value);
}

std::size_t load_u24(const std::uint8_t* in) {
    return std::size_t{in[0]} << 16 | std::size_t{in[1]} << 8 | std::size_t{in[2]};
}

void store_header(MutableBytes out, proto::FrameType type, std::size_t length) {
    proto::write_frame_header(out.first<frame_header_size>(), {type, static_cast<std::uint32_t>(length)});
}

std::size_t text_size(const SuiteInfo& suite, std::size_t body, std::size_t padding) {
    const std::size_t least = inner_header_size + body + padding;
    if (suite.block == 0) return least;
    return (least + suite.block - 1) / suite.block * suite.block;
}

std::size_t payload_size(const SuiteInfo& suite, std::size_t text) {
    return epoch_size + suite.block + text + suite.tag_length();
}

// Where the parts of a whole SECURE_X stand; its size has been checked.
RecordParts split(const SuiteInfo& suite, MutableBytes frame) {
    const MutableBytes behind_epoch = frame.subspan(frame_header_size + epoch_size);
    const std::size_t text = behind_epoch.size() - suite.block - suite.tag_length();
    return {behind_epoch.first(suite.block), behind_epoch.subspan(suite.block, text),
            behind_epoch.subspan(suite.block + text)};
}

using AssociatedData = std::array<std::uint8_t, 16>;

// Of a frame whose header and epoch stand already.
AssociatedData associated_data(SequenceNumber number, ByteView frame) {
    AssociatedData ad;
    Botan::store_be(number.value, ad.data());
    std::copy_n(frame.begin(), frame_header_size + epoch_size, ad.begin() + 8);
    return ad;
}

bool is_secure_x(ByteView frame) {
    return frame[0] == static_cast<std::uint8_t>(proto::FrameType::secure_x) &&
           load_u24(&frame[1]) == frame.size() - frame_header_size;
}

// Every byte is looked at before anything is said.
bool all_zero(ByteView padding) {
    std::uint8_t seen = 0;
    for (const std::uint8_t byte : padding) seen = static_cast<std::uint8_t>(seen | byte);
    return seen == 0;
}

Result<OpenedRecord> unpad(MutableBytes text) {
    const std::size_t padding = load_u24(&text[1]);
    const MutableBytes rest = text.subspan(inner_header_size);
    if (padding > rest.size() || padding > max_padding) return Fault::bad_record;
    if (!all_zero(rest.last(padding))) return Fault::bad_record;
    return OpenedRecord{text[0], rest.first(rest.size() - padding)};
}

} // namespace

RecordSealer::RecordSealer(Suite suite, SendSecret secret, std::uint32_t epoch, bool ratchet)
    : suite_(suite),
      epoch_(epoch),
      protection_(make_protection(suite, Direction::seal, std::move(secret.value), ratchet && epoch >= 1)) {}
RecordSealer::RecordSealer(RecordSealer&&) noexcept = default;
RecordSealer& RecordSealer::operator=(RecordSealer&&) noexcept = default;
RecordSealer::~RecordSealer() = default;

std::size_t RecordSealer::prefix() const {
    return frame_header_size + epoch_size + info(suite_).block + inner_header_size;
}

std::size_t RecordSealer::sealed_size(std::size_t body, std::size_t padding) const {
    const SuiteInfo& suite = info(suite_);
    if (body > max_payload || padding > max_payload) throw std::length_error("a record longer than a frame");
    const std::size_t text = text_size(suite, body, padding);
    const std::size_t payload = payload_size(suite, text);
    if (text - inner_header_size - body > max_padding) throw std::length_error("more padding than a record may have");
    if (payload > max_payload) throw std::length_error("a record longer than a frame");
    return frame_header_size + payload + (suite.aead() ? 0 : frame_header_size + suite.mac_length());
}

void RecordSealer::seal(MutableBytes record, proto::InnerType type, std::size_t body, std::size_t padding,
                        SequenceNumber& number, Botan::RandomNumberGenerator& rng) {
    if (record.size() != sealed_size(body, padding)) throw std::length_error("a buffer that does not fit its record");
    const SuiteInfo& suite = info(suite_);
    const std::size_t text = text_size(suite, body, padding);
    const MutableBytes frame = record.first(frame_header_size + payload_size(suite, text));
    store_header(frame, proto::FrameType::secure_x, frame.size() - frame_header_size);
    Botan::store_be(epoch_, frame.data() + frame_header_size);

    const RecordParts parts = split(suite, frame);
    parts.text[0] = static_cast<std::uint8_t>(type);
    store_u24(&parts.text[1], text - inner_header_size - body);
    std::ranges::fill(parts.text.subspan(inner_header_size + body), std::uint8_t{0});

    MutableBytes mac = record.subspan(frame.size());
    if (!mac.empty()) {
        store_header(mac, proto::FrameType::mac, suite.mac_length());
        mac = mac.subspan(frame_header_size);
    }
    protection_->seal(number.value, associated_data(number, frame), parts, mac, rng);
    protection_->advance();
    ++number.value;
}

RecordOpener::RecordOpener(Suite suite, ReceiveSecret secret, std::uint32_t epoch, bool ratchet)
    : suite_(suite),
      epoch_(epoch),
      protection_(make_protection(suite, Direction::open, std::move(secret.value), ratchet && epoch >= 1)) {}
RecordOpener::RecordOpener(RecordOpener&&) noexcept = default;
RecordOpener& RecordOpener::operator=(RecordOpener&&) noexcept = default;
RecordOpener::~RecordOpener() = default;

Result<OpenedRecord> RecordOpener::open(MutableBytes frame, ByteView mac, SequenceNumber& number) {
    const SuiteInfo& suite = info(suite_);
    if (frame.size() < frame_header_size + payload_size(suite, inner_header_size)) return Fault::bad_record;
    if (mac.size() != suite.mac_length() || !is_secure_x(frame) || epoch_of(frame) != epoch_) return Fault::bad_record;
    const RecordParts parts = split(suite, frame);
    if (suite.block != 0 && parts.text.size() % suite.block != 0) return Fault::bad_record;
    if (!protection_->open(number.value, associated_data(number, frame), parts, mac)) return Fault::bad_record;
    protection_->advance();
    ++number.value;
    return unpad(parts.text);
}

std::optional<std::uint32_t> epoch_of(ByteView frame) noexcept {
    if (frame.size() < frame_header_size + epoch_size) return std::nullopt;
    return Botan::load_be<std::uint32_t>(frame.data() + frame_header_size, 0);
}

} // namespace cifra::crypto
