// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/revocations.hpp"

#include "admin/failure.hpp"
#include "crypto/private_key_file.hpp"
#include "people/json_text.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>

namespace cifra::admin {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t max_size = 64U << 20U;
constexpr std::int64_t far_future = 253'402'300'799; // the end of year 9999
constexpr std::int64_t month = std::int64_t{30} * 86'400;

fs::path file_in(const fs::path& dir) { return dir / "ca/revoked.json"; }

Revocation revocation_in(const people::Object& object) {
    object.demand_only({"serial", "role", "name", "reason", "time", "not_after"});
    Revocation one;
    one.serial = object.text("serial", 40);
    if (one.serial.empty() || one.serial.size() % 2 != 0 ||
        one.serial.find_first_not_of("0123456789abcdef") != std::string::npos)
        object.fail("serial", "not lower-case hexadecimal digits, two a byte");
    const auto role = object.text("role", 16);
    const auto party = std::ranges::find(all_parties, role, layout::singular);
    if (party == all_parties.end()) object.fail("role", "not one of server, device, person, publisher");
    one.party = *party;
    one.name = object.text("name", 256);
    one.reason = object.text("reason", 32);
    if (std::ranges::find(reasons, one.reason, &Reason::name) == reasons.end())
        object.fail("reason", "not one of the reasons that 'cifractl person revoke --help' lists");
    one.time = object.integer("time", far_future);
    one.not_after = object.integer("not_after", far_future);
    return one;
}

} // namespace

Revocations Revocations::load(const fs::path& dir) {
    demand_dir(dir);
    Revocations revocations;
    const auto file = file_in(dir);
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return revocations;
    try {
        const auto whole = people::parse_json(people::read_file(file, max_size), max_size);
        const people::Object root(whole, "");
        root.demand_only({"version", "revoked"});
        if (root.integer("version", 1'000'000) != 1) root.fail("version", "not 1: made by another version of cifractl");
        for (const auto& object : root.objects("revoked")) revocations.all_.push_back(revocation_in(object));
    } catch (const people::Wrong& wrong) {
        throw Failure(Exit::bad_input, file.string() + ": " + wrong.what(),
                      "who is revoked cannot be told without it: restore it from a backup");
    }
    return revocations;
}

void Revocations::save(const fs::path& dir) const {
    std::string lines;
    for (const auto& one : all_) {
        lines += (lines.empty() ? "\n" : ",\n") +
                 boost::json::serialize(boost::json::object{{"serial", one.serial},
                                                            {"role", layout::singular(one.party)},
                                                            {"name", one.name},
                                                            {"reason", one.reason},
                                                            {"time", one.time},
                                                            {"not_after", one.not_after}});
    }
    crypto::replace_file(file_in(dir), "{\"version\":1,\n\"revoked\":[" + lines + "]}\n", 0644);
}

const Revocation* Revocations::find(std::string_view serial) const {
    const auto found = std::ranges::find(all_, serial, &Revocation::serial);
    return found == all_.end() ? nullptr : &*found;
}

void Revocations::add(const Record& record, Party party, const std::string& reason, std::int64_t now) {
    if (find(record.serial) != nullptr) return;
    all_.push_back({record.serial, party, record.name, reason, now, record.not_after});
}

std::vector<Revocation> Revocations::of(Ca ca, std::int64_t now) const {
    std::vector<Revocation> some;
    if (ca == Ca::root) return some;
    std::ranges::copy_if(all_, std::back_inserter(some), [&](const Revocation& one) {
        return one.party == issued_by(ca) && now < one.not_after + month;
    });
    return some;
}

} // namespace cifra::admin
