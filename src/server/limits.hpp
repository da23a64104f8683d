// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// PROTOCOL.md section 9: what somebody who is not logged in may take of the server. No sockets and no clock: addresses
// and times are handed in.
#pragma once

#include "server/config.hpp"

#include <array>
#include <chrono>
#include <compare>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

namespace cifra::server {

// Who counts as one: an IPv4 address, or an IPv6 /64.
class AddressKey {
  public:
    static AddressKey v4(const std::array<std::uint8_t, 4>& address) noexcept;
    // An IPv4 address in IPv6 clothes (::ffff:a.b.c.d) is that IPv4 address.
    static AddressKey v6(const std::array<std::uint8_t, 16>& address) noexcept;
    auto operator<=>(const AddressKey&) const = default;

  private:
    bool is_v6_ = false;
    std::array<std::uint8_t, 8> bytes_{};
};

enum class Admission { admitted, address_limit, ramp, full };
std::string_view name_of(Admission admission) noexcept;

// Counts connections that are not logged in yet. Any thread may call; a Place may outlive this.
class HalfOpen {
  public:
    struct Counters {
        std::uint64_t admitted = 0;
        std::uint64_t refused_address_limit = 0;
        std::uint64_t refused_ramp = 0;
        std::uint64_t refused_full = 0;
        std::uint32_t present = 0;
        std::uint32_t highest = 0;
    };

    // A connection's place among the half-open ones: given back by leave() at OK, or by the destructor.
    class Place {
      public:
        Place() = default;
        Place(Place&& other) noexcept = default;
        Place& operator=(Place&& other) noexcept;
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place() { leave(); }
        void leave() noexcept;

      private:
        friend class HalfOpen;
        struct Shared;
        std::shared_ptr<Shared> shared_;
        AddressKey address_;
    };

    // `random` gives numbers from 0 to below 1.
    HalfOpen(const Config::Login& limits, std::function<double()> random);

    Admission admit(const AddressKey& address, Place& place);
    Counters counters() const;
    // Of new connections; what is there stays.
    void set_limits(const Config::Login& limits);

  private:
    using Shared = Place::Shared;
    std::shared_ptr<Shared> shared_;
};

// What one connection may take until OK.
class LoginBudget {
  public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::size_t max_bytes = 40 * 1024;

    LoginBudget(const Config::Login& limits, Time accepted) noexcept;

    // False: more than a login needs.
    bool received(std::size_t bytes) noexcept;
    void device_proven(Time now) noexcept;
    Time deadline() const noexcept { return deadline_; }
    bool expired(Time now) const noexcept { return now >= deadline_; }

  private:
    std::chrono::seconds user_timeout_;
    Time deadline_;
    std::size_t bytes_ = 0;
};

} // namespace cifra::server
