// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// PKCS#11 modules, loaded by p11-kit, so that they may be used by several parts of a process and threads.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

// What p11-kit hands out; its headers stay out of ours.
struct _CK_FUNCTION_LIST;

namespace cifra::token {

struct Module {
    std::string name; // file, or name in p11-kit's list
    std::string description, manufacturer;
    _CK_FUNCTION_LIST* functions = nullptr;
};

// Initialised modules, finalised when the last who holds them goes. Whoever calls into them on a thread must hold them
// there: a thread that is left behind in a hung card then keeps what it stands on.
class Modules {
  public:
    // "opensc": the module of OpenSC from the usual folders; "p11-kit": all that p11-kit lists, without stores of
    // trusted authorities; "NAME": that one of p11-kit's list; "/PATH": a file. Throws CardError.
    static std::shared_ptr<const Modules> load(const std::string& name);

    Modules(const Modules&) = delete;
    Modules& operator=(const Modules&) = delete;
    ~Modules();

    const std::string& name() const { return name_; } // as it was asked for
    const std::vector<Module>& all() const { return modules_; }

  private:
    explicit Modules(std::string name) : name_(std::move(name)) {}
    void add_file(const std::filesystem::path& file);
    void add_listed(const std::string& name);
    void add(_CK_FUNCTION_LIST* functions, const std::string& name);

    std::string name_;
    std::vector<Module> modules_;
    std::vector<_CK_FUNCTION_LIST*> loaded_;
};

// Throws CardError(bad_module) unless the file, and the folder that it lies in, belong to root or to us and nobody else
// may write them: what is loaded runs with all our rights. Gives the path without symbolic links.
std::filesystem::path demand_safe_module(const std::filesystem::path& file);

} // namespace cifra::token
