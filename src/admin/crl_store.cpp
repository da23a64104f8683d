// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/crl_store.hpp"

#include "admin/failure.hpp"
#include "admin/output.hpp"
#include "crypto/private_key_file.hpp"
#include "people/json_text.hpp"

#include <botan/auto_rng.h>

#include <algorithm>

namespace cifra::admin {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t max_size = 64U << 20U;
constexpr std::int64_t day = 86'400;
constexpr std::int64_t clock_difference = 600; // a server whose clock is late must not find a list from the future

int first_days(Ca ca) { return ca == Ca::root ? root_crl_days : default_crl_days; }

std::string file_name(Ca ca, bool delta) { return layout::ca_name(ca) + (delta ? "-delta.pem" : ".pem"); }

// Nothing when there is no such file.
std::optional<Crl> read(const fs::path& file) {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return std::nullopt;
    auto crl = parse_crl(people::read_file(file, max_size));
    if (!crl)
        throw Failure(Exit::bad_input, file.string() + ": not a CRL",
                      "restore it from a backup: its number must not be used again");
    return crl;
}

std::string text_of(const fs::path& file) {
    std::error_code ignored;
    return fs::exists(file, ignored) ? people::read_file(file, max_size) : std::string();
}

void make_folder(const fs::path& folder, fs::perms mode) {
    std::error_code failure;
    if (!fs::create_directories(folder, failure)) {
        if (failure) throw std::system_error(failure, folder.string());
        return;
    }
    fs::permissions(folder, mode);
}

void put(const fs::path& file, const std::string& text) {
    if (text_of(file) != text) crypto::replace_file(file, text, 0644);
}

// The former delta goes last: whoever sees both for a moment loses nothing.
void remove_delta(const fs::path& dir, Ca ca) {
    std::error_code ignored;
    fs::remove(dir / crl_file(ca, true), ignored);
    fs::remove(dir / crl_copy(ca, true), ignored);
}

std::uint64_t next_number(const CrlState& state) {
    return std::max(state.base ? state.base->number : 0, state.delta ? state.delta->number : 0) + 1;
}

bool lists(const std::optional<Crl>& crl, const std::string& serial) {
    return crl && std::ranges::binary_search(crl->serials, serial);
}

bool last_third(const Crl& crl, std::int64_t now) {
    return now > crl.next_update - (crl.next_update - crl.this_update) / 3;
}

Crl keep(const fs::path& dir, const Issued& ca, Ca which, const CrlRequest& request) {
    Botan::AutoSeeded_RNG rng;
    const auto text = make_crl(ca, request, rng);
    const bool delta = request.base.has_value();
    make_folder(dir / "ca/crl", fs::perms::owner_all);
    crypto::replace_file(dir / crl_copy(which, delta), text, 0644);
    auto made = read(dir / crl_copy(which, delta));
    CrlState state{which, {}, {}, false};
    (delta ? state.delta : state.base) = made;
    publish(dir, state);
    return *made;
}

} // namespace

CrlRequest first_crl(Ca ca, std::int64_t now) {
    return {1, {}, now - clock_difference, now + first_days(ca) * day, {}};
}

fs::path crl_copy(Ca ca, bool delta) { return fs::path("ca/crl") / file_name(ca, delta); }
fs::path crl_file(Ca ca, bool delta) { return fs::path("server/crls") / file_name(ca, delta); }

CrlState crl_state(const fs::path& dir, Ca ca) {
    CrlState state{ca, read(dir / crl_copy(ca)), read(dir / crl_copy(ca, true)), true};
    // A new base is there, and its maker was stopped before the delta went.
    if (state.delta && (!state.base || state.delta->number < state.base->number)) {
        state.delta.reset();
        state.published = false;
    }
    state.published = state.published && text_of(dir / crl_file(ca)) == (state.base ? state.base->text : "") &&
                      text_of(dir / crl_file(ca, true)) == (state.delta ? state.delta->text : "");
    return state;
}

std::string crl_due(const CrlState& state, const Revocations& revocations, std::int64_t now) {
    if (!state.base) return "missing";
    if (last_third(*state.base, now)) return now > state.base->next_update ? "out of date" : "ends soon";
    if (state.delta && last_third(*state.delta, now)) return "its delta ends soon";
    for (const auto& one : revocations.of(state.ca, now)) {
        if (now <= one.not_after && !lists(state.base, one.serial) && !lists(state.delta, one.serial))
            return "'" + one.name + "' is not in it";
    }
    return {};
}

Crl renew_crl(const fs::path& dir, const Issued& ca, const CrlState& state, const Revocations& revocations, int days,
              std::int64_t now) {
    auto life = (days != 0 ? days : first_days(state.ca)) * day;
    if (days == 0 && state.base)
        life = std::max(day, state.base->next_update - state.base->this_update - clock_difference);
    CrlRequest request{next_number(state), {}, now - clock_difference, now + life, revocations.of(state.ca, now)};
    return keep(dir, ca, state.ca, request);
}

Crl make_delta(const fs::path& dir, const Issued& ca, const CrlState& state, const Revocations& revocations, int days,
               std::int64_t now) {
    if (!state.base || now > state.base->next_update)
        throw Failure(Exit::bad_input, "there is no CRL of " + layout::ca_name(state.ca) + " to lay a delta over",
                      "make one: cifractl crl --dir " + dir.string());
    CrlRequest request{next_number(state),
                       state.base->number,
                       now - clock_difference,
                       std::min(now + days * day, state.base->next_update),
                       {}};
    for (auto& one : revocations.of(state.ca, now)) {
        if (!lists(state.base, one.serial)) request.revoked.push_back(std::move(one));
    }
    if (!state.published) publish(dir, state);
    return keep(dir, ca, state.ca, request);
}

void publish(const fs::path& dir, const CrlState& state) {
    make_folder(dir / crl_file(state.ca).parent_path(), fs::perms::owner_all | fs::perms::group_read |
                                                            fs::perms::group_exec | fs::perms::others_read |
                                                            fs::perms::others_exec);
    if (state.base) put(dir / crl_file(state.ca), state.base->text);
    if (state.delta) put(dir / crl_file(state.ca, true), state.delta->text);
    if (state.base && !state.delta) remove_delta(dir, state.ca);
}

} // namespace cifra::admin
