// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// One session, without sockets, clocks or threads: bytes and a time go in, events and bytes come out. What client and
// server share: frames, records, rotation, streams, silence and the end. The handshakes are in client_session and
// server_session.
#pragma once

#include "crypto/certificate.hpp"
#include "crypto/key_exchange.hpp"
#include "crypto/key_schedule.hpp"
#include "crypto/record.hpp"
#include "proto/frame.hpp"
#include "states/buffer.hpp"
#include "states/events.hpp"
#include "states/machine.hpp"
#include "states/stream.hpp"

#include <chrono>
#include <map>
#include <optional>

namespace cifra::states {

inline constexpr std::uint64_t max_records = std::uint64_t{1} << 20; // under one epoch

using Instant = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

// Where the bytes of DATA come from: the chunk, and its hashes in the tree of a signed item, of another none.
// False: they are not to be had; the driver then calls fail_stream() or close_stream().
class ChunkSource {
  public:
    virtual ~ChunkSource() = default;
    virtual bool read_chunk(std::uint32_t stream, std::uint64_t index, MutableBytes path, MutableBytes chunk) = 0;
};

struct Timing {
    Duration handshake = std::chrono::seconds(10); // to a proven device; for the client, to the server's answer
    Duration user = std::chrono::seconds(120);
    Duration ping_after = std::chrono::seconds(30);
    Duration silence = std::chrono::seconds(90);
    Duration bye = std::chrono::seconds(5);
    Duration held_still = std::chrono::seconds(60);
    Duration held_total = std::chrono::minutes(10);
    Duration session = std::chrono::hours(24);
};

// Counters for logs and metrics; over the whole session.
struct Counters {
    std::uint64_t data_sent = 0, data_received = 0;   // DATA messages
    std::uint64_t bytes_sent = 0, bytes_received = 0; // of chunks
    std::uint64_t rotations = 0;
    std::uint64_t stalls = 0; // times that DATA had to wait for a rotation
};

class Session {
  public:
    virtual ~Session() = default;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // --- input ---
    struct Step {
        std::size_t consumed = 0;
        Event event;
    };
    // Takes at most one frame (with its MAC) from the front of `input` and opens it in place. consumed 0 and
    // event::None: more bytes are needed, or the session waits for an answer to VerifyPeer.
    Step receive(MutableBytes input, Instant now);
    // Bytes still missing for the next frame after receive() took nothing; 0 while the session is not reading.
    std::size_t missing() const { return missing_; }
    bool reading() const;
    // The other side has taken some of what was sent and has not yet got all of it.
    void taken(Instant now);
    // The socket ended, by FIN or by an error.
    Event tcp_ended();
    // Call at deadline() or later.
    Event timeout(Instant now);
    Instant deadline() const;

    // --- output ---
    // Seals what is to be sent behind `out`, up to about `budget` bytes (one record at least): control first, DATA from
    // `source`.
    void produce(Buffer& out, std::size_t budget, ChunkSource& source, Instant now);
    bool has_output() const;
    // Everything was handed to the transport after the session had ended.
    void flushed();

    // --- the end ---
    void bye(Instant now);
    Event fail(proto::ErrorCode code, event::How how, Fault fault); // ERROR(session), then closing

    // --- streams, both sides ---
    // A new window; returns false on a stream that takes none.
    bool read(std::uint32_t stream, std::uint64_t first, std::uint32_t count);
    // A larger count for the window in force.
    bool extend(std::uint32_t stream, std::uint32_t count);
    // So many DATA more may be sent in this stream than before. The first call ends the freedom of a stream to send all
    // that it is asked for; from then on one whose allowance is used up waits for the next, and holds up nothing else.
    // False: no such stream is open.
    bool allow(std::uint32_t stream, std::uint64_t chunks);
    const StreamInfo* stream(std::uint32_t id) const;
    // Chunks of that size that a receiver should let be on their way at most: what was sent before a ROTATE is read
    // before it is answered, and meanwhile the sender uses up what is left of its limit.
    std::uint64_t window(std::uint32_t chunk_size) const;
    // The largest number of bytes of `out` that one record may need.
    std::size_t largest_record() const;

    // --- facts ---
    Role role() const { return machine_.role(); }
    Phase phase() const { return machine_.phase(); }
    Rotation rotation() const { return machine_.rotation(); }
    bool open() const { return phase() == Phase::open; }
    bool ended() const { return phase() == Phase::closing || phase() == Phase::closed; }
    std::uint32_t sending_epoch() const;
    const Agreement& agreement() const { return agreement_; }
    const Counters& counters() const { return counters_; }
    const std::optional<event::Ended>& end() const { return end_; }

  protected:
    Session(Role role, Botan::RandomNumberGenerator& rng, const Timing& timing, Instant now);

