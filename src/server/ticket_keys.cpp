// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/ticket_keys.hpp"

#include "server/file_io.hpp"

#include <sys/stat.h>

#include <botan/hex.h>
#include <botan/mac.h>
#include <botan/mem_ops.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace cifra::server {

namespace {

constexpr std::size_t max_file = 4096; // bytes
constexpr std::string_view id_context = "cifra ticket key";

// A file whose contents are wiped.
class Contents {
  public:
    explicit Contents(const std::filesystem::path& file) {
        if (!read_file(file, max_file, bytes_)) {
            const auto* why = errno == EFBIG    ? "too large"
                              : errno == EINVAL ? "not a regular file"
                                                : std::strerror(errno);
            throw std::runtime_error(file.string() + ": cannot be read: " + why);
        }
    }
    ~Contents() { Botan::secure_scrub_memory(bytes_.data(), bytes_.size()); }
    Contents(const Contents&) = delete;
    Contents& operator=(const Contents&) = delete;
    std::string_view text() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

  private:
    Bytes bytes_;
};

std::string_view next_line(std::string_view& rest) {
    const auto end = std::min(rest.find('\n'), rest.size());
    auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    return line;
}

bool is_hex(std::string_view text) {
    return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

} // namespace

TicketKey::TicketKey(crypto::Secret value) : key(std::move(value)) {
    const auto mac = Botan::MessageAuthenticationCode::create_or_throw("HMAC(SHA-256)");
    mac->set_key(key.view().data(), key.size());
    mac->update(reinterpret_cast<const std::uint8_t*>(id_context.data()), id_context.size());
    const auto whole = mac->final();
    std::copy_n(whole.begin(), id.size(), id.begin());
}

TicketKeys load_ticket_keys(const std::filesystem::path& file) {
    struct stat found{};
    if (::stat(file.c_str(), &found) == 0 && (found.st_mode & S_IROTH) != 0)
        throw std::runtime_error(file.string() +
                                 ": everybody may read it, and make tickets: chmod o-rwx, and new keys");
    const Contents contents(file);
    TicketKeys keys;
    std::size_t number = 0;
    for (auto rest = contents.text(); !rest.empty();) {
        ++number;
        const auto line = next_line(rest);
        if (line.empty() || line.front() == '#') continue;
        if (line.size() != 2 * TicketKey::size || !is_hex(line))
            throw std::runtime_error(file.string() + ":" + std::to_string(number) +
                                     ": not 64 hexadecimal digits, such as 'openssl rand -hex 32' prints");
        keys.emplace_back(crypto::Secret(Botan::hex_decode_locked(line.data(), line.size())));
    }
    if (keys.empty()) throw std::runtime_error(file.string() + ": no key in it: a line of 64 hexadecimal digits");
    return keys;
}

TicketKey random_ticket_key(Botan::RandomNumberGenerator& rng) {
    crypto::Secret key(TicketKey::size);
    rng.randomize(key.writable().data(), key.size());
    return TicketKey(std::move(key));
}

} // namespace cifra::server
