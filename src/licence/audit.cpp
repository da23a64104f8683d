// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "licence/audit.hpp"

#include "crypto/certificate_file.hpp"
#include "crypto/private_key_file.hpp"

#include <botan/ed25519.h>
#include <botan/hash.h>
#include <botan/hex.h>
#include <botan/pubkey.h>
#include <botan/system_rng.h>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <stdexcept>

namespace cifra::licence {

namespace {

constexpr std::array<std::string_view, 13> events{"created",      "issue",    "play",      "resume", "denial",
                                                  "lease",        "end",      "renewal",   "return", "revocation",
                                                  "cancellation", "recovery", "acceptance"};
constexpr std::string_view context = "cifra ledger checkpoint";
constexpr std::size_t max_file = 4096; // bytes

Bytes signed_content(const Checkpoint& checkpoint) {
    const auto content = Encoding(context).add(checkpoint.seq).add(checkpoint.hash).add(checkpoint.time);
    return {content.view().begin(), content.view().end()};
}

} // namespace

std::string_view name_of(Event event) noexcept {
    const auto number = static_cast<std::size_t>(event);
    return number < events.size() ? events[number] : "?";
}

std::optional<Event> event_named(std::string_view name) noexcept {
    const auto* const found = std::find(events.begin(), events.end(), name);
    if (found == events.end()) return std::nullopt;
    return static_cast<Event>(found - events.begin());
}

std::string hex_of(ByteView bytes) { return Botan::hex_encode(bytes.data(), bytes.size(), false); }

bool from_hex(std::string_view text, MutableBytes out) noexcept {
    if (text.size() != 2 * out.size()) return false;
    if (text.find_first_not_of("0123456789abcdef") != std::string_view::npos) return false;
    const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = static_cast<std::uint8_t>(digit(text[2 * i]) << 4U | digit(text[2 * i + 1]));
    return true;
}

Hash hash_of(const AuditEntry& entry) {
    const auto rest = Encoding("audit")
                          .add(entry.seq)
                          .add(entry.time)
                          .add(name_of(entry.event))
                          .add(entry.person)
                          .add(entry.item)
                          .add(entry.details);
    const auto sha = Botan::HashFunction::create_or_throw("SHA-256");
    Hash hash;
    sha->update(entry.previous.data(), entry.previous.size());
    sha->update(rest.view().data(), rest.view().size());
    sha->final(hash.data());
    return hash;
}

Encoding place_of(const AuditEntry& entry) { return Encoding("audit details").add(entry.seq).add(entry.previous); }

CheckpointFile::CheckpointFile(std::filesystem::path file, const crypto::Secret& seed) : file_(std::move(file)) {
    if (seed.size() != 32) throw std::invalid_argument("the key that signs checkpoints has not 32 bytes");
    key_ = std::make_shared<Botan::Ed25519_PrivateKey>(
        Botan::secure_vector<std::uint8_t>(seed.view().begin(), seed.view().end()));
}

std::string CheckpointFile::text_of(const Checkpoint& checkpoint) const {
    Botan::PK_Signer signer(*key_, Botan::system_rng(), "Pure");
    const auto signature = signer.sign_message(signed_content(checkpoint), Botan::system_rng());
    return R"({"checkpoint":1,"seq":)" + std::to_string(checkpoint.seq) + R"(,"hash":")" + hex_of(checkpoint.hash) +
           R"(","time":)" + std::to_string(checkpoint.time) + R"(,"signature":")" + hex_of(signature) + "\"}\n";
}

std::optional<Checkpoint> CheckpointFile::read() const {
    std::error_code error;
    if (!std::filesystem::exists(file_, error) && !error) return std::nullopt;
    const auto text = crypto::read_text_file(file_, max_file);
    const auto fail = [&]() -> std::runtime_error {
        return std::runtime_error(file_.string() + ": no checkpoint that this ledger's key has signed");
    };
    boost::system::error_code bad;
    const auto value = boost::json::parse(text, bad);
    if (bad || !value.is_object()) throw fail();
    const auto& object = value.get_object();
    const auto* seq = object.if_contains("seq");
    const auto* time = object.if_contains("time");
    const auto* hash = object.if_contains("hash");
    if (seq == nullptr || !seq->is_int64() || time == nullptr || !time->is_int64() || hash == nullptr ||
        !hash->is_string())
        throw fail();
    Checkpoint checkpoint{seq->get_int64(), {}, time->get_int64()};
    // Ed25519 signs the same each time: what this key wrote is what it would write.
    if (!from_hex(hash->get_string(), checkpoint.hash) || text != text_of(checkpoint)) throw fail();
    return checkpoint;
}

void CheckpointFile::write(const Checkpoint& checkpoint) const {
    crypto::replace_file(file_, text_of(checkpoint), 0600);
}

} // namespace cifra::licence
