// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/token/module.hpp"

#include "client/token/pkcs11.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace cifra::token {

namespace {

constexpr const char* opensc_file = "opensc-pkcs11.so";

std::filesystem::path find_opensc() {
    for (const char* folder : {"/usr/lib/" CIFRA_LIBRARY_FOLDER, "/usr/lib/" CIFRA_LIBRARY_FOLDER "/pkcs11", "/usr/lib",
                               "/usr/lib64", "/usr/lib/pkcs11", "/usr/lib64/pkcs11", "/usr/local/lib"}) {
        const auto file = std::filesystem::path(folder) / opensc_file;
        std::error_code ignored;
        if (std::filesystem::exists(file, ignored)) return file;
    }
    throw CardError(CardFault::no_module,
                    std::string("OpenSC's PKCS#11 module (") + opensc_file + ") is in none of the usual folders");
}

bool ours(const struct stat& facts) { return facts.st_uid == 0 || facts.st_uid == ::geteuid(); }
bool only_theirs(const struct stat& facts) { return (facts.st_mode & (S_IWGRP | S_IWOTH)) == 0; }

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
    throw CardError(CardFault::bad_module, "the PKCS#11 module " + file.string() + " " + why);
}

std::string taken(char* text) { // p11-kit's own memory
    std::string copy = text == nullptr ? "" : text;
    std::free(text);
    return copy;
}

// The list of p11-kit's configuration; entries that are not wanted are released.
std::vector<CK_FUNCTION_LIST*> load_list() {
    std::vector<CK_FUNCTION_LIST*> found;
    auto** const list = p11_kit_modules_load(nullptr, 0);
    if (list == nullptr) throw CardError(CardFault::no_module, "p11-kit cannot read its list of modules");
    for (auto** at = list; *at != nullptr; ++at) found.push_back(*at);
    std::free(static_cast<void*>(list)); // the array; each module is released by itself
    return found;
}

bool is_trust_store(CK_FUNCTION_LIST* functions) {
    return (p11_kit_module_get_flags(functions) & P11_KIT_MODULE_TRUSTED) != 0 ||
           taken(p11_kit_module_get_name(functions)) == "p11-kit-trust";
}

} // namespace

std::filesystem::path demand_safe_module(const std::filesystem::path& file) {
    std::error_code missing;
    const auto real = std::filesystem::canonical(file, missing);
    struct stat facts{};
    if (missing || ::stat(real.c_str(), &facts) != 0)
        throw CardError(CardFault::no_module, "there is no PKCS#11 module " + file.string());
    if (!S_ISREG(facts.st_mode)) refuse(real, "is no file");
    if (!ours(facts)) refuse(real, "belongs neither to root nor to you");
    if (!only_theirs(facts)) refuse(real, "may be written by others than its owner");
    // Whoever may write a folder further up can put another in the place of this one.
    for (auto folder = real.parent_path();; folder = folder.parent_path()) {
        if (::stat(folder.c_str(), &facts) != 0 || !ours(facts) ||
            (!only_theirs(facts) && (facts.st_mode & S_ISVTX) == 0))
            refuse(real, "is in a folder that others may write: " + folder.string());
        if (folder == folder.root_path()) return real;
    }
}

std::shared_ptr<const Modules> Modules::load(const std::string& name) {
    const std::shared_ptr<Modules> modules(new Modules(name));
    if (name == "opensc") {
        modules->add_file(find_opensc());
    } else if (name.starts_with('/')) {
        modules->add_file(name);
    } else if (name.find('/') != std::string::npos) {
        throw CardError(CardFault::bad_module, "the path of a PKCS#11 module must begin with '/': " + name);
    } else {
        modules->add_listed(name);
    }
    return modules;
}

Modules::~Modules() {
    for (auto* functions : loaded_) {
        p11_kit_module_finalize(functions);
        p11_kit_module_release(functions);
    }
}

void Modules::add_file(const std::filesystem::path& file) {
    const auto real = demand_safe_module(file);
    auto* const functions = p11_kit_module_load(real.c_str(), 0);
    if (functions == nullptr) refuse(real, "does not load: it is no PKCS#11 module, or lacks a library");
    add(functions, real.string());
}

void Modules::add_listed(const std::string& name) {
    bool known = false;
    std::string others;
    for (auto* functions : load_list()) {
        const auto listed = taken(p11_kit_module_get_name(functions));
        others += (others.empty() ? "" : ", ") + listed;
        if (name == listed || (name == "p11-kit" && !is_trust_store(functions))) {
            known = true;
            try {
                add(functions, listed);
            } catch (const CardError&) {
                if (name == listed) throw; // of all, those that work are used
            }
        } else {
            p11_kit_module_release(functions);
        }
    }
    if (!known)
        throw CardError(CardFault::no_module, "p11-kit knows no module '" + name + "'" +
                                                  (others.empty() ? "; its list is empty" : "; it knows " + others));
    if (modules_.empty()) throw CardError(CardFault::bad_module, "no module of p11-kit's list works");
}

void Modules::add(CK_FUNCTION_LIST* functions, const std::string& name) {
    if (const auto result = p11_kit_module_initialize(functions); result != CKR_OK) {
        p11_kit_module_release(functions);
        refuse(name, "does not start (" + name_of_return(result) + ")");
    }
    loaded_.push_back(functions);
    CK_INFO info{};
    functions->C_GetInfo(&info);
    modules_.push_back({name, padded_text(info.libraryDescription), padded_text(info.manufacturerID), functions});
}

} // namespace cifra::token
