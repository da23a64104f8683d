// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Certificates of every sort for tests, good ones by default.
#pragma once

#include "crypto/certificate.hpp"

#include <botan/auto_rng.h>
#include <botan/x509cert.h>

#include <catch2/catch.hpp>

#include <filesystem>
#include <memory>

namespace cifra::test {

inline const char* const server_auth = "1.3.6.1.5.5.7.3.1";
inline const char* const client_auth = "1.3.6.1.5.5.7.3.2";
inline const char* const server_role = "1.3.6.1.4.1.32473.1.1";
inline const char* const device_role = "1.3.6.1.4.1.32473.1.2";
inline const char* const user_role = "1.3.6.1.4.1.32473.1.3";
inline const char* const code_signing = "1.3.6.1.5.5.7.3.3";
inline const char* const publisher_role = "1.3.6.1.4.1.32473.1.4";

inline constexpr std::int64_t now = 1'800'000'000; // January 2027
inline constexpr std::int64_t day = 86'400;

std::shared_ptr<Botan::Private_Key> make_key(
    const std::string& kind); // "p256", "p384", "p521", "ed25519", "rsa1024", …

struct OtherExtension {
    std::string oid;
    Bytes value;
    bool critical = false;
};

struct Recipe {
    std::string name;
    bool ca = false;
    std::size_t path_limit = 3;
    bool basic_constraints = true;
    std::uint32_t key_usage = 0; // of Botan::Key_Constraints; 0: what belongs to a CA or a leaf
    std::vector<std::string> usages;
    std::vector<std::string> hosts; // for subjectAltName; names or addresses
    std::int64_t from = now - day;
    std::int64_t until = now + 365 * day;
    std::string hash = "SHA-256";
    std::string padding = "EMSA3"; // of RSA
    std::vector<OtherExtension> others;
};

struct Made {
    Botan::X509_Certificate certificate;
    std::shared_ptr<Botan::Private_Key> key;
    Bytes der() const { return certificate.BER_encode(); }
};

Made make_root(const Recipe& recipe, const std::string& kind = "p256");
Made make_issued(const Made& ca, const Recipe& recipe, const std::string& kind = "p256");

Recipe ca_recipe(const std::string& name);
Recipe server_recipe(std::vector<std::string> hosts = {"music.example", "127.0.0.1", "2001:db8::7"});
Recipe device_recipe(const std::string& name = "kitchen radio");
Recipe user_recipe(const std::string& name = "listener");
Recipe publisher_recipe(const std::string& name = "lending library");

// A folder of its own, removed with all that is in it.
class Folder {
  public:
    Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder();
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
    std::filesystem::path write(const std::string& name, const std::string& content) const;

  private:
    std::filesystem::path path_;
};

} // namespace cifra::test

namespace Catch {

template <>
struct StringMaker<cifra::crypto::ChainFault> {
    static std::string convert(cifra::crypto::ChainFault fault) { return std::string(describe(fault)); }
};
template <>
struct StringMaker<cifra::crypto::ChainResult<cifra::crypto::PeerVerified>> {
    static std::string convert(const cifra::crypto::ChainResult<cifra::crypto::PeerVerified>& result) {
        return result ? "accepted: " + result->name() : std::string(describe(result.error()));
    }
};

} // namespace Catch
