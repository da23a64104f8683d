// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/audit_log.hpp"

#include "admin/dates.hpp"

namespace cifra::admin {

void Selection::add_to(CLI::App& verb, const std::string& what) {
    verb.add_option("--from", from_text, what + " from this day or time on (UTC)")->type_name("DATE");
    verb.add_option("--until", until_text, what + " until the end of this day, or this time")->type_name("DATE");
    verb.add_option("--person", person, what + " of this person alone")->type_name("PERSON");
    verb.add_option("--item", item, what + " of this item alone")->type_name("ITEM");
}

void Selection::check() const {
    const auto from = first_second_if("--from", from_text);
    const auto until = last_second_if("--until", until_text);
    if (from && until && *until < *from)
        throw Failure(Exit::usage, "it would end before it begins", "see --from and --until");
}

licence::PlayFilter Selection::filter(OpenLedger& lending) const {
    licence::PlayFilter filter;
    if (!person.empty()) filter.person = person;
    if (!item.empty()) filter.item = lending.demand_item(item, true);
    filter.from = first_second_if("--from", from_text).value_or(0);
    if (const auto until = last_second_if("--until", until_text)) filter.until = *until + 1;
    return filter;
}

} // namespace cifra::admin
