// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Where listeners without certificates leave their requests, and learn what the operator made of them. All of it waits
// for the disk, on a thread of its own: who asks has proven nothing but a key.
#pragma once

#include "people/enrolment.hpp"
#include "proto/handshake.hpp"
#include "proto/messages.hpp"

#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <functional>
#include <optional>

namespace cifra::server {

// The roots that enrolment hands out, as they fit into an answer. Throws std::runtime_error naming the file.
std::vector<Bytes> load_server_roots(const std::filesystem::path& file);

class EnrolmentDesk {
  public:
    explicit EnrolmentDesk(const std::filesystem::path& state_dir);

    struct Answer {
        proto::EnrolmentStatus status;
        std::string_view outcome; // for the log: added, pending, approved, refused, full, malformed
        std::string reason;       // likewise, or empty
    };
    // `asked` is signed by the key of its device request. Throws when the disk fails. `roots`: for whom is approved.
    Answer ask(const proto::Enrolment& asked, const std::string& address, const std::vector<Bytes>& roots,
               std::int64_t now_ms);
    // The same on the desk's thread. `done` is called there, with nothing when it threw, which is logged.
    // More than max_waiting wait: `done` is called at once, with a refusal.
    using Done = std::function<void(const std::optional<Answer>&)>;
    static constexpr int max_waiting = 32;
    void ask_later(proto::Enrolment asked, std::string address, std::vector<Bytes> roots, std::int64_t now_ms,
                   Done done);
    // Waits for what goes on, behind which nothing more is begun.
    void join();

  private:
    Answer answer_to(const std::string& id, const std::vector<Bytes>& roots, std::string_view otherwise) const;

    std::filesystem::path folder_;
    people::EnrolmentStore store_;
    std::atomic<int> waiting_{0};
    boost::asio::thread_pool thread_{1}; // last, as its work uses the others
};

} // namespace cifra::server
