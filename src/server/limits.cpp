// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "server/limits.hpp"

#include <algorithm>

namespace cifra::server {

AddressKey AddressKey::v4(const std::array<std::uint8_t, 4>& address) noexcept {
    AddressKey key;
    std::copy(address.begin(), address.end(), key.bytes_.begin());
    return key;
}

AddressKey AddressKey::v6(const std::array<std::uint8_t, 16>& address) noexcept {
    constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::equal(mapped.begin(), mapped.end(), address.begin())) {
        return v4({address[12], address[13], address[14], address[15]});
    }
    AddressKey key;
    key.is_v6_ = true;
    std::copy_n(address.begin(), key.bytes_.size(), key.bytes_.begin());
    return key;
}

std::string_view name_of(Admission admission) noexcept {
    switch (admission) {
        case Admission::admitted:
            return "admitted";
        case Admission::address_limit:
            return "address_limit";
        case Admission::ramp:
            return "ramp";
        case Admission::full:
            return "full";
    }
    return "full";
}

struct HalfOpen::Place::Shared {
    mutable std::mutex mutex;
    Config::Login limits;
    std::function<double()> random;
    std::map<AddressKey, std::uint32_t> by_address;
    Counters counters;

    Admission decide(const AddressKey& address) {
        const auto n = counters.present;
        if (n >= limits.ramp_full) return Admission::full;
        const auto found = by_address.find(address);
        if (found != by_address.end() && found->second >= limits.max_half_open_per_address) {
            return Admission::address_limit;
        }
        if (n < limits.ramp_begin) return Admission::admitted;
        const double first = limits.ramp_percent / 100.0;
        const double along = static_cast<double>(n - limits.ramp_begin) / (limits.ramp_full - limits.ramp_begin);
        return random() < first + (1 - first) * along ? Admission::ramp : Admission::admitted;
    }

    void count(Admission admission) {
        switch (admission) {
            case Admission::admitted:
                ++counters.admitted;
                break;
            case Admission::address_limit:
                ++counters.refused_address_limit;
                break;
            case Admission::ramp:
                ++counters.refused_ramp;
                break;
            case Admission::full:
                ++counters.refused_full;
                break;
        }
    }
};

HalfOpen::Place& HalfOpen::Place::operator=(Place&& other) noexcept {
    if (this != &other) {
        leave();
        shared_ = std::move(other.shared_);
        address_ = other.address_;
    }
    return *this;
}

void HalfOpen::Place::leave() noexcept {
    const auto shared = std::exchange(shared_, nullptr);
    if (!shared) return;
    const std::lock_guard lock(shared->mutex);
    --shared->counters.present;
    const auto found = shared->by_address.find(address_);
    if (--found->second == 0) shared->by_address.erase(found);
}

HalfOpen::HalfOpen(const Config::Login& limits, std::function<double()> random) : shared_(std::make_shared<Shared>()) {
    shared_->limits = limits;
    shared_->random = std::move(random);
}

Admission HalfOpen::admit(const AddressKey& address, Place& place) {
    Place next;
    const auto admission = [&] {
        const std::lock_guard lock(shared_->mutex);
        const auto decided = shared_->decide(address);
        shared_->count(decided);
        if (decided != Admission::admitted) return decided;
        ++shared_->by_address[address];
        ++shared_->counters.present;
        shared_->counters.highest = std::max(shared_->counters.highest, shared_->counters.present);
        next.shared_ = shared_;
        next.address_ = address;
        return decided;
    }();
    place = std::move(next);
    return admission;
}

HalfOpen::Counters HalfOpen::counters() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->counters;
}

void HalfOpen::set_limits(const Config::Login& limits) {
    const std::lock_guard lock(shared_->mutex);
    shared_->limits = limits;
}

LoginBudget::LoginBudget(const Config::Login& limits, Time accepted) noexcept
    : user_timeout_(limits.user_timeout), deadline_(accepted + limits.device_timeout) {}

bool LoginBudget::received(std::size_t bytes) noexcept {
    bytes_ = std::min(bytes_ + std::min(bytes, max_bytes + 1), max_bytes + 1);
    return bytes_ <= max_bytes;
}

void LoginBudget::device_proven(Time now) noexcept { deadline_ = now + user_timeout_; }

} // namespace cifra::server
