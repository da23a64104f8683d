// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// vault_tool VERB DIR KEY_FILE …   prints the id, or "problem: text" and exits with 1
//     init | import NOTE METADATA < BYTES | upload IDENTITY SIZE METADATA < BYTES | verify ID | list | remove ID
#include "vault/vault.hpp"

#include <unistd.h>

#include <botan/auto_rng.h>
#include <botan/hex.h>

#include <cstdio>
#include <string>
#include <vector>

namespace {

using namespace cifra;
using namespace cifra::vault;

struct Refused {
    Failure failure;
};

template <class T>
T must(Outcome<T> outcome) {
    if (!outcome) throw Refused{outcome.error()};
    if constexpr (!std::is_void_v<T>) return std::move(*outcome);
}

proto::Id16 id_from(const std::string& hex) {
    proto::Id16 id{};
    Botan::hex_decode(id.data(), hex);
    return id;
}

void say(const std::string& line) { std::puts(line.c_str()); }

void append_input(ContainerWriter& writer, std::uint64_t skip) {
    Bytes piece(65'536);
    while (true) {
        const auto got = ::read(0, piece.data(), piece.size());
        if (got <= 0) return;
        const auto bytes = ByteView(piece).first(static_cast<std::size_t>(got));
        const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip, bytes.size()));
        skip -= skipped;
        must(writer.append(bytes.subspan(skipped)));
        if (writer.note().size() == 6) must(writer.sync()); // "upload"
    }
}

void finish(ContainerWriter& writer, const std::string& metadata) {
    must(writer.end());
    must(writer.finish(as_bytes(metadata)));
    say(hex_of(writer.item()));
}

void run(const std::vector<std::string>& words) {
    const std::filesystem::path dir = words.at(1);
    const auto& verb = words.at(0);
    Botan::AutoSeeded_RNG rng;
    if (verb == "init") {
        must(Vault::make_folders(dir));
        const Wrapping wrapping{KeyKind::key_file, must(load_key_file(words.at(2)))};
        return must(save_vault_key(Vault::key_file(dir), VaultKey::make(rng), wrapping, rng));
    }
    Vault vault(dir, must(open_vault_key(Vault::key_file(dir), {{}, words.at(2)})));
    if (verb == "import") {
        const auto writer = must(vault.import(Vault::new_id(rng), as_bytes(words.at(3))));
        append_input(*writer, 0);
        return finish(*writer, words.at(4));
    }
    if (verb == "upload") {
        NewItem item{Vault::new_id(rng), {}, std::stoull(words.at(4))};
        for (const char c : {'u', 'p', 'l', 'o', 'a', 'd'}) item.note.push_back(static_cast<std::uint8_t>(c));
        const auto writer = must(vault.upload(as_bytes(words.at(3)), item, [](ByteView) { return true; }));
        append_input(*writer, writer->size());
        return finish(*writer, words.at(5));
    }
    if (verb == "verify") return must(vault.verify(id_from(words.at(3))));
    if (verb == "remove") return must(vault.remove(id_from(words.at(3))));
    for (const auto& item : must(vault.items()).items) say(hex_of(item.item) + " " + std::to_string(item.size));
}

} // namespace

int main(int argc, char** argv) {
    try {
        run({argv + 1, argv + argc});
        return 0;
    } catch (const Refused& refused) {
        std::fprintf(stderr, "%s: %s\n", describe(refused.failure.problem), refused.failure.text().c_str());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
    }
    return 1;
}
