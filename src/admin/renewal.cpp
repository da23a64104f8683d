// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/renewal.hpp"

#include "admin/staging.hpp"
#include "crypto/private_key_file.hpp"

#include <botan/auto_rng.h>

#include <algorithm>
#include <ctime>

namespace cifra::admin {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t day = 86'400;
constexpr int default_within = 30;

bool is_due(const Record& record, const Period& period, std::int64_t now) {
    if (period.all) return true;
    auto within = period.within.value_or(default_within) * day;
    // A life of a month would be renewed each day.
    if (!period.within) within = std::min(within, (record.not_after - record.not_before) / 2);
    return record.not_after - now <= within;
}

// For how many days `former` was meant to be valid: one that was cut to the end of its CA says nothing about that.
int days_of(const Record& former, const Issued& ca) {
    if (former.not_after == describe(ca.certificate).not_after) return default_days;
    return static_cast<int>(std::clamp<std::int64_t>((former.not_after - former.not_before) / day, 1, ca_days));
}

// The former one stays valid until it ends, and is to be known if its key has to be revoked.
void keep_former(const fs::path& folder, const Botan::X509_Certificate& former) {
    make_private_folder(folder);
    const auto file = folder / (describe(former).serial + ".pem");
    std::error_code ignored;
    if (!fs::exists(file, ignored)) crypto::write_new_file(file, former.PEM_encode(), 0644);
}

} // namespace

Due find_due(const fs::path& dir, const fs::path& requests, const Period& period) {
    Due due;
    const auto now = static_cast<std::int64_t>(std::time(nullptr));
    const auto revocations = Revocations::load(dir);
    for (const auto ca : cas_in(dir)) {
        const auto record = describe(read_ca(dir, ca));
        if (is_due(record, ca == Ca::root ? Period{period.within, false} : period, now))
            due.cas.push_back({ca, record});
        auto state = crl_state(dir, ca);
        const auto why = period.all ? "asked for" : crl_due(state, revocations, now);
        if (!why.empty()) {
            due.crls.push_back({std::move(state), why});
        } else if (!state.published) {
            due.unpublished.push_back(std::move(state));
        }
    }
    for (const auto party : parties_in(dir)) {
        for (auto& one : issued(dir, party)) {
            if (revocations.find(one.record.serial) == nullptr && is_due(one.record, period, now))
                due.leaves.push_back({party, std::move(one)});
        }
    }
    due.files = outdated_files(dir, requests);
    return due;
}

Record renew_leaf_on_record(const fs::path& dir, const Issued& ca, Party party, const Certified& former, int days) {
    StagedFolder::check_interrupted();
    Botan::AutoSeeded_RNG rng;
    const auto renewed = renew_leaf(ca, party, former.certificate, days != 0 ? days : days_of(former.record, ca), rng);
    keep_former((dir / layout::superseded(party, "x")).parent_path(), former.certificate);
    crypto::replace_file(former.file, renewed.PEM_encode(), 0644);
    return describe(renewed);
}

Record renew_ca_on_record(const fs::path& dir, Authorities& authorities, Ca ca) {
    StagedFolder::check_interrupted();
    Botan::AutoSeeded_RNG rng;
    const auto& root = authorities.get(Ca::root);
    const auto former = read_ca(dir, ca);
    const auto renewed = ca == Ca::root ? renew_root(root, rng) : renew_issuing_ca(root, issued_by(ca), former, rng);
    keep_former(dir / "ca/superseded/cas", former);
    crypto::replace_file(dir / layout::ca_certificate(ca), renewed.PEM_encode(), 0644);
    authorities.refresh();
    return describe(renewed);
}

void write_files(const std::vector<Outdated>& files) {
    for (const auto& one : files) {
        StagedFolder::check_interrupted();
        crypto::replace_file(one.file, one.text, 0644);
    }
}

void make_private_folder(const fs::path& folder) {
    std::error_code failure;
    if (fs::create_directories(folder, failure)) fs::permissions(folder, fs::perms::owner_all);
    if (failure) throw std::system_error(failure, folder.string());
}

} // namespace cifra::admin
