// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Uploads of one connection. The network thread only copies; the disk is waited for elsewhere, and a window says how
// much may be on its way there.
#include "server/guarded.hpp"
#include "server/visitor.hpp"

namespace cifra::server {

using proto::ErrorCode;

namespace {
constexpr std::uint64_t window_bytes = 8 << 20; // received and not yet written, an upload
}

void Visitor::open_upload(const proto::Open& open) {
    const UploadIdentity identity{upload_owner(session_.person(), session_.device()), open.upload.name,
                                  open.upload.size, open.upload.chunk_size, open.upload.sha256};
    // A connection that ends lets go of us, and then nothing is read for it.
    const auto left = [self = weak_from_this()] { return self.expired(); };
    service_.upload_queue.begin(identity, left, [weak = weak_from_this(), open](UploadQueue::Begun outcome) {
        const auto self = weak.lock();
        if (!self) return;
        net::asio::post(self->executor_,
                        [self, open, outcome = std::move(outcome)] { self->upload_opened(open, outcome); });
    });
}

void Visitor::upload_opened(const proto::Open& open, const Outcome<std::shared_ptr<Upload>>& outcome) {
    if (!outcome) {
        log(Level::warning, "upload_refused",
            {{"connection", number_}, {"name", open.upload.name}, {"code", proto::text_of(outcome.error()).name}});
        session_.refuse(open.request, outcome.error());
        return wake();
    }
    proto::Manifest manifest;
    manifest.item = item_id(open.upload.name);
    manifest.name = open.upload.name;
    manifest.size = open.upload.size;
    manifest.chunk_size = open.upload.chunk_size;
    manifest.sha256 = open.upload.sha256;
    const auto durable = (*outcome)->durable_chunks();
    const auto chunks = proto::chunk_count(manifest.size, manifest.chunk_size);
    Incoming incoming{*outcome, std::make_shared<DiskStrand>(service_.disk.get_executor()), durable, chunks, false};
    if (!session_.reply_opened(proto::plain_opened(open.request, manifest, durable))) {
        leave(incoming);
        session_.refuse(open.request, ErrorCode::too_large); // a chunk size above what was agreed
        return wake();
    }
    log(Level::info, "upload",
        {{"connection", number_},
         {"device", session_.device()},
         {"person", session_.person()},
         {"name", manifest.name},
         {"size", manifest.size},
         {"next_chunk", durable}});
    incoming_[open.request] = std::move(incoming);
    const auto window = upload_window(manifest.chunk_size);
    if (durable < chunks)
        session_.read(open.request, durable, static_cast<std::uint32_t>(std::min(window, chunks - durable)));
    wake();
}

std::uint64_t Visitor::upload_window(std::uint32_t chunk_size) const {
    return std::min(session_.window(chunk_size), std::max<std::uint64_t>(2, window_bytes / chunk_size));
}

void Visitor::take_chunk(std::uint32_t stream, std::uint64_t index, ByteView bytes) {
    const auto found = incoming_.find(stream);
    if (found == incoming_.end() || found->second.failed) return;
    post_guarded(*found->second.strand, "write",
                 [self = shared_from_this(), upload = found->second.upload, stream, index,
                  copy = Bytes(bytes.begin(), bytes.end())] {
                     const auto outcome = guarded_outcome<void>("write", [&] { return upload->write(index, copy); });
                     net::asio::post(self->executor_,
                                     [self, stream, index, outcome] { self->chunk_written(stream, index, outcome); });
                 });
}

void Visitor::chunk_written(std::uint32_t stream, std::uint64_t index, const Outcome<void>& outcome) {
    const auto found = incoming_.find(stream);
    if (found == incoming_.end() || found->second.failed) return;
    auto& incoming = found->second;
    if (!outcome) {
        incoming.failed = true;
        log(Level::error, "upload_failed",
            {{"connection", number_},
             {"name", incoming.upload->identity().name},
             {"code", proto::text_of(outcome.error()).name}});
        session_.fail_stream(stream, outcome.error());
        end_stream(stream);
        return wake();
    }
    const auto* info = session_.stream(stream);
    const auto window = upload_window(static_cast<std::uint32_t>(incoming.upload->identity().chunk_size));
    const auto end = std::min(incoming.chunks, index + 1 + window);
    // A quarter of a window at a time: a READ for every chunk would cost more than it brings.
    if (info != nullptr && end > info->end && (end == incoming.chunks || end >= info->end + (window + 3) / 4))
        session_.extend(stream, static_cast<std::uint32_t>(end - incoming.first));
    wake();
}

void Visitor::finish_upload(std::uint32_t stream, bool counts_agree) {
    const auto found = incoming_.find(stream);
    if (found == incoming_.end()) return;
    if (!counts_agree) {
        log(Level::error, "upload_failed",
            {{"connection", number_},
             {"name", found->second.upload->identity().name},
             {"code", proto::text_of(ErrorCode::hash_mismatch).name}});
        session_.fail_stream(stream, ErrorCode::hash_mismatch);
        end_stream(stream);
        return wake();
    }
    post_guarded(*found->second.strand, "finish", [self = shared_from_this(), upload = found->second.upload, stream] {
        const auto outcome = guarded_outcome<void>("finish", [&] { return upload->finish(); });
        net::asio::post(self->executor_, [self, upload, stream, outcome] {
            const auto& name = upload->identity().name;
            if (outcome)
                log(Level::info, "stored",
                    {{"connection", self->number_}, {"name", name}, {"size", upload->identity().size}});
            else
                log(Level::error, "upload_failed",
                    {{"connection", self->number_}, {"name", name}, {"code", proto::text_of(outcome.error()).name}});
            if (outcome)
                self->session_.accept_upload(stream);
            else
                self->session_.fail_stream(stream, outcome.error());
            self->end_stream(stream);
            self->wake();
        });
    });
}

void Visitor::leave(const Incoming& incoming) {
    post_guarded(*incoming.strand, "leave", [upload = incoming.upload] { upload->leave(); });
}

} // namespace cifra::server
