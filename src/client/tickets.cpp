// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/tickets.hpp"

#include "client/exit_code.hpp"
#include "crypto/private_key_file.hpp"
#include "proto/handshake.hpp"

#include <botan/base64.h>
#include <botan/hash.h>
#include <botan/hex.h>
#include <boost/json.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>

namespace cifra::client {

namespace fs = std::filesystem;
using Clock = std::chrono::system_clock;

namespace {

constexpr std::size_t max_file = 32 * 1024;

std::string sha256_hex(std::string_view text) {
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    hash->update(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    return Botan::hex_encode(hash->final(), false);
}

fs::path from_environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value == '/' ? fs::path(value) : fs::path();
}

bool ours_alone(const struct stat& info) {
    return info.st_uid == ::geteuid() && (info.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

[[noreturn]] void refuse(const fs::path& what, const std::string& why, const std::string& first = "") {
    throw Failure(Exit::bad_input, what.string() + ": " + why,
                  first + "remove the ticket with 'cifra logout', then 'cifra login' again");
}

// Whom the settings ask for. Another card, or another certificate in the file, is somebody else.
std::string person_of(const Settings& settings) {
    if (!settings.card.empty()) return "card " + settings.card;
    std::ifstream file(settings.user_chain, std::ios::binary);
    std::ostringstream text;
    if (!settings.user_chain.empty()) text << file.rdbuf();
    return "file " + text.str();
}

// The file's text; empty when there is none.
std::string read_safely(const fs::path& file) {
    struct stat info{};
    const auto folder = file.parent_path();
    if (::lstat(folder.c_str(), &info) != 0) return {};
    const bool folder_good = S_ISDIR(info.st_mode) && ours_alone(info);
    const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return {};
    if (fd < 0) refuse(file, std::strerror(errno));
    const bool good = folder_good && ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && ours_alone(info);
    std::string text(good ? max_file : 0, '\0');
    const auto got = good ? ::read(fd, text.data(), text.size()) : 0;
    ::close(fd);
    if (!folder_good)
        refuse(folder, "this folder is open to other users",
               "others may know the ticket in it: 'chmod 700 " + folder.string() + "', ");
    if (!good) refuse(file, "this ticket is open to other users, or theirs", "others may know it: ");
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

} // namespace

Tickets::Tickets(const Settings& settings, ByteView device)
    : enabled_(settings.tickets), server_(settings.host + ":" + settings.port) {
    device_ = sha256_hex({reinterpret_cast<const char*>(device.data()), device.size()});
    person_ = sha256_hex(person_of(settings));
    if (const auto where = folder(); !where.empty()) file_ = where / (common_name() + person_.substr(0, 16));
}

std::string Tickets::common_name() const {
    return "ticket-" + sha256_hex(server_ + "\n" + device_).substr(0, 32) + "-";
}

fs::path Tickets::folder() {
    if (const auto runtime = from_environment("XDG_RUNTIME_DIR"); !runtime.empty()) return runtime / "cifra";
    if (const auto state = from_environment("XDG_STATE_HOME"); !state.empty()) return state / "cifra";
    if (const auto home = from_environment("HOME"); !home.empty()) return home / ".local/state/cifra";
    return {};
}

void Tickets::read_file() {
    if (std::exchange(file_read_, true) || file_.empty()) return;
    const auto text = read_safely(file_);
    if (text.empty()) return;
    try {
        const auto whole = boost::json::parse(text).as_object();
        if (whole.at("version").as_int64() != 1 || whole.at("server").as_string() != server_ ||
            whole.at("device").as_string() != device_ || whole.at("person").as_string() != person_)
            return;
        const auto bytes = Botan::base64_decode(std::string(whole.at("ticket").as_string()));
        end_ = Clock::time_point(std::chrono::seconds(whole.at("expires").as_int64()));
        ticket_.assign(bytes.begin(), bytes.end());
    } catch (const std::exception&) {
        refuse(file_, "this is no ticket, or a damaged one");
    }
}

Bytes Tickets::find() {
    if (!enabled_) return {};
    if (ticket_.empty()) read_file();
    if (ticket_.size() > proto::max_ticket || Clock::now() >= end_) ticket_.clear();
    return ticket_;
}

void Tickets::keep(Bytes ticket, std::chrono::seconds lifetime) {
    if (!enabled_ || ticket.empty()) return;
    ticket_ = std::move(ticket);
    end_ = Clock::now() + lifetime;
}

void Tickets::forget() {
    ticket_.clear();
    remove();
}

bool Tickets::save() const {
    if (ticket_.empty()) return false;
    if (file_.empty())
        throw Failure(Exit::bad_input, "there is no place for a ticket: neither XDG_RUNTIME_DIR nor HOME is set",
                      "set one of them, or go without 'cifra login'");
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(end_.time_since_epoch()).count();
    const boost::json::object whole{
        {"version", 1},      {"server", server_},  {"device", device_},
        {"person", person_}, {"expires", seconds}, {"ticket", Botan::base64_encode(ticket_.data(), ticket_.size())}};
    try {
        const auto where = file_.parent_path();
        fs::create_directories(where.parent_path());
        if (::mkdir(where.c_str(), 0700) != 0 && errno != EEXIST)
            throw std::system_error(errno, std::generic_category(), where.string());
        struct stat info{};
        if (::lstat(where.c_str(), &info) != 0 || !S_ISDIR(info.st_mode) || !ours_alone(info))
            throw std::runtime_error(where.string() + ": this folder is open to other users: chmod 700 it");
        ::unlink(file_.c_str());
        crypto::write_new_file(file_, boost::json::serialize(whole) + "\n", 0600);
    } catch (const std::runtime_error& error) {
        throw Failure(Exit::disk, std::string("cannot keep the ticket: ") + error.what(),
                      "mend that, or go without 'cifra login'");
    }
    return true;
}

bool Tickets::remove() { return !file_.empty() && ::unlink(file_.c_str()) == 0; }

bool Tickets::remove_all() {
    bool removed = false;
    std::error_code error;
    const auto name = common_name();
    for (fs::directory_iterator at(file_.parent_path(), error), end; !error && at != end; at.increment(error))
        if (at->path().filename().string().starts_with(name)) removed = ::unlink(at->path().c_str()) == 0 || removed;
    return removed;
}

} // namespace cifra::client
