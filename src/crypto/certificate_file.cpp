// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate_file.hpp"

#include <botan/pem.h>

#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <system_error>

namespace cifra::crypto {

std::string read_text_file(const std::filesystem::path& file, std::size_t limit) {
    std::error_code failure;
    if (std::filesystem::is_directory(file, failure))
        throw std::runtime_error(file.string() + ": is a folder, not a file");
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::system_error(errno, std::generic_category(), file.string());
    std::string text;
    constexpr std::size_t step = 1U << 20U;
    while (in && text.size() <= limit) {
        const auto before = text.size();
        text.resize(before + step);
        in.read(text.data() + before, step);
        text.resize(before + static_cast<std::size_t>(in.gcount()));
    }
    if (in.bad()) throw std::system_error(errno, std::generic_category(), file.string());
    if (text.size() > limit)
        throw std::runtime_error(file.string() + ": larger than " + std::to_string(limit >> 20U) + " MiB");
    return text;
}

std::string state_of_file(const std::filesystem::path& file) {
    struct stat status{};
    if (::stat(file.c_str(), &status) != 0) return "?";
    std::string state;
    for (const auto value : {std::int64_t{status.st_mtim.tv_sec}, std::int64_t{status.st_mtim.tv_nsec},
                             std::int64_t{status.st_ctim.tv_sec}, std::int64_t{status.st_ctim.tv_nsec},
                             static_cast<std::int64_t>(status.st_size), static_cast<std::int64_t>(status.st_ino)}) {
        state += std::to_string(value) + ' ';
    }
    return state;
}

std::vector<Bytes> read_certificates(const std::filesystem::path& pem) {
    constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
    constexpr std::string_view end = "-----END CERTIFICATE-----";
    const auto text = read_text_file(pem);
    std::vector<Bytes> certificates;
    for (auto from = text.find(begin); from != std::string::npos; from = text.find(begin, from + 1)) {
        try {
            const auto to = text.find(end, from);
            if (to == std::string::npos) throw std::invalid_argument("no END line");
            const auto der =
                Botan::PEM_Code::decode_check_label(text.substr(from, to + end.size() - from), "CERTIFICATE");
            certificates.emplace_back(der.begin(), der.end());
        } catch (const std::exception&) {
            throw std::runtime_error(pem.string() + ": certificate " + std::to_string(certificates.size() + 1) +
                                     ": damaged PEM");
        }
    }
    if (certificates.empty()) {
        throw std::runtime_error(pem.string() +
                                 ": no certificate in it (a line \"-----BEGIN CERTIFICATE-----\" is expected)");
    }
    return certificates;
}

} // namespace cifra::crypto
