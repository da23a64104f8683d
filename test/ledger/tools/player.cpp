// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// ledger_player [--split] DATABASE CHECKPOINT SERVER: a server's part of the ledger alone, to be killed, starved and
// raced. Commands come from standard input, one a line; each is answered with one line, written at once.
//
// --split is the control: what stands in one transaction is torn in two behind the debit of a licence.
#include "licence/hex.hpp"
#include "licence/ledger.hpp"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <sstream>

using namespace cifra;
using namespace cifra::licence;

namespace {

constexpr std::int64_t now = 1'800'000'000;

class SplitDatabase final : public Database {
  public:
    explicit SplitDatabase(std::unique_ptr<Database> inner) : inner_(std::move(inner)) {}
    std::uint64_t execute(std::string_view sql, const Values& values) override {
        const auto count = inner_->execute(sql, values);
        if (sql.starts_with("UPDATE licences")) {
            commit();
            begin(Access::write);
        }
        return count;
    }
    Rows query(std::string_view sql, const Values& values) override { return inner_->query(sql, values); }
    bool has_table(const std::string& name) override { return inner_->has_table(name); }
    std::string_view for_update() const noexcept override { return inner_->for_update(); }
    std::string describe() const override { return inner_->describe(); }
    std::string weakness() override { return inner_->weakness(); }

  private:
    void begin(Access access) override { open_.emplace(*inner_, access); }
    void commit() override {
        open_->commit();
        open_.reset();
    }
    void rollback() noexcept override { open_.reset(); }

    std::unique_ptr<Database> inner_;
    std::optional<Transaction> open_;
};

LedgerKeys keys() {
    const auto key = [](std::uint8_t number) {
        crypto::Secret secret(32);
        std::fill(secret.writable().begin(), secret.writable().end(), number);
        return secret;
    };
    return {key(1), key(2), key(3), key(4)};
}

Id16 id_from(std::uint64_t number) {
    Id16 id{};
    for (std::size_t i = 0; i < 8; ++i) id[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
    return id;
}

std::string failure(const LedgerError& error) {
    return "error " + std::string(describe(error.fault)) + ": " + error.text;
}

class Player {
  public:
    explicit Player(Ledger& ledger) : ledger_(ledger) {}

    std::string run(const std::string& line) {
        std::istringstream words(line);
        std::string verb;
        words >> verb;
        if (verb == "issue") return issue(words);
        if (verb == "play") return play(words);
        if (verb == "lease") return lease(words);
        if (verb == "end") return end(words);
        if (verb == "renew") return renew(words);
        if (verb == "held") return held(words);
        if (verb == "recover") return recover();
        if (verb == "verify") return verify();
        if (verb == "mark") return ::getppid() > 0 ? "marked" : "marked"; // a call that nothing else makes
        return "no such command: " + verb;
    }

  private:
    static std::uint64_t number(std::istream& words) {
        std::uint64_t value = 0;
        words >> value;
        return value;
    }

    std::string issue(std::istream& words) {
        Licence draft;
        words >> draft.person;
        draft.item = id_from(number(words));
        draft.rights = static_cast<Rights>(Right::play);
        draft.origin = "operator";
        draft.renewal = Renewal::free;
        draft.constraints.count = number(words);
        if (const auto units = number(words); units > 0) draft.constraints.units = units;
        const auto answer = ledger_.issue(draft, now);
        return answer ? "issued" : failure(answer.error());
    }

    std::string play(std::istream& words) {
        PlayRequest request;
        words >> request.person;
        request.item = id_from(number(words));
        request.play = id_from(number(words));
        request.duration = 300;
        const auto answer = ledger_.begin_play(request, now);
        if (!answer) return failure(answer.error());
        if (!*answer) {
            const auto& refusal = answer->error();
            return "refused " + std::string(refusal.denial ? name_of(refusal.denial->reason) : describe(refusal.why));
        }
        key_ = (*answer)->play;
        return (*answer)->resumed ? "granted again" : "granted";
    }

    // Of the play that was begun last.
    std::string lease(std::istream& words) {
        const auto used = number(words);
        const auto answer = ledger_.lease(key_, {used, 0}, {number(words), 0}, now);
        return answer ? "allowed " + std::to_string(answer->allowance.units) : failure(answer.error());
    }
    std::string end(std::istream& words) {
        const auto used = number(words);
        const auto answer = ledger_.end_play(key_, {used, 0}, number(words) != 0, now);
        return answer ? "ended" : failure(answer.error());
    }

    std::string renew(std::istream& words) {
        std::string person;
        words >> person;
        const auto answer = ledger_.renew(person, id_from(number(words)), std::nullopt, now);
        if (!answer) return failure(answer.error());
        return *answer ? "renewed" : "refused";
    }

    // "plays 3 units 16 of 1": debited, and how many licences.
    std::string held(std::istream& words) {
        std::string person;
        words >> person;
        const auto answer = ledger_.held(person, id_from(number(words)), now);
        if (!answer) return failure(answer.error());
        std::uint64_t plays = 0;
        std::uint64_t units = 0;
        for (const auto& one : *answer) {
            plays += one.usage.plays;
            units += one.usage.units;
        }
        return "plays " + std::to_string(plays) + " units " + std::to_string(units) + " of " +
               std::to_string(answer->size());
    }

    std::string recover() {
        const auto answer = ledger_.recover(now);
        return answer ? "recovered " + std::to_string(answer->plays) : failure(answer.error());
    }

    std::string verify() {
        const auto answer = ledger_.verify();
        if (!answer) return failure(answer.error());
        if (answer->findings.empty()) return "whole";
        return "found " + answer->findings.front();
    }

    Ledger& ledger_;
    PlayKey key_;
};

} // namespace

int main(int count, char** arguments) {
    std::vector<std::string> words(arguments + 1, arguments + count);
    const bool split = !words.empty() && words.front() == "--split";
    if (split) words.erase(words.begin());
    if (words.size() != 3) {
        std::cerr << "ledger_player [--split] DATABASE CHECKPOINT SERVER\n";
        return 2;
    }
    auto database = open_database(words[0]);
    if (split) database = std::make_unique<SplitDatabase>(std::move(database));
    LedgerOptions options;
    options.checkpoint = words[1];
    options.server = words[2];
    Ledger ledger(std::move(database), keys(), options);
    Player player(ledger);
    for (std::string line; std::getline(std::cin, line);) {
        const auto answer = player.run(line) + "\n";
        if (::write(STDOUT_FILENO, answer.data(), answer.size()) < 0) return 1;
    }
    return 0;
}
