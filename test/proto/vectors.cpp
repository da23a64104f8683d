// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "vectors.hpp"

#include <charconv>
#include <fstream>
#include <map>
#include <sstream>

namespace cifra::proto::test {
namespace {

[[noreturn]] void malformed(std::string_view what) { throw std::runtime_error("vectors: " + std::string(what)); }

std::optional<Fault> verdict(const std::string& word) {
    static const std::map<std::string, std::optional<Fault>> words{
        {"ok", std::nullopt},
        {"truncated", Fault::truncated},
        {"trailing", Fault::trailing},
        {"too_large", Fault::too_large},
        {"bad_value", Fault::bad_value},
        {"bad_text", Fault::bad_text},
        {"bad_json", Fault::bad_json},
        {"unknown_type", Fault::unknown_type},
        {"not_offered", Fault::not_offered},
    };
    const auto found = words.find(word);
    if (found == words.end()) malformed("verdict " + word);
    return found->second;
}

template <class Number>
Number number(std::string_view text, int base) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size()) malformed(text);
    return value;
}

void append_piece(Bytes& out, std::string_view piece) {
    if (piece.starts_with('"')) {
        const auto text = as_bytes(piece.substr(1, piece.size() - 2));
        out.insert(out.end(), text.begin(), text.end());
        return;
    }
    const auto star = piece.find('*');
    const auto times = star == piece.npos ? 1 : number<std::size_t>(piece.substr(star + 1), 10);
    const auto hex = piece.substr(0, star);
    if (hex.empty() || hex.size() % 2 != 0) malformed(piece);
    Bytes once;
    for (std::size_t i = 0; i < hex.size(); i += 2) once.push_back(number<std::uint8_t>(hex.substr(i, 2), 16));
    for (std::size_t i = 0; i < times; ++i) out.insert(out.end(), once.begin(), once.end());
}

Bytes from_pieces(const std::string& text) {
    Bytes out;
    std::istringstream pieces(text);
    for (std::string piece; pieces >> piece;) append_piece(out, piece);
    return out;
}

Bytes from_json_or_pieces(const std::string& text) {
    if (text.starts_with("hex: ")) return from_pieces(text.substr(5));
    return {text.begin(), text.end()};
}

} // namespace

std::vector<Vector> load_vectors(std::string_view codec) {
    const auto path = CIFRA_SOURCE_DIR "/test/vectors/proto/" + std::string(codec) + ".txt";
    std::ifstream file(path, std::ios::binary);
    std::vector<Vector> vectors;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with('#')) continue;
        std::istringstream words(line);
        std::string name, word, payload;
        words >> name >> word >> std::ws;
        std::getline(words, payload);
        const bool json = codec.starts_with("negotiation");
        vectors.push_back({name, verdict(word), json ? from_json_or_pieces(payload) : from_pieces(payload)});
    }
    if (vectors.empty()) malformed(path);
    return vectors;
}

Bytes vector_payload(std::string_view codec, std::string_view name) {
    for (auto& vector : load_vectors(codec))
        if (vector.name == name) return std::move(vector.payload);
    malformed("no vector " + std::string(name));
}

} // namespace cifra::proto::test
