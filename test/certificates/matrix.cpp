// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The certificate matrix through the library: matrix FOLDER [--time], with what make.py wrote into FOLDER. Every row
// has its exact verdict, and to each row of the control, whose verdicts are wrong, there is an objection.
// matrix --words: prints the words for each verdict.
// --time: prints how long the slowest decisions take, paths not remembered.
#include "crypto/certificate.hpp"
#include "crypto/certificate_file.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <sstream>

using namespace cifra;
using namespace cifra::crypto;

namespace {

struct Row {
    std::string number, verdict, name;
    Party party{};
    std::vector<Bytes> chain;
};

Party party_of(const std::string& name) {
    for (const auto party : {Party::server, Party::device, Party::user}) {
        if (name_of(party) == name) return party;
    }
    throw std::runtime_error("no role: " + name);
}

std::vector<Row> read_rows(const std::filesystem::path& folder, const std::string& table) {
    std::vector<Row> rows;
    std::istringstream lines(read_text_file(folder / table));
    for (std::string line; std::getline(lines, line);) {
        Row row;
        std::string role, count;
        std::istringstream fields(line);
        std::getline(fields, row.number, '\t');
        std::getline(fields, role, '\t');
        std::getline(fields, count, '\t');
        std::getline(fields, row.verdict, '\t');
        std::getline(fields, row.name);
        row.party = party_of(role);
        for (int i = 0; i < std::stoi(count); ++i) {
            const auto text = read_text_file(folder / "chains" / (row.number + "." + std::to_string(i)));
            const auto bytes = as_bytes(text);
            row.chain.emplace_back(bytes.begin(), bytes.end());
        }
        rows.push_back(std::move(row));
    }
    if (rows.empty()) throw std::runtime_error("no rows in " + table);
    return rows;
}

class Judge {
  public:
    explicit Judge(const std::filesystem::path& folder) {
        for (const auto party : {Party::server, Party::device, Party::user})
            stores_.push_back(TrustStore::load(party, folder / "roots.pem", folder / "crls"));
    }

    std::string verdict(const Row& row) {
        const auto host = row.party == Party::server ? std::optional<std::string_view>("localhost") : std::nullopt;
        const auto result = stores_[static_cast<std::size_t>(row.party)].validate(row.chain, std::time(nullptr), host);
        return result ? "accepted" : std::string(name_of(result.error()));
    }

    void forget() {
        for (auto& store : stores_) store.reload();
    }

  private:
    std::vector<TrustStore> stores_;
};

std::size_t objections(Judge& judge, const std::vector<Row>& rows, bool aloud) {
    std::size_t count = 0;
    for (const auto& row : rows) {
        for (int time = 0; time < 2; ++time) { // a path that is remembered has the same verdict
            const auto verdict = judge.verdict(row);
            if (verdict == row.verdict) continue;
            ++count;
            if (aloud)
                std::printf("%s %s \"%s\": %s instead of %s\n", row.number.c_str(),
                            std::string(name_of(row.party)).c_str(), row.name.c_str(), verdict.c_str(),
                            row.verdict.c_str());
            break;
        }
    }
    return count;
}

void print_times(Judge& judge, const std::vector<Row>& rows) {
    using clock = std::chrono::steady_clock;
    std::vector<std::pair<double, const Row*>> times;
    constexpr int rounds = 5;
    for (const auto& row : rows) times.emplace_back(1e9, &row);
    for (int round = 0; round < rounds; ++round) {
        judge.forget();
        for (auto& [best, row] : times) {
            const auto begin = clock::now();
            judge.verdict(*row);
            best = std::min(best, std::chrono::duration<double, std::milli>(clock::now() - begin).count());
        }
    }
    std::ranges::sort(times, std::ranges::greater(), [](const auto& time) { return time.first; });
    for (const bool good : {false, true}) {
        std::printf("%s, slowest (best of %d rounds):\n", good ? "accepted" : "refused", rounds);
        int shown = 0;
        for (const auto& [best, row] : times) {
            if ((row->verdict == "accepted") != good || shown == 12) continue;
            ++shown;
            std::printf("  %7.3f ms  %-6s %s: %s\n", best, std::string(name_of(row->party)).c_str(), row->name.c_str(),
                        row->verdict.c_str());
        }
    }
}

int print_words() {
    for (int fault = 0; fault <= static_cast<int>(ChainFault::crl_invalid); ++fault) {
        const auto name = name_of(static_cast<ChainFault>(fault)), words = describe(static_cast<ChainFault>(fault));
        std::printf("%s\t%s\n", std::string(name).c_str(), std::string(words).c_str());
    }
    return 0;
}

int run(const std::filesystem::path& folder, bool time) {
    Judge judge(folder);
    const auto rows = read_rows(folder, "matrix.tsv"), control = read_rows(folder, "control.tsv");
    if (time) {
        print_times(judge, rows);
        return 0;
    }
    const auto wrong = objections(judge, rows, true);
    const auto caught = objections(judge, control, false);
    std::printf("%zu chains, %zu with another verdict; %zu of %zu wrong expectations noticed\n", rows.size(), wrong,
                caught, control.size());
    return wrong == 0 && caught == control.size() ? 0 : 1;
}

} // namespace

int main(int count, char** words) {
    const std::vector<std::string> arguments(words + 1, words + count);
    if (arguments.empty() || arguments.size() > 2 || (arguments.size() == 2 && arguments[1] != "--time")) {
        std::fputs("usage: certificate_matrix FOLDER [--time] | --words\n", stderr);
        return 2;
    }
    if (arguments[0] == "--words") return print_words();
    try {
        return run(arguments[0], arguments.size() == 2);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "certificate_matrix: %s\n", failure.what());
        return 2;
    }
}