    // The handshake of the derived role: a clear frame, an AUTHENTICATE body, the login's OK.
    virtual Event on_clear_frame(proto::FrameType type, ByteView frame, ByteView payload) = 0;
    virtual Event on_authenticate(ByteView body) = 0;
    virtual Event on_login_ok(ByteView body) = 0;
    virtual Event on_enrolment_status(ByteView body) = 0;
    virtual Event on_handshake_timeout() = 0;

    // A message that waits to be sealed; what must go before it is sealed at once, into ready_.
    struct Queued {
        proto::InnerType type{};
        Bytes body;
    };
    void queue(proto::InnerType type, Bytes body) { queue_.push_back({type, std::move(body)}); }
    void seal_now(proto::InnerType type, ByteView body);
    void send_clear(proto::FrameType type, ByteView payload);

    void install_send(crypto::SendSecret secret, std::uint32_t epoch);
    crypto::RecordOpener opener(crypto::ReceiveSecret secret, std::uint32_t epoch) const;
    void install_receive(crypto::ReceiveSecret secret, std::uint32_t epoch);
    void wipe_keys();
    bool advance(On on) { return machine_.advance(on); }
    Event violate(Fault fault);
    // A message for a stream that is not live: the rows of NONE and ENDED decide.
    Event no_live_stream(On on, std::uint32_t id);
    Event finish(event::Ended end);
    void enter_open(Instant now);

    struct SendSide {
        crypto::SequenceNumber number;
        std::optional<crypto::RecordSealer> sealer;
        std::uint64_t chunks = 0, bytes = 0, records = 0; // in this epoch
        bool application = false;
    };
    struct ReceiveSide {
        crypto::SequenceNumber number;
        std::optional<crypto::RecordOpener> opener, next;
        std::uint64_t chunks = 0, bytes = 0, records = 0; // in this epoch
        bool application = false;
        void begin_epoch() {
            chunks = bytes = records = 0;
            application = false;
        }
    };

    Machine machine_;
    Botan::RandomNumberGenerator& rng_;
    Timing timing_;
    Agreement agreement_;
    crypto::Transcript transcript_;
    std::unique_ptr<crypto::KeySchedule> schedule_;
    std::optional<crypto::EphemeralKey> ephemeral_; // the client's of the handshake; the server's of a rotation
    SendSide send_;
    ReceiveSide receive_;
    std::vector<Queued> queue_;
    Buffer ready_;
    bool login_pending_ = false; // server: LoggedIn was told and accept() not yet called
    Instant started_, last_received_, phase_deadline_;
    Counters counters_;
    std::optional<event::Ended> end_;

    // Streams: stream.cpp. The highest id of an OPEN tells ended streams from those that never were.
    std::map<std::uint32_t, StreamInfo> streams_;
    std::uint32_t last_request_ = 0, last_stream_ = 0;

    StreamInfo* live(std::uint32_t id);
    void end_stream(std::uint32_t id) { streams_.erase(id); }
    virtual Event on_application(On on, ByteView body) = 0;
    Event on_read(ByteView body);
    Event on_data(ByteView body);

  private:
    bool frame_legal(proto::FrameType type) const;
    void note_bytes(std::size_t waiting, Instant now);
    bool held() const { return rotation() == Rotation::held || rotation() == Rotation::draining_held; }
    void take_ready(Buffer& out);
    Event on_record(MutableBytes frame, ByteView mac, Instant now);
    Event on_message(On on, ByteView body, Instant now);
    Event on_control(On on, ByteView body, Instant now);
    Event on_error_session(ByteView body);
    Event on_bye(Instant now);
    void refuse_in_clear(proto::ErrorCode code, event::How how);

    void seal(Buffer& out, proto::InnerType type, ByteView body);
    bool seal_data(Buffer& out, StreamInfo& stream, ChunkSource& source, Instant now);
    void produce_data(Buffer& out, std::size_t budget, ChunkSource& source, Instant now);
    std::size_t padding_for(proto::InnerType type, std::size_t body) const;
    StreamInfo* next_sender();

    // Rotation: rotation.cpp.
    bool may_send_data(std::size_t bytes) const;
    void hold(Instant now);
    void consider_rotation(Instant now);
    void start_rotation();
    bool out_of_records() const;
    Event on_rotate(ByteView body, Instant now);
    Event on_rotate_response(ByteView body, Instant now);
    Event on_rotated(Instant now);
    bool rotation_due(Instant now) const;
    std::uint64_t chunk_cap() const;
    std::uint64_t byte_cap() const;

    std::size_t missing_ = 0;
    std::size_t waiting_ = 0; // bytes of a frame that has begun, as of the last receive()
    std::size_t received_before_ok_ = 0;
    std::uint32_t last_sent_stream_ = 0; // round robin
    Bytes rotate_body_;
    Instant epoch_began_, held_since_, last_moved_;
    bool ping_waiting_ = false;
};

} // namespace cifra::states
