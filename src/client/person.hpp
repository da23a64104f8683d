// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The key of the person: chosen when a server asks for one, and opened when it must sign, not before.
#pragma once

#include "client/prompt.hpp"
#include "client/settings.hpp"
#include "crypto/certificate.hpp"

#include <atomic>
#include <chrono>
#include <mutex>

namespace cifra::client {

// What the server takes.
struct Wanted {
    std::vector<Bytes> issuers;  // DER names; empty: it does not say
    std::vector<Scheme> schemes; // empty: any
    bool card = false;           // only a card will do
};

// choose() and the signer that it gives block for as long as a slow typist or a hung card likes, and throw Failure:
// they are called aside, one after the other, by who holds the Person by shared_ptr.
class Person {
  public:
    virtual ~Person() = default;
    virtual const crypto::Credential& choose(const Wanted& wanted) = 0;
    virtual bool is_card() const = 0;
    // Whether the one that was chosen is in some reader now. Blocks.
    virtual bool is_there() const { return true; }

    // A URI that chooses the same again; empty for a file.
    virtual std::string selector() const { return {}; }

    // From any thread: nobody waits for choose() or a signature any more, which then ends when it can.
    virtual void cancel() { cancelled_ = true; }
    // Held by whoever calls choose() or signs.
    std::mutex& turn() { return turn_; }

    // Until when an answer can be expected: people have all the time that the server gives them, things have not.
    virtual std::chrono::steady_clock::time_point patience() const;

  protected:
    // Somebody is being asked, for as long as it lives.
    class Asking {
      public:
        explicit Asking(Person& person) : person_(person) { ++person_.asking_; }
        Asking(const Asking&) = delete;
        Asking& operator=(const Asking&) = delete;
        ~Asking() {
            person_.work();
            --person_.asking_;
        }

      private:
        Person& person_;
    };
    // A thing begins to work.
    void work() { working_since_ = std::chrono::steady_clock::now(); }

    std::atomic<bool> cancelled_{false};

  private:
    std::mutex turn_;
    std::atomic<int> asking_{0};
    std::atomic<std::chrono::steady_clock::time_point> working_since_{std::chrono::steady_clock::now()};
};

// What a person logs in with, by the settings; the certificate in a file and the form of its key are looked at now.
// Throws Failure. Without a prompter nobody is asked on a terminal.
std::shared_ptr<Person> make_person(const Settings& settings, Prompter* prompter, Terminal* terminal);
std::shared_ptr<Person> make_card_person(const Settings& settings, Prompter* prompter, Terminal* terminal);

} // namespace cifra::client
