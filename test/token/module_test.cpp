// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Which modules are loaded, and which never are.
#include "client/token/readers.hpp"
#include "soft_token.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <fstream>

using namespace cifra;
using namespace cifra::test;
using token::CardError;
using token::CardFault;
using token::Modules;

namespace {

CardError refused(const std::string& name) {
    try {
        Modules::load(name);
    } catch (const CardError& error) {
        return error;
    }
    FAIL("loaded: " + name);
    throw std::logic_error("not reached");
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class Folder {
  public:
    Folder() {
        auto name = (std::filesystem::temp_directory_path() / "cifra-module-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path, ignored);
    }
    std::filesystem::path path;
};

} // namespace

TEST_CASE("a missing module says which package has OpenSC's") {
    const auto error = refused("/nowhere/module.so");
    CHECK(error.fault == CardFault::no_module);
    CHECK(holds(error.what(), "/nowhere/module.so"));
    CHECK(holds(error.remedy, "opensc-pkcs11"));
}

TEST_CASE("a module that somebody else could have written is not loaded") {
    Folder folder;
    const auto file = folder.path / "module.so";
    std::filesystem::copy_file(SoftToken::module(), file);
    ::chmod(file.c_str(), 0755);
    REQUIRE(token::demand_safe_module(file) == std::filesystem::canonical(file));
    SECTION("the file is writable by a group") { ::chmod(file.c_str(), 0775); }
    SECTION("the file is writable by all") { ::chmod(file.c_str(), 0757); }
    SECTION("the folder is writable by all") { ::chmod(folder.path.c_str(), 0777); }
    SECTION("a folder above is writable by all") {
        const auto below = folder.path / "below";
        std::filesystem::create_directory(below);
        std::filesystem::rename(file, below / "module.so");
        ::chmod(folder.path.c_str(), 0777);
        const auto error = refused((below / "module.so").string());
        CHECK(error.fault == CardFault::bad_module);
        CHECK(holds(error.what(), "others may write: " + folder.path.string()));
        return;
    }
    SECTION("it belongs to somebody else") {
        if (::geteuid() != 0) return; // only root can give a file away
        REQUIRE(::chown(file.c_str(), 12345, 12345) == 0);
    }
    SECTION("it is a link to such a file") {
        Folder other;
        const auto link = other.path / "link.so";
        std::filesystem::create_symlink(file, link);
        ::chmod(file.c_str(), 0777);
        CHECK(refused(link.string()).fault == CardFault::bad_module);
    }
    const auto error = refused(file.string());
    CHECK(error.fault == CardFault::bad_module);
    CHECK(holds(error.what(), file.filename().string()));
}

TEST_CASE("a sticky folder, such as /tmp, holds nobody back") {
    Folder folder;
    const auto file = folder.path / "module.so";
    std::filesystem::copy_file(SoftToken::module(), file);
    ::chmod(file.c_str(), 0755);
    ::chmod(folder.path.c_str(), 01777);
    CHECK_NOTHROW(token::demand_safe_module(file));
}

TEST_CASE("what is no module") {
    Folder folder;
    const auto file = folder.path / "module.so";
    SECTION("text") { std::ofstream(file) << "no library"; }
    SECTION("a folder") { std::filesystem::create_directory(file); }
    SECTION("a relative path") {
        CHECK(refused("lib/module.so").fault == CardFault::bad_module);
        return;
    }
    CHECK(refused(file.string()).fault == CardFault::bad_module);
}

TEST_CASE("a module that does not start") {
    SoftToken::shim() = {};
    SoftToken::shim().initialize = CKR_GENERAL_ERROR;
    const auto error = refused(SoftToken::module());
    CHECK(error.fault == CardFault::bad_module);
    CHECK(holds(error.what(), "CKR_GENERAL_ERROR"));
    SoftToken::shim() = {};
}

TEST_CASE("names of p11-kit's list, and what it lists besides") {
    const auto error = refused("no-such-module");
    CHECK(error.fault == CardFault::no_module);
    CHECK(holds(error.what(), "softhsm2"));
    const SoftToken soft; // its folder, for softhsm2 to look into
    const auto one = Modules::load("softhsm2");
    REQUIRE(one->all().size() == 1);
    CHECK(one->all()[0].manufacturer == "SoftHSM");
    const auto all = Modules::load("p11-kit");
    CHECK(std::any_of(all->all().begin(), all->all().end(),
                      [](const auto& module) { return module.name == "softhsm2"; }));
    CHECK(std::none_of(all->all().begin(), all->all().end(),
                       [](const auto& module) { return module.name == "p11-kit-trust"; }));
}

TEST_CASE("OpenSC's module is found by its name") {
    const auto opensc = Modules::load("opensc");
    REQUIRE(opensc->all().size() == 1);
    CHECK(holds(opensc->all()[0].name, "opensc-pkcs11.so"));
}

TEST_CASE("two who use a module do not end it for each other") {
    SoftToken soft;
    soft.add(soft.add_token("card"), {});
    {
        const auto second = Modules::load(SoftToken::module());
    }
    CHECK(soft.list().certificates.size() == 1);
}

TEST_CASE("a token that goes while it is listed is left out") {
    SoftToken soft;
    soft.add(soft.add_token("card"), {});
    SoftToken::shim().open_session = CKR_DEVICE_REMOVED;
    CHECK(soft.list().tokens.empty());
    SoftToken::shim().open_session = CKR_OK;
    SoftToken::shim().token_info = CKR_TOKEN_NOT_RECOGNIZED;
    CHECK(soft.list().tokens.empty());
}

TEST_CASE("each fault has a name, words and a remedy of its own") {
    std::vector<std::string_view> names;
    for (unsigned i = 0; i <= static_cast<unsigned>(token::last_card_fault); ++i) {
        const auto fault = static_cast<CardFault>(i);
        names.push_back(name_of(fault));
        CHECK_FALSE(describe(fault).empty());
        CHECK_FALSE(remedy(fault).empty());
        CHECK(CardError(fault).what() == std::string(describe(fault)));
    }
    std::sort(names.begin(), names.end());
    CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}
