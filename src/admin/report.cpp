// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl report.
#include "admin/audit_log.hpp"
#include "admin/output.hpp"
#include "admin/report_table.hpp"

#include <boost/json/array.hpp>

namespace cifra::admin {

namespace {

struct Options {
    LendingOptions lending;
    Selection selection;
    std::string by = "item";
    std::string every = "month";
    bool csv = false;

    Grouping grouping() const {
        if (by == "item") return Grouping::item;
        if (by == "person") return Grouping::person;
        if (every == "day") return Grouping::day;
        if (every == "week") return Grouping::week;
        return every == "year" ? Grouping::year : Grouping::month;
    }
};

void print_json(const Report& report, const std::string& by) {
    boost::json::array lines;
    for (const auto& line : report.lines) lines.push_back(json_of(line, by));
    auto total = json_of(report.total, by);
    total.erase(by);
    print(boost::json::object{{"by", by}, {"lines", std::move(lines)}, {"total", std::move(total)}});
}

void run(const Options& options) {
    options.selection.check();
    OpenLedger lending(options.lending);
    const auto plays = demand(lending.ledger().plays(options.selection.filter(lending)));
    const auto report = add_up(plays, options.grouping(), lending.items());
    if (options.lending.common.json) return print_json(report, options.by);
    for (const auto& line : options.csv ? csv_of(report, options.by) : table_of(report, options.by)) print(line);
    if (plays.empty()) say("nothing was played");
}

} // namespace

void add_report(CLI::App& program) {
    auto options = std::make_shared<Options>();
    auto& verb = *program.add_subcommand("report", "Add up what was played: plays, saves, people, items, time");
    verb.footer(
        "Examples:\n"
        "  cifractl report                                        by item\n"
        "  cifractl report --by person --from 2027-01-01 --until 2027-03-31\n"
        "  cifractl report --by period --every week --item concert.flac\n"
        "  cifractl report --csv > plays.csv");
    options->lending.add_to(verb);
    verb.add_option("--by", options->by, "A line for each item, person or period")
        ->type_name("WHAT")
        ->check(CLI::IsMember({"item", "person", "period"}))
        ->capture_default_str();
    verb.add_option("--every", options->every, "Length of a period: day, week, month or year (UTC)")
        ->type_name("PERIOD")
        ->check(CLI::IsMember({"day", "week", "month", "year"}))
        ->capture_default_str();
    options->selection.add_to(verb, "Plays");
    verb.add_flag("--csv", options->csv, "Print it as CSV")->excludes("--json");
    verb.callback([options] { run(*options); });
}

} // namespace cifra::admin
