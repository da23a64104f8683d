// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "licence/words.hpp"

#include "crypto/certificate_time.hpp"
#include "licence/document.hpp"

#include <array>

namespace cifra::licence {

namespace {

std::string number_of(std::uint64_t amount, std::string_view one, std::string_view many) {
    return std::to_string(amount) + " " + std::string(amount == 1 ? one : many);
}

// Parts with commas between.
class List {
  public:
    void add(const std::string& part) { text_ += (text_.empty() ? "" : ", ") + part; }
    bool empty() const { return text_.empty(); }
    const std::string& text() const { return text_; }

  private:
    std::string text_;
};

std::string left_of(const Amount& amount, std::string_view one, std::string_view many) {
    return std::to_string(amount.left) + " of " + number_of(amount.of, one, many) + " left";
}

void add_amounts(List& list, const Remaining& left) {
    if (left.plays) list.add(left_of(*left.plays, "play", "plays"));
    if (left.units) list.add(left_of(*left.units, "chunk", "chunks"));
    if (left.milliseconds)
        list.add(length_words(left.milliseconds->left / 1000) + " of " + length_words(left.milliseconds->of / 1000) +
                 " of sound left");
}

void add_dates(List& list, const Remaining& left) {
    if (left.begins && left.state == State::not_yet) list.add("from " + time_words(*left.begins));
    if (left.ends) list.add((left.state == State::expired ? "ended " : "until ") + time_words(*left.ends));
    if (left.after_first_play) list.add("for " + length_words(*left.after_first_play) + " from the first play");
}

// Nothing for what the operator alone renews: that is always so.
std::string renewal_of(Renewal renewal, const std::optional<std::uint32_t>& renewals,
                       const std::optional<std::int64_t>& until) {
    if (renewal == Renewal::none || renewal == Renewal::by_operator) return {};
    if (renewals == 0U) return "not to be renewed again";
    std::string words = renewal == Renewal::voucher ? "renewed by voucher" : "renewed at will";
    if (renewals) words += ", " + number_of(*renewals, "time", "times") + " more";
    if (until) words += ", until " + time_words(*until);
    return words;
}

std::string ended_word(State state) {
    switch (state) {
        case State::returned:
            return "returned";
        case State::revoked:
            return "revoked";
        case State::cancelled:
            return "cancelled";
        default:
            return {};
    }
}

std::string because(Obstacle obstacle, const Remaining& left) {
    switch (obstacle) {
        case Obstacle::voucher:
            return "this licence is renewed by voucher";
        case Obstacle::by_operator:
            return "this licence is renewed by the operator";
        case Obstacle::used_up:
            return "this licence was renewed as often as it may be";
        case Obstacle::too_late:
            return "this licence could be renewed until " + time_words(left.renew_until.value_or(0)) + ", not later";
        case Obstacle::no_gain:
            return "this renewal would add nothing: it gives none of what the licence counts";
        case Obstacle::no_help:
            return "this renewal would not help: the licence would be expired or used up still";
        case Obstacle::none:
        case Obstacle::nobody:
            break;
    }
    return "this licence is not to be renewed";
}

std::string why(const Denial& denial) {
    const auto& left = denial.remaining;
    switch (denial.reason) {
        case Reason::exhausted:
            return "the licence is used up";
        case Reason::expired:
            return "the licence has expired";
        case Reason::not_yet:
            return "the licence has not begun";
        case Reason::returned:
            return "the licence was returned";
        case Reason::revoked:
            return "the operator revoked the licence";
        case Reason::cancelled:
            return "the operator cancelled the licence";
        case Reason::concurrent:
            return "as many plays go on already as the licence allows at a time";
        case Reason::right_missing:
            return "the licence does not allow to " + std::string(name_of(denial.right)) +
                   ", only: " + rights_words(left.rights);
        case Reason::voucher_refused:
            return "the voucher was refused";
        case Reason::not_renewable:
            break;
    }
    return because(denial.obstacle, left);
}

} // namespace

std::string time_words(std::int64_t seconds) {
    auto text = crypto::date_text(std::clamp<std::int64_t>(seconds, 0, max_time)); // 2027-01-31T23:59:59Z
    const auto second = text.substr(16, 3);
    return text.substr(0, 10) + " " + text.substr(11, 5) + (second == ":00" ? "" : second) + " UTC";
}

std::string length_words(std::uint64_t seconds) {
    struct Part {
        std::uint64_t size;
        std::string_view one, many;
    };
    constexpr std::array parts{Part{86'400, " day", " days"}, Part{3600, " h", " h"}, Part{60, " min", " min"},
                               Part{1, " s", " s"}};
    std::string words;
    int written = 0;
    for (const auto& part : parts) {
        const auto count = seconds / part.size;
        seconds %= part.size;
        if (count == 0 || written == 2) continue;
        words += (words.empty() ? "" : " ") + std::to_string(count) + std::string(count == 1 ? part.one : part.many);
        ++written;
    }
    return words.empty() ? "0 s" : words;
}

std::string rights_words(Rights rights) {
    List list;
    for (const auto right : all_rights) {
        if (has(rights, right)) list.add(std::string(name_of(right)));
    }
    return list.empty() ? "nothing" : list.text();
}

std::string constraint_words(const Licence& licence) {
    const auto& c = licence.constraints;
    List list;
    if (c.count) list.add(number_of(*c.count, "play", "plays"));
    if (c.units) list.add(number_of(*c.units, "chunk", "chunks"));
    if (c.accumulated) list.add(length_words(*c.accumulated) + " of sound");
    if (c.not_before) list.add("from " + time_words(*c.not_before));
    if (c.not_after) list.add("until " + time_words(*c.not_after));
    if (c.after_first_play) list.add("for " + length_words(*c.after_first_play) + " from the first play");
    if (c.max_concurrent) list.add(number_of(*c.max_concurrent, "play", "plays") + " at a time");
    if (const auto renewal = renewal_of(licence.renewal, c.renewals_max, c.renew_until); !renewal.empty())
        list.add(renewal);
    return list.empty() ? "without limits" : list.text();
}

std::string describe(const Remaining& remaining) {
    if (const auto word = ended_word(remaining.state); !word.empty()) return word;
    List list;
    add_amounts(list, remaining);
    add_dates(list, remaining);
    if (const auto renewal = renewal_of(remaining.renewal, remaining.renewals, remaining.renew_until); !renewal.empty())
        list.add(renewal);
    return list.empty() ? "without limits" : list.text();
}

std::string describe(const Denial& denial) {
    auto words = why(denial);
    List left;
    add_amounts(left, denial.remaining);
    if (ended_word(denial.remaining.state).empty()) add_dates(left, denial.remaining);
    return left.empty() ? words : words + " (" + left.text() + ")";
}

std::string remedy_of(const Denial& denial) {
    switch (denial.remedy) {
        case Remedy::wait:
            return "wait until " + time_words(denial.remaining.begins.value_or(0));
        case Remedy::end_a_play:
            return "end another play; one that broke off is forgotten after a minute or two";
        case Remedy::renew:
            return "renew it: cifra renew ITEM";
        case Remedy::use_voucher:
            return "renew it with a voucher: cifra renew ITEM --voucher CODE";
        case Remedy::ask_operator:
            break;
    }
    return "ask the operator";
}

} // namespace cifra::licence
