// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Uploads into the vault: sealed from the first chunk on, so that none of it is ever on the disk in clear; signed when
// they are whole.
#pragma once

#include "crypto/certificate.hpp"
#include "server/catalogue.hpp"
#include "server/config.hpp"
#include "server/upload.hpp"

namespace cifra::server {

// Any thread may call. Vault and catalogue outlive it and every Upload.
class SealedUploads final : public UploadPlace {
  public:
    using Publisher = std::shared_ptr<const crypto::Credential>;
    SealedUploads(std::shared_ptr<vault::Vault> vault, Catalogue& catalogue, const Config::Uploads& limits,
                  Publisher publisher);
    ~SealedUploads() override;

    Outcome<std::shared_ptr<Upload>> begin(const UploadIdentity& identity, const Cancelled& cancelled) override;
    void cancel() noexcept override;
    std::size_t expire(std::chrono::system_clock::time_point now) override;
    void set_limits(const Config::Uploads& limits) override;
    // Who signs what is finished from now on.
    void set_publisher(Publisher publisher);

    struct Shared;

  private:
    std::shared_ptr<Shared> shared_;
};

} // namespace cifra::server
