// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Files of DIR that hold a copy of a certificate which was renewed: chains of servers, devices and people, answers to
// those who enrolled, roots. Each is written anew when it is behind the record, whoever was stopped in the middle.
#pragma once

#include "admin/authority.hpp"

namespace cifra::admin {

struct Outdated {
    std::filesystem::path file;
    std::string text; // what belongs in it
};

// `requests`: the folder of requests to be enrolled. Files that cannot be read are left alone, and said.
std::vector<Outdated> outdated_files(const std::filesystem::path& dir, const std::filesystem::path& requests);

// DIR/server/state/enrolment, unless --requests names another.
std::filesystem::path requests_folder(const std::filesystem::path& dir, const std::filesystem::path& given);

// DER of the certificate, then of the CA that issued it.
std::vector<Bytes> chain_der(const Botan::X509_Certificate& leaf, const Botan::X509_Certificate& ca);

} // namespace cifra::admin
