// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What revocation lists say of a path: RFC 5280 5.2.4 and 6.3, failing closed.
#pragma once

#include "crypto/certificate_fault.hpp"
#include "crypto/revocation_list.hpp"

#include <filesystem>
#include <memory>

namespace cifra::crypto {

// A certificate of a valid path and who issued it: what is looked up.
struct PathLink {
    Bytes serial; // serial_key
    bool ca = false;
    std::vector<Bytes> points; // distribution_points
    std::string issuer;        // comparable_name
    std::string issuer_text;
    std::shared_ptr<const Botan::Public_Key> issuer_key;
    Bytes issuer_key_hash;
    bool issuer_signs_lists = false;
};

class RevocationLists {
  public:
    // A file, or the *.pem, *.crl and *.der of a folder. Throws std::runtime_error or std::system_error that names the
    // file.
    static RevocationLists load(const std::filesystem::path& where);

    // Nothing if a current list of each issuer says that nothing is revoked. `detail` as in TrustStore::validate.
    std::optional<ChainFault> check(const std::vector<PathLink>& path, std::int64_t now, std::string& detail) const;

    // Verifies the signatures of this issuer's lists, so that check() need not: for large ones that takes a second.
    void prepare(const std::string& issuer, const Botan::Public_Key& key, const Bytes& key_hash) const;

    std::vector<CrlFacts> facts() const;

  private:
    using List = std::shared_ptr<const RevocationList>;

    std::optional<ChainFault> check_one(const PathLink& link, std::int64_t now, std::string& detail) const;
    void add(Bytes der, const std::filesystem::path& file);
    void add_file(const std::filesystem::path& file);

    std::filesystem::path where_;
    std::map<std::string, std::vector<List>> lists_; // by issuer
};

// Changes when one of the files that load() would read does (by stat).
std::string state_of_lists(const std::filesystem::path& where);

} // namespace cifra::crypto
