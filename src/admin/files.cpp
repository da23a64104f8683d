// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/files.hpp"

#include "admin/output.hpp"
#include "crypto/certificate_file.hpp"
#include "crypto/certificate_path.hpp"
#include "people/enrolment.hpp"

#include <botan/pkix_types.h>

#include <set>

namespace cifra::admin {

namespace fs = std::filesystem;

namespace {

using Certificate = Botan::X509_Certificate;

// `held` is to give way to `current`: the same key and issuer, and not a later one that somebody made by other means.
bool behind(const Certificate& held, const Certificate& current) {
    return held != current && held.subject_public_key_info() == current.subject_public_key_info() &&
           held.issuer_dn() == current.issuer_dn() &&
           crypto::seconds_of(held.not_after()) <= crypto::seconds_of(current.not_after());
}

class Search {
  public:
    Search(const fs::path& dir, const fs::path& requests) : dir_(dir), store_(requests) {}

    std::vector<Outdated> run() {
        const auto root = read_ca(dir_, Ca::root);
        for (const auto* file : {"server/device-roots.pem", "server/user-roots.pem", "server/server-roots.pem",
                                 "client/server-roots.pem", "client/publisher-roots.pem"})
            look_at_roots(dir_ / file, root);
        for (const auto party : parties_in(dir_)) {
            const auto ca = read_ca(dir_, issuer_of(party));
            for (const auto& one : superseded(dir_, party)) former_.insert(one.record.fingerprint);
            for (const auto& one : issued(dir_, party)) look_at(party, one, ca);
        }
        look_at_answers();
        return std::move(found_);
    }

  private:
    std::vector<Certificate> read(const fs::path& file) {
        std::vector<Certificate> all;
        std::error_code ignored;
        if (!fs::exists(file, ignored)) return all;
        try {
            for (const auto& der : crypto::read_certificates(file)) {
                auto certificate = crypto::parse_certificate(der);
                if (!certificate)
                    throw std::runtime_error(file.string() + ": " + std::string(describe(certificate.error())));
                all.push_back(std::move(*certificate));
            }
        } catch (const std::exception& failure) {
            say("left as it is: " + std::string(failure.what()));
            all.clear();
        }
        return all;
    }

    void look_at_roots(const fs::path& file, const Certificate& root) {
        auto roots = read(file);
        bool changed = false;
        for (auto& one : roots) {
            if (!behind(one, root)) continue;
            one = root;
            changed = true;
        }
        if (!changed) return;
        std::string text;
        for (const auto& one : roots) text += one.PEM_encode();
        found_.push_back({file, text});
    }

    void look_at(Party party, const Certified& current, const Certificate& ca) {
        current_.emplace(key_hash(current.certificate), chain_der(current.certificate, ca));
        std::vector<fs::path> files{dir_ / layout::identity(party, current.record.name) / layout::chain_file(party)};
        files.push_back(dir_ / (party == Party::server      ? "server/chain.pem"
                                : party == Party::publisher ? "server/" + layout::chain_file(party)
                                                            : "client/" + layout::chain_file(party)));
        for (const auto& file : files) {
            const auto chain = read(file);
            if (chain.empty()) continue;
            const bool ca_behind = chain.size() == 2 && chain[0] == current.certificate && behind(chain[1], ca);
            const bool former =
                chain.front() != current.certificate && former_.contains(describe(chain.front()).fingerprint) &&
                chain.front().subject_public_key_info() == current.certificate.subject_public_key_info();
            if (former || behind(chain.front(), current.certificate) || ca_behind)
                found_.push_back({file, chain_pem(current.certificate, ca)});
        }
    }

    // Gives the chain that belongs in the place of `chain`, which may be itself.
    std::vector<Bytes> current_for(const std::vector<Bytes>& chain) {
        if (chain.empty()) return chain;
        const auto leaf = crypto::parse_certificate(chain.front());
        if (!leaf) return chain;
        const auto known = current_.find(key_hash(*leaf));
        return known == current_.end() ? chain : known->second;
    }

    void look_at_answers() {
        for (const auto& request : store_.list()) {
            try {
                auto answer = store_.answer(request.id);
                if (!answer) continue;
                const auto former = *answer;
                answer->device_chain = current_for(former.device_chain);
                answer->user_chain = current_for(former.user_chain);
                if (answer->device_chain != former.device_chain || answer->user_chain != former.user_chain)
                    found_.push_back({store_.answer_file(request.id), answer->to_json()});
            } catch (const std::exception& failure) {
                say("left as it is: " + std::string(failure.what()));
            }
        }
    }

    const fs::path& dir_;
    people::EnrolmentStore store_;
    std::map<std::string, std::vector<Bytes>> current_; // by key hash
    std::set<std::string> former_;                      // fingerprints of what was renewed: ours, whatever its end
    std::vector<Outdated> found_;
};

} // namespace

std::vector<Outdated> outdated_files(const fs::path& dir, const fs::path& requests) {
    return Search(dir, requests).run();
}

fs::path requests_folder(const fs::path& dir, const fs::path& given) {
    return given.empty() ? dir / "server/state/enrolment" : given;
}

std::vector<Bytes> chain_der(const Certificate& leaf, const Certificate& ca) {
    return {leaf.BER_encode(), ca.BER_encode()};
}

} // namespace cifra::admin
