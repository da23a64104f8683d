// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A server that lends one item, "it", by licence; and a client of it.
#pragma once

#include "client/commands/commands.hpp"
#include "rogue_server.hpp"

#include <algorithm>

namespace cifra::test {

constexpr std::uint64_t lent_size = 400'000; // bytes: 25 chunks of 16 KiB

struct Lending : Meeting {
    Lending() {
        entry.kind = proto::Kind::audio;
        server.manners.list = [this](Visit& visit, const proto::List& list) {
            entry.terms = terms;
            listing({entry})(visit, list);
        };
        server.manners.open = [this](Visit& visit, const proto::Open& open) { on_open(visit, open); };
        server.manners.licence = [this](Visit& visit, const proto::LicenceRequest& asked) { on_licence(visit, asked); };
    }
    void on_open(Visit& visit, const proto::Open& open) {
        opens.push_back(open.play);
        if (denial) return void(visit.session.refuse(open.request, *denial));
        visit.chunks_left = budget;
        visit.verdict = verdict;
        allow(visit, open, entry, terms);
    }
    // Every OPEN was of the same play.
    bool one_play() const {
        return std::all_of(opens.begin(), opens.end(), [this](const auto& play) { return play == opens.front(); });
    }
    void on_licence(Visit& visit, const proto::LicenceRequest& asked) {
        obey(asked);
        if (renewal_denial && asked.action != proto::LicenceAction::show)
            return void(visit.session.refuse(asked.request, *renewal_denial));
        answer(visit, asked, terms);
    }
    // All but the answer.
    void obey(const proto::LicenceRequest& asked) {
        requests.push_back(asked);
        if (renewal_denial) return;
        if (asked.action == proto::LicenceAction::give_back) terms.state = proto::TermsState::returned;
        if (asked.action != proto::LicenceAction::renew) return;
        terms.plays = 5;
        terms.renewals -= 1;
        terms.state = proto::TermsState::ready;
        denial.reset();
        verdict.reset();
        budget = UINT64_MAX;
    }
    static void cut(const Visit& visit) {
        if (const auto present = visit.connection.lock())
            net::asio::post(present->socket().get_executor(), [present] { present->abort(); });
    }
    void use_up(proto::TermsRenewal renewal = proto::TermsRenewal::none) {
        denial = proto::ErrorCode::exhausted;
        terms.state = proto::TermsState::exhausted;
        terms.plays = 0;
        terms.renewal = renewal;
        terms.renewals = 1;
    }
    std::optional<client::Failure> get() {
        return run([this](client::App& present) {
            client::GetOptions options;
            options.item = "it";
            options.target = target;
            return run_get(present, options);
        });
    }
    std::optional<client::Failure> play(std::vector<std::string> items = {"it"}) {
        return run([&](client::App& present) {
            client::PlayOptions options;
            options.items = items;
            options.output = "file:" + (folder / "sound.raw").string();
            return run_play(present, options);
        });
    }
    std::optional<client::Failure> renew(const std::string& voucher = "") {
        return run([&](client::App& present) {
            client::RenewOptions options;
            options.item = "it";
            options.voucher = voucher;
            return run_renew(present, options);
        });
    }
    std::optional<client::Failure> give_back(bool yes = true) {
        return run([&](client::App& present) {
            client::ReturnOptions options;
            options.item = "it";
            options.yes = yes;
            return run_return(present, options);
        });
    }
    static proto::Terms some() {
        proto::Terms terms;
        terms.state = proto::TermsState::active;
        terms.plays = 4;
        return terms;
    }

    proto::Entry entry = entry_of(1, "it", lent_size);
    proto::Terms terms = some();
    std::optional<proto::ErrorCode> denial;         // of each OPEN
    std::optional<proto::ErrorCode> verdict;        // on a stream, when `budget` chunks were sent
    std::optional<proto::ErrorCode> renewal_denial; // of renewing and giving back
    std::uint64_t budget = UINT64_MAX;              // chunks of a stream; without a verdict the connection is cut
    std::vector<proto::Id16> opens;                 // play ids, in order
    std::vector<proto::LicenceRequest> requests;
    std::string target = folder / "saved";
};

} // namespace cifra::test
