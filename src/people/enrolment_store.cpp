// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate_form.hpp"
#include "crypto/private_key_file.hpp"
#include "people/enrolment.hpp"
#include "people/json_text.hpp"

#include <algorithm>
#include <map>
#include <system_error>

namespace cifra::people {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_file = 512U << 10U;
constexpr std::string_view request_end = ".json";
constexpr std::string_view answer_end = ".answer.json";

// Only what an ID can be becomes part of a file's name.
bool is_id(std::string_view text) {
    return text.size() == 20 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

template <class T>
std::optional<T> load(const fs::path& file) {
    try {
        return T::parse(read_file(file, max_file));
    } catch (const std::system_error& failure) {
        if (failure.code() == std::errc::no_such_file_or_directory) return std::nullopt;
        throw;
    } catch (const Wrong& wrong) {
        throw Wrong(file.string() + ": " + wrong.what());
    }
}

// Who counts as one: an IPv4 address, or an IPv6 /64.
std::string place_of(const std::string& address) {
    auto bytes = crypto::parse_address(address);
    if (bytes.empty()) return address;
    if (bytes.size() == 16) bytes.resize(8);
    return {bytes.begin(), bytes.end()};
}

// IDs of the requests in the folder.
std::vector<std::string> ids_in(const fs::path& folder) {
    std::vector<std::string> ids;
    std::error_code failure;
    fs::directory_iterator entries(folder, failure);
    if (failure == std::errc::no_such_file_or_directory) return ids;
    if (failure) throw std::system_error(failure, folder.string());
    for (const auto& entry : entries) {
        const auto name = entry.path().filename().string();
        if (!name.ends_with(request_end)) continue;
        auto id = name.substr(0, name.size() - request_end.size());
        if (is_id(id)) ids.push_back(std::move(id));
    }
    return ids;
}

} // namespace

fs::path EnrolmentStore::request_file(const std::string& id) const { return folder_ / (id + std::string(request_end)); }
fs::path EnrolmentStore::answer_file(const std::string& id) const { return folder_ / (id + std::string(answer_end)); }

EnrolmentStore::Added EnrolmentStore::add(const EnrolmentRequest& request, std::int64_t now_ms) {
    if (!is_id(request.id)) throw Wrong("a request without an ID");
    std::map<std::string, std::vector<std::string>> pending; // IDs by address, the oldest first
    std::size_t total = 0;
    bool known = false;
    for (const auto& one : list()) {
        if (now_ms - one.received_ms > lifetime_ms) {
            remove(one.id);
            continue;
        }
        known = known || one.id == request.id;
        std::error_code ignored;
        if (fs::exists(answer_file(one.id), ignored)) continue;
        pending[place_of(one.address)].push_back(one.id);
        ++total;
    }
    if (known) return Added::known;
    if (pending[place_of(request.address)].size() >= max_pending_per_address) return Added::full;
    if (total >= max_pending) { // those who came in numbers make room first: nobody can keep all others out
        const auto most = std::ranges::max_element(pending, {}, [](const auto& place) { return place.second.size(); });
        if (most->second.size() < 2) return Added::full;
        remove(most->second.front());
    }
    crypto::replace_file(request_file(request.id), request.to_json(), 0644);
    return Added::added;
}

std::optional<EnrolmentRequest> EnrolmentStore::find(const std::string& id) const {
    if (!is_id(id)) return std::nullopt;
    auto request = load<EnrolmentRequest>(request_file(id));
    if (request && request->id != id) throw Wrong(request_file(id).string() + ": holds the request " + request->id);
    return request;
}

std::optional<EnrolmentAnswer> EnrolmentStore::answer(const std::string& id) const {
    if (!is_id(id)) return std::nullopt;
    return load<EnrolmentAnswer>(answer_file(id));
}

std::vector<EnrolmentRequest> EnrolmentStore::list(std::vector<std::string>* damaged) const {
    std::vector<EnrolmentRequest> requests;
    for (const auto& id : ids_in(folder_)) {
        try {
            if (auto request = find(id)) requests.push_back(std::move(*request));
        } catch (const Wrong& wrong) {
            if (damaged != nullptr) damaged->emplace_back(wrong.what());
        }
    }
    std::ranges::sort(requests, {}, [](const EnrolmentRequest& one) { return std::pair(one.received_ms, one.id); });
    return requests;
}

void EnrolmentStore::put_answer(const std::string& id, const EnrolmentAnswer& answer) const {
    if (!is_id(id)) throw Wrong("an answer without an ID");
    crypto::replace_file(answer_file(id), answer.to_json(), 0644);
}

void EnrolmentStore::remove(const std::string& id) const {
    if (!is_id(id)) return;
    std::error_code ignored;
    fs::remove(request_file(id), ignored);
    fs::remove(answer_file(id), ignored);
}

} // namespace cifra::people
