// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A ticket: version u8 ‖ key id (8) ‖ nonce (24) ‖ XChaCha20-Poly1305 of the contents, with all before it as associated
// data.
#include "server/tickets.hpp"

#include "proto/codec.hpp"
#include "server/log.hpp"

#include <botan/aead.h>

#include <algorithm>

namespace cifra::server {

namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t nonce_size = 24, tag_size = 16, device_hash_size = 32;
constexpr std::size_t id_size = std::tuple_size_v<TicketKey::Id>;
constexpr std::size_t header_size = 1 + id_size + nonce_size;
constexpr std::chrono::hours key_life{1};
constexpr std::int64_t clock_slack = 60; // seconds that servers of a fleet may differ

std::unique_ptr<Botan::AEAD_Mode> cipher(const TicketKey& key, ByteView header, Botan::Cipher_Dir direction) {
    auto mode = Botan::AEAD_Mode::create_or_throw("ChaCha20Poly1305", direction);
    mode->set_key(key.key.view().data(), key.key.size());
    mode->set_associated_data(header.data(), header.size());
    const auto nonce = header.last(nonce_size);
    mode->start(nonce.data(), nonce.size());
    return mode;
}

Bytes encode(const TicketContents& contents) {
    proto::Writer out;
    out.str16(contents.person).bytes16(contents.device_key_hash);
    out.u64(static_cast<std::uint64_t>(contents.issued)).u64(static_cast<std::uint64_t>(contents.expires));
    out.count8(contents.chain.size());
    for (const auto& certificate : contents.chain) out.bytes24(certificate);
    return out.take();
}

Result<TicketContents> decode(ByteView plain) {
    proto::Reader in(plain);
    TicketContents contents;
    contents.person = in.str16();
    const auto device = in.bytes16();
    contents.device_key_hash.assign(device.begin(), device.end());
    contents.issued = static_cast<std::int64_t>(in.u64());
    contents.expires = static_cast<std::int64_t>(in.u64());
    for (auto count = in.u8(); count > 0 && in.ok(); --count) {
        const auto certificate = in.bytes24();
        contents.chain.emplace_back(certificate.begin(), certificate.end());
    }
    return in.finish(std::move(contents));
}

} // namespace

std::string_view describe(TicketFault fault) noexcept {
    switch (fault) {
        case TicketFault::malformed:
            return "not a ticket";
        case TicketFault::unknown_key:
            return "sealed with a key that is not known here, or no longer";
        case TicketFault::altered:
            return "altered";
        case TicketFault::expired:
            return "expired";
        case TicketFault::from_the_future:
            return "from the future: the clock was set back, or servers differ";
        case TicketFault::other_device:
            return "of another device";
    }
    return "refused";
}

void throw_exception_from_error(TicketFault fault, const boost::source_location&) {
    throw std::logic_error("the contents of a refused ticket were taken: " + std::string(describe(fault)));
}

void Tickets::use(const std::filesystem::path& file) {
    const auto stamp = stamp_of(file);
    auto keys = file.empty() ? TicketKeys() : load_ticket_keys(file);
    const std::lock_guard lock(mutex_);
    if (file.empty() && file_.empty()) return; // random ones stay
    keys_ = std::move(keys);
    file_ = file;
    stamp_ = stamp;
}

void Tickets::look() {
    std::filesystem::path file;
    const auto now = std::chrono::steady_clock::now();
    {
        const std::lock_guard lock(mutex_);
        if (file_.empty()) return;
        const auto stamp = stamp_of(file_);
        if (stamp == stamp_ && !retry_.due(now)) return;
        stamp_ = stamp;
        file = file_;
    }
    try {
        use(file);
        retry_.succeeded();
        log(Level::info, "ticket_keys_reloaded", {{"file", file.string()}});
    } catch (const std::exception& error) {
        if (retry_.failed(error.what(), now))
            log(Level::error, "ticket_keys_failed",
                {{"error", error.what()}, {"remedy", "mend the file; until then the former keys count"}});
    }
}

void Tickets::change_random_keys(Botan::RandomNumberGenerator* rng, Steady now) {
    if (!file_.empty()) return;
    const auto age = keys_.empty() ? Steady::duration::max() : now - made_;
    if (age >= 2 * key_life) {
        keys_.clear();
    } else if (keys_.size() > 1 && age >= key_life) {
        keys_.pop_back(); // what it sealed last has ended
    }
    if (rng == nullptr || age < key_life) return;
    keys_.insert(keys_.begin(), random_ticket_key(*rng));
    made_ = now;
}

Bytes Tickets::seal(const TicketContents& contents, Botan::RandomNumberGenerator& rng, Steady now) {
    const auto plain = encode(contents);
    if (header_size + plain.size() + tag_size > max_size) return {};
    const std::lock_guard lock(mutex_);
    change_random_keys(&rng, now);
    const auto& key = keys_.front();
    Bytes header{version};
    header.insert(header.end(), key.id.begin(), key.id.end());
    header.resize(header_size);
    rng.randomize(header.data() + header_size - nonce_size, nonce_size);
    Botan::secure_vector<std::uint8_t> text(plain.begin(), plain.end());
    cipher(key, header, Botan::ENCRYPTION)->finish(text);
    header.insert(header.end(), text.begin(), text.end());
    return header;
}

Tickets::Opened Tickets::open(ByteView ticket, ByteView device_key_hash, std::int64_t now, Steady steady_now) {
    if (ticket.size() < header_size + tag_size || ticket.size() > max_size || ticket.front() != version)
        return TicketFault::malformed;
    const auto header = ticket.first(header_size);
    Botan::secure_vector<std::uint8_t> text(ticket.begin() + header_size, ticket.end());
    {
        const std::lock_guard lock(mutex_);
        change_random_keys(nullptr, steady_now);
        const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const TicketKey& one) {
            return std::equal(one.id.begin(), one.id.end(), header.begin() + 1);
        });
        if (key == keys_.end()) return TicketFault::unknown_key;
        try {
            cipher(*key, header, Botan::DECRYPTION)->finish(text);
        } catch (const Botan::Invalid_Authentication_Tag&) {
            return TicketFault::altered;
        }
    }
    auto contents = decode({text.data(), text.size()});
    if (!contents || contents->device_key_hash.size() != device_hash_size) return TicketFault::malformed;
    if (!std::equal(contents->device_key_hash.begin(), contents->device_key_hash.end(), device_key_hash.begin(),
                    device_key_hash.end()))
        return TicketFault::other_device;
    if (now < contents->issued - clock_slack) return TicketFault::from_the_future;
    if (now >= contents->expires) return TicketFault::expired;
    return std::move(*contents);
}

} // namespace cifra::server
