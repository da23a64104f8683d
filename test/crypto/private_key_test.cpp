// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/private_key.hpp"

#include <botan/pkcs8.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "certificate_maker.hpp"

using namespace cifra;
using namespace cifra::crypto;
using Catch::Contains;

namespace {

Secret secret(std::string_view text) { return Secret::copy_of(as_bytes(text)); }

std::string text_of(const Secret& value) { return {value.view().begin(), value.view().end()}; }

std::function<Secret()> answer(const std::string& text) {
    return [text] { return secret(text); };
}

Secret never_asked() {
    FAIL("asked for a passphrase");
    return {};
}

std::string read(const std::filesystem::path& file) {
    std::ostringstream out;
    out << std::ifstream(file).rdbuf();
    return out.str();
}

unsigned mode_of(const std::filesystem::path& file) {
    struct stat status{};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_mode & 07777U;
}

std::size_t files_in(const std::filesystem::path& folder) {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) count += entry.exists() ? 1U : 0U;
    return count;
}

Botan::AutoSeeded_RNG rng;

} // namespace

TEST_CASE("a private key is kept encrypted, mode 0600, and comes back") {
    const test::Folder folder;
    for (const std::string kind : {"p256", "p384", "ed25519", "rsa2048"}) {
        CAPTURE(kind);
        const auto key = test::make_key(kind);
        const auto file = folder / (kind + ".pem");
        save_private_key(file, *key, secret("correct horse"), rng);
        CHECK(mode_of(file) == 0600);
        CHECK(read(file).starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
        const auto back = load_private_key(file, answer("correct horse"));
        CHECK(back->subject_public_key() == key->subject_public_key());
        CHECK_THROWS_AS(load_private_key(file, answer("wrong")), WrongPassphrase);
        CHECK_THROWS_AS(load_private_key(file, answer("")), WrongPassphrase);
    }
    CHECK(files_in(folder / ".") == 4); // nothing temporary stays
}

TEST_CASE("a key is never overwritten and never written in the clear") {
    const test::Folder folder;
    const auto key = test::make_key("p256");
    const auto file = folder.write("key.pem", "mine");
    CHECK_THROWS_WITH(save_private_key(file, *key, secret("x"), rng), Contains("key.pem: File exists"));
    CHECK(read(file) == "mine");
    CHECK(files_in(folder / ".") == 1);
    CHECK_THROWS_WITH(save_private_key(folder / "other.pem", *key, Secret(), rng), Contains("without a passphrase"));
    CHECK_THROWS_WITH(save_private_key(folder / "no" / "key.pem", *key, secret("x"), rng), Contains("No such file"));
    CHECK(files_in(folder / ".") == 1);
}

TEST_CASE("a key in the clear is taken only when nobody else can read it") {
    const test::Folder folder;
    const auto file = folder.write("key.pem", Botan::PKCS8::PEM_encode(*test::make_key("p256")));
    for (const auto mode : {0600, 0400, 0640}) {
        REQUIRE(::chmod(file.c_str(), static_cast<mode_t>(mode)) == 0);
        CHECK(load_private_key(file, never_asked));
    }
    for (const auto mode : {0644, 0604, 0660}) {
        REQUIRE(::chmod(file.c_str(), static_cast<mode_t>(mode)) == 0);
        CHECK_THROWS_WITH(load_private_key(file, never_asked), Contains("chmod 600"));
    }
}

TEST_CASE("files that hold no key for us") {
    const test::Folder folder;
    const auto load = [&](const std::string& content) {
        const auto file = folder.write("key.pem", content);
        REQUIRE(::chmod(file.c_str(), 0600) == 0);
        return load_private_key(file, answer("x"));
    };
    CHECK_THROWS_WITH(load_private_key(folder / "missing.pem", never_asked), Contains("missing.pem: No such file"));
    CHECK_THROWS_WITH(load(""), Contains("no private key in it"));
    CHECK_THROWS_WITH(load("-----BEGIN EC PRIVATE KEY-----\n"), Contains("openssl pkcs8 -topk8"));
    CHECK_THROWS_WITH(load("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), Contains("damaged"));
    CHECK_THROWS_WITH(load("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"),
                      Contains("damaged"));
    CHECK_THROWS_WITH(load(Botan::PKCS8::PEM_encode(*test::make_key("rsa1024"))),
                      Contains("RSA of 1024 bits is not accepted"));
    CHECK_THROWS_WITH(load(Botan::PKCS8::PEM_encode(*test::make_key("p521"))), Contains("not accepted"));
}

TEST_CASE("that no passphrase is to be had is told as such") {
    const test::Folder folder;
    const auto file = folder / "key.pem";
    save_private_key(file, *test::make_key("p256"), secret("x"), rng);
    CHECK_THROWS_AS(load_private_key(file, []() -> Secret { throw NoPassphrase("none"); }), NoPassphrase);
}

TEST_CASE("a credential is key and certificate that belong together") {
    const test::Folder folder;
    const auto root = test::make_root(test::ca_recipe("root"));
    const auto middle = test::make_issued(root, test::ca_recipe("issuing"));
    const auto device = test::make_issued(middle, test::device_recipe("kitchen radio"));
    const auto other = test::make_issued(middle, test::device_recipe("other"));
    const auto key = folder / "key.pem";
    save_private_key(key, *device.key, secret("x"), rng);
    const auto chain_of = [&](std::initializer_list<test::Made> chain) {
        std::string pem;
        for (const auto& made : chain) pem += made.certificate.PEM_encode();
        return folder.write("chain.pem", pem);
    };
    const auto load = [&](Party party, const std::filesystem::path& chain) {
        return load_credential(party, chain, key, answer("x"));
    };

    const auto credential = load(Party::device, chain_of({device, middle, root}));
    CHECK(credential.name == "kitchen radio");
    CHECK(credential.chain == std::vector<Bytes>{device.der(), middle.der()}); // without the root
    CHECK(credential.not_after == test::now + 365 * test::day);
    CHECK(credential.signer->schemes() == std::vector{Scheme::ecdsa_p256_sha256});

    CHECK_THROWS_WITH(load(Party::device, chain_of({other, middle})), Contains("is not the key of the certificate"));
    CHECK_THROWS_WITH(load(Party::device, chain_of({device, root, other})), Contains("put the leaf first"));
    CHECK_THROWS_WITH(load(Party::user, chain_of({device, middle})), Contains("not made for a user"));
    CHECK_THROWS_WITH(load(Party::server, chain_of({device, middle})), Contains("not made for a server"));
    CHECK_THROWS_WITH(load(Party::device, chain_of({middle})), Contains("CA flag"));
    CHECK_THROWS_WITH(load(Party::device, folder.write("chain.pem", "")), Contains("no certificate in it"));
    CHECK_THROWS_WITH(load(Party::device, folder / "missing.pem"), Contains("No such file"));

    auto nameless = test::server_recipe({});
    CHECK_THROWS_WITH(load(Party::server, chain_of({test::make_issued(middle, nameless)})), Contains("no host name"));
}

TEST_CASE("passphrases from a descriptor, a line each") {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    const std::string_view lines = "first\nwith spaces \n\nlast";
    REQUIRE(::write(pipe[1], lines.data(), lines.size()) == static_cast<ssize_t>(lines.size()));
    ::close(pipe[1]);
    PassphraseSource source(pipe[0]);
    CHECK(text_of(source.get("a", "A")) == "first");
    CHECK(text_of(PassphraseSource(pipe[0]).get("b", "B")) == "with spaces "); // nothing was read ahead
    CHECK_THROWS_AS(source.get_new("c", "C"), NoPassphrase);                   // an empty one is none for a new key
    CHECK(text_of(source.get_new("d", "D")) == "last");
    CHECK_THROWS_WITH(source.get("e", "E"), Contains("no (further) line"));
    ::close(pipe[0]);
    CHECK_THROWS_AS(source.get("e", "E"), NoPassphrase);
}

TEST_CASE("passphrases from the credentials of a service") {
    const test::Folder folder;
    folder.write("server-key", "from systemd\n");
    folder.write("empty", "");
    ::setenv("CREDENTIALS_DIRECTORY", (folder / ".").c_str(), 1);
    PassphraseSource source;
    CHECK(text_of(source.get("server-key", "")) == "from systemd");
    CHECK(text_of(source.get_new("server-key", "")) == "from systemd");
    CHECK_THROWS_AS(source.get("empty", ""), NoPassphrase);
    ::unsetenv("CREDENTIALS_DIRECTORY");
}

TEST_CASE("without a terminal it says what to do") {
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::setsid();
        try {
            PassphraseSource().get("server-key", "Passphrase");
        } catch (const NoPassphrase& none) {
            const std::string words = none.what();
            ::_exit(words.find("--passphrase-fd") != std::string::npos && words.find("server-key") != std::string::npos
                        ? 0
                        : 1);
        }
        ::_exit(2);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}
