// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// A client's and a server's session with real cryptography, joined by a pipe in memory under a clock of the test's own.
#pragma once

#include "states/client_session.hpp"
#include "states/server_session.hpp"
#include "test/support/pki.hpp"

#include <functional>
#include <map>
#include <string>

namespace cifra::test {

using crypto::Party;
using states::Event;
using states::Instant;
namespace event = states::event;

// What a test may do to a session that no program may: the protected parts, by their names.
struct Peek : states::Session {
    // Seals anything at once, whatever the state says.
    static void seal(Session& session, proto::InnerType type, ByteView body) {
        (session.*(&Peek::seal_now))(type, body);
    }
    static std::uint64_t& send_number(Session& session) { return (session.*(&Peek::send_)).number.value; }
    static std::uint64_t& send_records(Session& session) { return (session.*(&Peek::send_)).records; }
    static std::uint64_t& received_records(Session& session) { return (session.*(&Peek::receive_)).records; }
    static bool can_seal(Session& session) { return (session.*(&Peek::send_)).sealer.has_value(); }
    static std::size_t queued(Session& session) { return (session.*(&Peek::queue_)).size(); }
    static bool keys_wiped(Session& session) {
        const auto& receive = session.*(&Peek::receive_);
        return !can_seal(session) && !receive.opener && !receive.next && !(session.*(&Peek::schedule_)) &&
               !(session.*(&Peek::ephemeral_));
    }
    static bool expects_next_epoch(Session& session) { return (session.*(&Peek::receive_)).next.has_value(); }
};

// Byte `at` of chunk `index` of every item of these tests.
void fill(std::uint64_t index, MutableBytes out);

struct Item {
    std::uint64_t size = 0;
    std::uint32_t chunk_size = proto::min_chunk;
    bool is_signed = false;
};
// Of an item as fill() has it, in chunks of that size.
crypto::HashTree tree_of(const Item& form);
// What a server says of it; its signature is none, which is for the driver to find out.
proto::Opened opened_of(std::uint32_t request, std::uint8_t item, const Item& form);

struct Options {
    Suite suite = Suite::aes128_gcm_sha256;
    std::vector<Group> client_groups{Group::x25519}, server_groups{Group::x25519};
    bool user = true;
    bool enrol = false;          // the device asks for a certificate
    bool takes_enrolment = true; // and the server hears it
    Bytes ticket;                // the client's
    bool takes_tickets = true;   // and the server's will
    bool hold_choice = false;    // ChooseUser waits for the test
    proto::RotationPolicy rotation{128, 0, 0, false};
    proto::Padding client_padding = proto::Padding::none, server_padding = proto::Padding::none;
    std::uint32_t chunk_limit = proto::min_chunk;
    std::uint32_t session_seconds = 24 * 3600;
    std::size_t feed = 0;                            // bytes handed to receive() more each time; 0: all there are
    std::size_t budget = 64 * 1024;                  // of produce()
    std::vector<Party> hold_verdict, hold_signature; // questions that wait for Pair::answer()
    bool accept = true;                              // and LoggedIn
    bool answer = true;                              // the server answers requests and uploads
    std::uint32_t window = 0xFFFF'FFFFU;             // of the server's READ of an upload, in chunks; 0: none
    std::vector<Item> items;
    std::optional<crypto::Credential> server_credential, device_credential,
        user_credential; // in place of the right ones
    const crypto::Credential& credential(Party party) const;
};

// One session with what came of it.
struct Side : states::ChunkSource {
    explicit Side(states::Session& of) : session(of) {}
    bool read_chunk(std::uint32_t stream, std::uint64_t index, MutableBytes path, MutableBytes chunk) override;

    states::Session& session;
    states::Buffer out; // sealed, not yet on its way
    Bytes in;           // arrived
    std::size_t frames_sent = 0;
    std::vector<Event> events;                                      // but for None, MaySend and ChunkArrived
    std::map<std::uint32_t, std::vector<std::uint64_t>> chunks;     // delivered, by stream
    bool content_right = true;                                      // of all of them
    std::map<std::uint32_t, crypto::HashTree> trees;                // of signed items, by stream
    std::function<bool(std::uint32_t, std::uint64_t)> source_fails; // for read_chunk
    std::optional<Event> question;        // a VerifyPeer, VerifyTicket, EnrolmentAsked, ChooseUser or Sign that waits
    std::size_t delivered = 0, moved = 0; // chunks; bytes taken from the pipe

    template <class Kind>
    const Kind* last() const {
        for (auto at = events.rbegin(); at != events.rend(); ++at)
            if (const auto* found = std::get_if<Kind>(&*at)) return found;
        return nullptr;
    }
    template <class Kind>
    std::size_t count() const {
        return static_cast<std::size_t>(
            std::count_if(events.begin(), events.end(), [](const auto& e) { return std::holds_alternative<Kind>(e); }));
    }
};

class Pair {
  public:
    explicit Pair(Options options = {});
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;

    void start();
    // Moves what there is to move, both ways, until nothing moves any more.
    void run();
    // Start, run, and both are open.
    void log_in();
    // The session makes its bytes; they stay in out.
    void produce(Role who);
    // What `from` has sealed goes to the other side and is received there.
    void carry(Role from);
    void receive(Role who);
    // Bytes of the test's own making arrive there.
    void inject(Role at, ByteView bytes);
    // Answers the question that waits, as the options would have done.
    void answer(Role who);
    void take(Role who, Event event);
    // The clock goes on; deadlines fire in order, and bytes move if `moving`.
    void pass(states::Duration time, bool moving = true);
    void hang_up(Role who); // TCP ends under it
    // Both linger no longer.
    void flush();

    Side& side(Role role) { return role == Role::client ? at_client : at_server; }
    states::Session& session(Role role) { return side(role).session; }
    std::uint32_t open(std::uint8_t item, proto::Mode mode = proto::Mode::save);
    std::uint32_t upload(std::uint64_t size, std::uint32_t chunk_size = proto::min_chunk);
    // OPEN, READ of everything, CLOSE; the stream's id.
    std::uint32_t download(std::uint8_t item);

    Options options;
    Instant now{};
    states::ClientSession client;
    states::ServerSession server;
    Side at_client{client}, at_server{server};
    // Sees each frame (with its MAC) on its way; gives what arrives in its stead.
    using Filter = std::function<std::vector<Bytes>(Role from, std::size_t index, Bytes frame)>;
    Filter filter;

  private:
    void take_server(Event& event);
    void verify(Role who, const event::VerifyPeer& ask);
    void look_at_ticket(const event::VerifyTicket& ask);
    void enrol(const event::EnrolmentAsked& ask);
    void sign(const event::Sign& ask);
};

// Whole frames, each SECURE_X with the MAC behind it.
std::vector<Bytes> split_frames(ByteView bytes);
Bytes join(const std::vector<Bytes>& parts);
proto::Id16 item_id(std::uint8_t item);
proto::Manifest manifest_of(std::uint8_t item, const Item& form);
proto::Upload upload_of(std::uint64_t size, std::uint32_t chunk_size);

std::shared_ptr<const states::ServerPolicy> policy_of(const Options& options);
states::ClientOffer offer_of(const Options& options);

const std::vector<Suite>& all_suites();

} // namespace cifra::test
