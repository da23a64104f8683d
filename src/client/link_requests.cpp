// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// What a logged-in connection is asked for.
#include "client/link.hpp"
#include "crypto/signed_manifest.hpp"

#include <ctime>

namespace cifra::client {

using net::awaitable;

namespace {

constexpr int max_listings = 8; // of a catalogue that changes while it is listed

} // namespace

awaitable<std::optional<proto::Catalogue>> Link::list_page(const proto::Catalogue& before, const std::string& query) {
    const auto request = session_->list(before.revision, before.next_cursor, 0, query);
    if (const auto connection = connection_.lock()) connection->wake();
    if (!request) throw Lost("the session takes no more requests", Exit::lost, "try again");
    co_await until(0, [&] { return catalogues_.contains(*request) || refused_.contains(*request); }, answer_time());
    if (const auto found = refused_.find(*request); found != refused_.end()) {
        if (found->second != proto::ErrorCode::stale_cursor) refused(found->second);
        co_return std::nullopt;
    }
    auto page = std::move(catalogues_[*request]);
    catalogues_.erase(*request);
    if (page.next_cursor != 0 && page.next_cursor <= before.next_cursor)
        throw Failure(Exit::integrity, "the server broke the protocol: its catalogue does not end",
                      "tell its operator");
    co_return page;
}

awaitable<std::optional<std::vector<proto::Entry>>> Link::list_once(const std::string& query) {
    std::vector<proto::Entry> entries;
    proto::Catalogue last;
    do {
        auto page = co_await list_page(last, query);
        if (!page) co_return std::nullopt;
        last = std::move(*page);
        std::move(last.entries.begin(), last.entries.end(), std::back_inserter(entries));
    } while (last.next_cursor != 0);
    co_return entries;
}

awaitable<std::vector<proto::Entry>> Link::list(const std::string& query) {
    for (int i = 0; i < max_listings; ++i) {
        auto entries = co_await list_once(query);
        if (entries) co_return std::move(*entries);
    }
    throw Failure(Exit::refused, "the catalogue changed again and again while it was listed", "try again later");
}

awaitable<proto::Opened> Link::await_opened(std::optional<std::uint32_t> request) {
    if (const auto connection = connection_.lock()) connection->wake();
    if (!request) throw Lost("the session takes no more requests", Exit::lost, "try again");
    co_await until(*request, [&] { return opened_.contains(*request); }, answer_time());
    auto opened = std::move(opened_[*request]);
    opened_.erase(*request);
    co_return opened;
}

awaitable<proto::Opened> Link::open(proto::Mode mode, const proto::Id16& item, const proto::Id16& play) {
    auto opened = co_await await_opened(session_->open_item(mode, item, play));
    demand_publisher(opened);
    co_return opened;
}

// before anything of the item is asked for. Without roots the chunks are still held to the tree that came.
void Link::demand_publisher(const proto::Opened& opened) {
    auto* publishers = identity_.publishers();
    if (publishers == nullptr) return;
    const auto& manifest = opened.manifest;
    if (!opened.is_signed())
        throw Failure(Exit::not_trusted,
                      "no publisher has signed '" + manifest.name + "', and publisher_roots asks for one",
                      "tell the server's operator; or leave publisher_roots out of the configuration to take what is "
                      "not signed");
    std::string detail;
    const auto peer =
        crypto::verify_manifest(proto::encode(manifest), opened.signature, *publishers, std::time(nullptr), &detail);
    if (peer) return;
    const bool altered = peer.error() == crypto::ChainFault::bad_signature;
    const auto what = altered ? "it does not verify" : "the certificate: " + std::string(describe(peer.error()));
    throw Failure(Exit::not_trusted,
                  "the publisher's signature on '" + manifest.name + "' does not hold: " + what +
                      (detail.empty() ? "" : " (" + detail + ")"),
                  "nothing of it was fetched; tell the server's operator");
}

awaitable<proto::LicenceReply> Link::licence(proto::LicenceAction action, const proto::Id16& item,
                                             std::string voucher) {
    const auto request = session_->licence(action, item, std::move(voucher));
    if (const auto connection = connection_.lock()) connection->wake();
    if (!request) throw Lost("the session takes no more requests", Exit::lost, "try again");
    co_await until(*request, [&] { return licences_.contains(*request); }, answer_time());
    const auto reply = licences_[*request];
    licences_.erase(*request);
    co_return reply;
}

awaitable<proto::Opened> Link::open_upload(const proto::Upload& upload) {
    co_return co_await await_opened(session_->open_upload(upload));
}

void Link::read(std::uint32_t stream, std::uint64_t first, std::uint32_t count, ChunkSink sink) {
    sinks_[stream] = std::move(sink);
    session_->read(stream, first, count);
    if (const auto connection = connection_.lock()) connection->wake();
}

void Link::extend(std::uint32_t stream, std::uint32_t count) {
    session_->extend(stream, count);
    if (const auto connection = connection_.lock()) connection->wake();
}

void Link::fill_from(std::uint32_t stream, ChunkFiller filler) {
    fillers_[stream] = std::move(filler);
    if (const auto connection = connection_.lock()) connection->wake();
}

awaitable<void> Link::close(std::uint32_t stream, std::chrono::seconds more) {
    session_->close_stream(stream);
    if (const auto connection = connection_.lock()) connection->wake();
    co_await until(stream, [&] { return closed_.contains(stream); }, answer_time() + more);
    sinks_.erase(stream);
    fillers_.erase(stream);
    if (!closed_[stream])
        throw Failure(Exit::integrity, "client and server counted different numbers of chunks",
                      "try again; report it if it stays");
}

void Link::leave() {
    on_interrupt_ = {};
    sinks_.clear();
    fillers_.clear();
    if (const auto connection = connection_.lock()) {
        session_->bye(std::chrono::steady_clock::now());
        connection->wake();
    }
}

awaitable<void> Link::bye() {
    const auto self = shared_from_this();
    leave();
    while (!end_) co_await changed();
}

} // namespace cifra::client
