// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What in DIR ends soon, and making it anew with the same key and names.
#pragma once

#include "admin/crl_store.hpp"
#include "admin/files.hpp"

namespace cifra::admin {

struct Period {
    std::optional<int> within; // days, as the operator said; else 30, or half of a life that is shorter than 60
    bool all = false;
};

struct DueCa {
    Ca ca{};
    Record record;
};
struct DueLeaf {
    Party party{};
    Certified certified;
};
struct DueCrl {
    CrlState state;
    std::string why;
};

struct Due {
    std::vector<DueCa> cas;
    std::vector<DueLeaf> leaves;
    std::vector<DueCrl> crls;
    std::vector<CrlState> unpublished;
    std::vector<Outdated> files;

    bool empty() const { return cas.empty() && leaves.empty() && crls.empty() && unpublished.empty() && files.empty(); }
};

// Whatever is revoked is never due. With `all`, everything but the root is.
Due find_due(const std::filesystem::path& dir, const std::filesystem::path& requests, const Period& period);

// The new one is on record when this returns; files that hold the former one are not yet written.
// `days` 0: for as long as the former one.
Record renew_leaf_on_record(const std::filesystem::path& dir, const Issued& ca, Party party, const Certified& former,
                            int days);
Record renew_ca_on_record(const std::filesystem::path& dir, Authorities& authorities, Ca ca);
void write_files(const std::vector<Outdated>& files);

// Makes these folders, closed to others, where an older cifractl did not.
void make_private_folder(const std::filesystem::path& folder);

} // namespace cifra::admin
