// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/upload_store_files.hpp"

#include "server/log.hpp"

#include <sys/stat.h>

#include <botan/hex.h>
#include <boost/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cifra::server {

namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// Null when there is none, or it is no JSON.
json::value load_json(const fs::path& file, std::size_t limit) {
    Bytes contents;
    if (!read_file(file, limit, contents)) return nullptr;
    boost::system::error_code error;
    auto value = json::parse({reinterpret_cast<const char*>(contents.data()), contents.size()}, error);
    return error ? json::value(nullptr) : value;
}

// Throws std::exception when a member is missing or of another type.
PartialMeta meta_from(const json::value& value) {
    const auto& object = value.as_object();
    PartialMeta meta;
    meta.identity.owner = json::value_to<std::string>(object.at("owner"));
    meta.identity.name = json::value_to<std::string>(object.at("name"));
    meta.identity.size = object.at("size").to_number<std::uint64_t>();
    meta.identity.chunk_size = object.at("chunk_size").to_number<std::uint32_t>();
    const auto digest = Botan::hex_decode(json::value_to<std::string>(object.at("sha256")));
    if (digest.size() != meta.identity.sha256.size()) throw std::invalid_argument("sha256");
    std::copy(digest.begin(), digest.end(), meta.identity.sha256.begin());
    meta.durable = object.at("durable").to_number<std::uint64_t>();
    return meta;
}

bool is_key(std::string_view name) {
    return name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

} // namespace

bool load_partial(const fs::path& folder, PartialMeta& meta) {
    try {
        meta = meta_from(load_json(folder / "meta.json", 65'536));
    } catch (const std::exception&) {
        return false;
    }
    const auto& identity = meta.identity;
    return identity.key() == folder.filename().string() &&
           meta.durable <= proto::chunk_count(identity.size, identity.chunk_size);
}

int save_partial(const fs::path& folder, const PartialMeta& meta) {
    const auto& identity = meta.identity;
    const json::value value{{"owner", identity.owner},        {"name", identity.name},
                            {"size", identity.size},          {"chunk_size", identity.chunk_size},
                            {"sha256", hex(identity.sha256)}, {"durable", meta.durable}};
    return replace_file(folder / "meta.json", as_bytes(json::serialize(value)));
}

std::map<std::string, PartialMeta> load_partials(const fs::path& uploads) {
    std::map<std::string, PartialMeta> partials;
    for (const auto& entry : fs::directory_iterator(uploads)) {
        const auto key = entry.path().filename().string();
        if (!is_key(key)) continue;
        PartialMeta meta;
        std::error_code error;
        if (load_partial(entry.path(), meta) && fs::is_regular_file(entry.path() / "data", error)) {
            partials.emplace(key, std::move(meta));
        } else {
            log(Level::warning, "partial upload cannot go on; removed", {{"key", key}});
            fs::remove_all(entry.path(), error);
        }
    }
    return partials;
}

UploadOwners::UploadOwners(fs::path file) : file_(std::move(file)) {
    std::error_code error;
    if (!fs::exists(file_, error)) return;
    try {
        const auto all = load_json(file_, 1 << 30);
        for (const auto& value : all.as_array()) {
            const auto& object = value.as_object();
            by_key_[json::value_to<std::string>(object.at("key"))] = {json::value_to<std::string>(object.at("owner")),
                                                                      json::value_to<std::string>(object.at("name")),
                                                                      object.at("size").to_number<std::uint64_t>()};
        }
    } catch (const std::exception&) {
        by_key_.clear();
        auto aside = file_;
        aside += ".damaged";
        fs::rename(file_, aside, error);
        log(Level::error, "the index of uploads' owners is damaged; quotas start from nothing",
            {{"kept as", aside.string()}});
    }
}

int UploadOwners::save() const {
    json::array all;
    for (const auto& [key, upload] : by_key_) {
        all.push_back({{"key", key}, {"owner", upload.owner}, {"name", upload.name}, {"size", upload.size}});
    }
    return replace_file(file_, as_bytes(json::serialize(all)));
}

int UploadOwners::add(const std::string& key, const FinishedUpload& upload) {
    const auto before = by_key_;
    by_key_[key] = upload;
    const int error = save();
    if (error != 0) by_key_ = before;
    return error;
}

int UploadOwners::remove(const std::string& key) { return by_key_.erase(key) != 0 ? save() : 0; }

std::uint64_t UploadOwners::used_bytes(const std::string& owner, const fs::path& media_dir,
                                       const std::function<bool(const std::string& key)>& except) {
    std::uint64_t used = 0;
    for (auto at = by_key_.begin(); at != by_key_.end();) {
        const auto& upload = at->second;
        struct stat found{};
        if (upload.owner != owner || except(at->first)) {
            ++at;
        } else if (::lstat((media_dir / upload.name).c_str(), &found) == 0 && S_ISREG(found.st_mode) &&
                   static_cast<std::uint64_t>(found.st_size) == upload.size) {
            used += charged(upload.size);
            ++at;
        } else {
            at = by_key_.erase(at); // the operator took it away; written down with the next change
        }
    }
    return used;
}

} // namespace cifra::server
