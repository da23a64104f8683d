// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/licence_options.hpp"

#include "admin/dates.hpp"
#include "admin/failure.hpp"
#include "licence/policy.hpp"
#include "proto/utf8.hpp"

#include <limits>

namespace cifra::admin {

namespace {

constexpr auto most_small = std::numeric_limits<std::uint32_t>::max();

template <class T>
void add_number(CLI::App& verb, const std::string& name, std::optional<T>& value, const std::string& description,
                T most) {
    verb.add_option(name, value, description)->type_name("N")->check(CLI::Range(T{1}, most));
}

} // namespace

void LicenceOptions::add_to(CLI::App& verb) {
    add_number(verb, "--plays", plays_, "So many plays", licence::max_amount);
    add_number(verb, "--units", units_, "So many chunks of data", licence::max_amount);
    add_number(verb, "--seconds", seconds_, "So many seconds of sound", licence::max_amount);
    verb.add_option("--from", from_, "Good from this day or time on (UTC)")->type_name("DATE");
    auto* until = verb.add_option("--until", until_, "Good until the end of this day, or this time")->type_name("DATE");
    add_number(verb, "--days", days_, "Good for so many days", licence::max_days);
    verb.get_option("--days")->excludes(until);
    verb.add_option("--after-first-play", after_first_play_, "Good for so long from the first play on, such as 48h")
        ->type_name("TIME");
    add_number(verb, "--concurrent", concurrent_, "So many plays at a time", most_small);
    verb.add_option("--renewals", renewals_, "To be renewed so many times at most")
        ->type_name("N")
        ->check(CLI::Range(std::uint32_t{0}, most_small));
    verb.add_option("--renew-until", renew_until_, "Not to be renewed later, or beyond")->type_name("DATE");
    verb.add_option("--renewal", renewal_, "Who may renew it besides the operator")
        ->type_name("WHO")
        ->check(CLI::IsMember({"none", "free", "voucher", "operator"}))
        ->capture_default_str();
    verb.add_option("--rights", rights_, "What it lets one do: play, save, bridge, preview")
        ->type_name("RIGHT,…")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember({"play", "save", "bridge", "preview"}))
        ->capture_default_str();
}

licence::Licence LicenceOptions::draft(std::int64_t now) const {
    licence::Licence draft;
    for (const auto& name : rights_) {
        const auto right = licence::right_of(name).value();
        draft.rights = static_cast<licence::Rights>(draft.rights | static_cast<licence::Rights>(right));
    }
    auto& c = draft.constraints;
    c.count = plays_;
    c.units = units_;
    c.accumulated = seconds_;
    c.not_before = first_second_if("--from", from_);
    c.not_after = last_second_if("--until", until_);
    if (days_) c.not_after = c.not_before.value_or(now) + std::int64_t{*days_} * seconds_a_day;
    if (!after_first_play_.empty()) c.after_first_play = length_of_time("--after-first-play", after_first_play_);
    c.max_concurrent = concurrent_;
    c.renewals_max = renewals_;
    c.renew_until = last_second_if("--renew-until", renew_until_);
    draft.renewal = licence::renewal_of(renewal_).value();
    if (c.not_before && c.not_after && *c.not_after < *c.not_before)
        throw Failure(Exit::usage, "it would end before it begins", "see --from and --until");
    if (c.not_after && *c.not_after < now) throw Failure(Exit::usage, "it would have ended already", "see --until");
    return draft;
}

void GivesOptions::add_to(CLI::App& verb) {
    add_number(verb, "--plays", gives_.plays, "So many plays", most_small);
    add_number(verb, "--units", gives_.units, "So many chunks of data", most_small);
    add_number(verb, "--seconds", gives_.seconds, "So many seconds of sound", most_small);
    add_number(verb, "--days", gives_.days, "So many days", licence::max_days);
}

void demand_reason(const std::string& reason) {
    if (reason.empty() || !proto::is_utf8(reason) || proto::has_control_characters(reason) || reason.size() > 256)
        throw Failure(Exit::usage, "the reason is not plain text of 1 to 256 bytes");
}

} // namespace cifra::admin
