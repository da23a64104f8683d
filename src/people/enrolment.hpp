// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Requests of listeners who have no certificate yet: ID.json in a folder, which cifrad writes, and ID.answer.json
// beside it, which cifractl writes. Each file appears whole or not at all.
#pragma once

#include "proto/bytes.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cifra::people {

// 20 hexadecimal digits: the beginning of the SHA-256 of the public key that a PKCS#10 request bears (its
// SubjectPublicKeyInfo, DER). Empty when the bytes have not the outer form of such a request; signature and contents
// are not looked at.
std::string enrolment_id(ByteView device_request);
// "4f2a-91c0-…": as both sides show it to be compared.
std::string shown_id(std::string_view id);
// What somebody typed: without hyphens and spaces, in lower case.
std::string typed_id(std::string_view text);

struct EnrolmentRequest {
    enum class User : std::uint8_t { none, request, certificate };
    std::string id;   // that of device_request
    std::string name; // what the listener calls the device and herself; plain text, to be judged by the operator
    std::int64_t received_ms = 0; // since 1970
    std::string address;
    Bytes device_request; // PKCS#10, DER
    User user_kind = User::none;
    Bytes user; // PKCS#10 or certificate, DER

    // Throws std::runtime_error that names the place. The id must be that of the request, all sizes in bounds; the DER
    // within is not looked at further.
    static EnrolmentRequest parse(std::string_view text);
    std::string to_json() const;
};

struct EnrolmentAnswer {
    enum class Status : std::uint8_t { approved, refused };
    Status status = Status::refused;
    std::string text;                // for the listener to read
    std::vector<Bytes> device_chain; // DER, leaf first
    std::vector<Bytes> user_chain;   // none when nothing was asked for, or a certificate was brought

    static EnrolmentAnswer parse(std::string_view text);
    std::string to_json() const;
};

class EnrolmentStore {
  public:
    static constexpr std::size_t max_pending = 256;
    static constexpr std::size_t max_pending_per_address = 8; // an IPv6 /64 counts as one
    static constexpr std::int64_t lifetime_ms = std::int64_t{30} * 86'400'000;

    // The folder must be there when something is added; a missing one is as an empty one.
    explicit EnrolmentStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

    enum class Added : std::uint8_t {
        added,
        known, // this key has asked already; what it asked first stands
        full,  // of requests from that address, or of requests at all
    };
    // Requests older than 30 days are removed first, with their answers. Throws std::system_error.
    Added add(const EnrolmentRequest& request, std::int64_t now_ms);

    // Nothing if there is none. Throws std::runtime_error naming a file that is damaged.
    std::optional<EnrolmentRequest> find(const std::string& id) const;
    std::optional<EnrolmentAnswer> answer(const std::string& id) const;

    // By the time they came. Files that are damaged are left out, and named in `damaged` if that is given.
    std::vector<EnrolmentRequest> list(std::vector<std::string>* damaged = nullptr) const;

    // A second answer replaces the first. Throws std::system_error.
    void put_answer(const std::string& id, const EnrolmentAnswer& answer) const;
    void remove(const std::string& id) const;

    std::filesystem::path request_file(const std::string& id) const;
    std::filesystem::path answer_file(const std::string& id) const;

  private:
    std::filesystem::path folder_;
};

} // namespace cifra::people
