// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Plays and saves of one connection: what is sent, and what the ledger is told of it. The network thread waits neither
// for the disk's ledger nor for its database; a stream without an allowance just does not send.
#include "server/visitor.hpp"

namespace cifra::server {

using proto::ErrorCode;

namespace {

constexpr std::chrono::seconds heartbeat{30};
constexpr std::chrono::seconds ledger_pause{2}; // until a lease is asked for again while the database is away

licence::Right right_of(proto::Mode mode) {
    return mode == proto::Mode::play ? licence::Right::play : licence::Right::save;
}

} // namespace

// Devices without a person are lent to by their own name, which no person can have.
std::string Visitor::borrower() const {
    return session_.person().empty() ? "device:" + session_.device() : session_.person();
}

void Visitor::open_download(const proto::Open& open) {
    const auto snapshot = service_.catalogue.snapshot();
    const auto item = snapshot->find(open.item);
    if (!item) return refuse_open(open, ErrorCode::unavailable);
    // The file first: nobody pays for what cannot be read.
    auto source = service_.media.open(*item);
    if (!source) {
        log(Level::warning, "unreadable",
            {{"connection", number_}, {"item", item->manifest.name}, {"code", proto::text_of(source.error()).name}});
        if (source.error() == ErrorCode::changed) service_.rescan_soon();
        // CHANGED is a matter of streams: before one begins, the client may simply ask again.
        return refuse_open(open, source.error() == ErrorCode::changed ? ErrorCode::busy : source.error());
    }
    const auto chunk_size = std::min(item->manifest.chunk_size, session_.agreement().chunk_limit);
    Outgoing outgoing{*source, chunk_size, item->manifest.name, {}, 0, 0, false};
    if (!service_.lending) return send_item(open, *item, std::move(outgoing), {});
    Lending::Wish wish{borrower(),
                       item->manifest.name,
                       open.item,
                       open.play,
                       right_of(open.mode),
                       item->manifest.duration_ms,
                       proto::chunk_count(item->manifest.size, chunk_size)};
    service_.lending->begin(std::move(wish), [weak = weak_from_this(), lending = service_.lending.get(), open, item,
                                              outgoing = std::move(outgoing)](Outcome<Lending::Play> play) mutable {
        const auto self = weak.lock();
        // Nobody is there any more to whom it could be sent; it may be taken up again.
        if (!self) return play ? lending->end(*play, 0, false) : void();
        net::asio::post(self->executor_, [self, open, item, outgoing = std::move(outgoing), play]() mutable {
            self->licensed(open, *item, std::move(outgoing), play);
        });
    });
}

void Visitor::refuse_open(const proto::Open& open, ErrorCode code) {
    session_.refuse(open.request, code);
    wake();
}

void Visitor::licensed(const proto::Open& open, const Item& item, Outgoing outgoing,
                       const Outcome<Lending::Play>& play) {
    if (!play) return refuse_open(open, play.error());
    outgoing.play = *play;
    send_item(open, item, std::move(outgoing), play->terms);
}

void Visitor::send_item(const proto::Open& open, const Item& item, Outgoing outgoing, const proto::Terms& terms) {
    proto::Opened opened;
    opened.request = open.request;
    opened.chunk_size = outgoing.chunk_size;
    opened.terms = terms;
    // What is signed says what chunks suit the item best; what is not says what this stream's are.
    opened.manifest = item.sealed ? item.manifest : manifest_for(item, outgoing.chunk_size);
    if (item.sealed) opened.signature = item.sealed->signature;
    if (!session_.reply_opened(opened)) return drop_play(outgoing, false);
    log(Level::info, open.mode == proto::Mode::play ? "play" : "save",
        {{"connection", number_},
         {"device", session_.device()},
         {"person", session_.person()},
         {"item", item.manifest.name},
         {"resumed", outgoing.play && outgoing.play->resumed ? FieldValue(true) : FieldValue()}});
    if (outgoing.play && outgoing.play->meter.counts()) {
        outgoing.allowed = outgoing.play->chunks;
        session_.allow(open.request, outgoing.allowed);
    }
    auto& running = outgoing_[open.request] = std::move(outgoing);
    // Nothing is left of what was reserved: no chunk will be read that could ask for more.
    if (running.play && running.play->meter.counts() && running.allowed == 0) extend(open.request, running);
    keep_alive();
    wake();
}

bool Visitor::read_chunk(std::uint32_t stream, std::uint64_t index, MutableBytes path, MutableBytes out) {
    const auto found = outgoing_.find(stream);
    if (found == outgoing_.end()) return false;
    auto& outgoing = found->second;
    const auto status = outgoing.source->read_chunk(index, outgoing.chunk_size, path, out);
    if (status == ReadStatus::ok) {
        ++outgoing.sent;
        if (outgoing.play && outgoing.play->meter.counts() && outgoing.allowed - outgoing.sent <= lease_chunks / 2)
            extend(stream, outgoing);
        return true;
    }
    const auto code = status == ReadStatus::changed ? ErrorCode::changed : ErrorCode::read_failed;
    log(Level::error, "unreadable",
        {{"connection", number_}, {"item", outgoing.name}, {"code", proto::text_of(code).name}});
    if (status == ReadStatus::changed) service_.rescan_soon();
    fail_download(stream, code);
    return false;
}

void Visitor::extend(std::uint32_t stream, Outgoing& outgoing) {
    if (std::exchange(outgoing.asking, true)) return;
    service_.lending->extend(
        *outgoing.play, outgoing.sent, [weak = weak_from_this(), stream](const Outcome<std::uint64_t>& chunks) {
            const auto self = weak.lock();
            if (!self) return;
            net::asio::post(self->executor_, [self, stream, chunks] { self->extended(stream, chunks); });
        });
}

void Visitor::extended(std::uint32_t stream, const Outcome<std::uint64_t>& chunks) {
    const auto found = outgoing_.find(stream);
    if (found == outgoing_.end()) return;
    auto& outgoing = found->second;
    outgoing.asking = false;
    if (!chunks) {
        // What has begun goes on as soon as the database is back.
        if (chunks.error() == ErrorCode::ledger_away) return extend_later(stream);
        return fail_download(stream, chunks.error());
    }
    if (*chunks > outgoing.allowed) {
        session_.allow(stream, *chunks - std::exchange(outgoing.allowed, *chunks));
    } else if (outgoing.sent >= outgoing.allowed && more_is_wanted(stream)) {
        return fail_download(stream, ErrorCode::exhausted);
    }
    wake();
}

bool Visitor::more_is_wanted(std::uint32_t stream) const {
    const auto* info = session_.stream(stream);
    return info != nullptr && info->next < info->chunks;
}

void Visitor::extend_later(std::uint32_t stream) {
    const auto timer = std::make_shared<net::asio::steady_timer>(executor_, ledger_pause);
    timer->async_wait([weak = weak_from_this(), timer, stream](net::ErrorCode error) {
        const auto self = weak.lock();
        if (!self || error) return;
        if (const auto found = self->outgoing_.find(stream); found != self->outgoing_.end())
            self->extend(stream, found->second);
    });
}

void Visitor::fail_download(std::uint32_t stream, ErrorCode code) {
    session_.fail_stream(stream, code);
    end_download(stream, false);
    wake();
}

// `over`: its listener has closed it; else it can be taken up again, by another connection, too.
void Visitor::end_download(std::uint32_t stream, bool over) {
    const auto found = outgoing_.find(stream);
    if (found == outgoing_.end()) return;
    drop_play(found->second, over);
    outgoing_.erase(found);
}

void Visitor::drop_play(const Outgoing& outgoing, bool over) {
    if (outgoing.play) service_.lending->end(*outgoing.play, outgoing.sent, over);
}

// A play whose server no longer says that it goes on is soon not counted as running.
void Visitor::keep_alive() {
    if (beating_ || !service_.lending) return;
    beating_ = true;
    heartbeat_.expires_after(heartbeat);
    heartbeat_.async_wait([weak = weak_from_this()](net::ErrorCode error) {
        const auto self = weak.lock();
        if (!self) return;
        self->beating_ = false;
        if (!error) self->beat();
    });
}

void Visitor::beat() {
    for (const auto& [stream, outgoing] : outgoing_) {
        if (!outgoing.play) continue;
        service_.lending->live(outgoing.play->key, [weak = weak_from_this(), id = stream](const Outcome<void>& alive) {
            const auto self = weak.lock();
            if (!self || alive || alive.error() == ErrorCode::ledger_away) return;
            net::asio::post(self->executor_, [self, id, code = alive.error()] {
                if (self->outgoing_.contains(id)) self->fail_download(id, code);
            });
        });
    }
    if (!outgoing_.empty()) keep_alive();
}

void Visitor::answer_licence(const proto::LicenceRequest& asked) {
    if (!service_.lending) {
        // Everything is open; there is nothing to renew, and nothing to return.
        if (!service_.catalogue.snapshot()->find(asked.item)) return tell_terms(asked, ErrorCode::unavailable);
        if (asked.action != proto::LicenceAction::show) return tell_terms(asked, ErrorCode::not_renewable);
        return tell_terms(asked, proto::Terms{});
    }
    if (!service_.catalogue.snapshot()->find(asked.item)) return tell_terms(asked, ErrorCode::unavailable);
    const auto answer = [weak = weak_from_this(), asked](const Outcome<proto::Terms>& terms) {
        const auto self = weak.lock();
        if (self) net::asio::post(self->executor_, [self, asked, terms] { self->tell_terms(asked, terms); });
    };
    switch (asked.action) {
        case proto::LicenceAction::show:
            return service_.lending->look(borrower(), {asked.item},
                                          [answer](const Outcome<std::vector<proto::Terms>>& terms) {
                                              if (!terms) return answer(terms.error());
                                              answer(terms->front());
                                          });
        case proto::LicenceAction::renew:
            return service_.lending->renew(borrower(), asked.item, asked.voucher, answer);
        case proto::LicenceAction::give_back:
            return service_.lending->give_back(borrower(), asked.item, answer);
    }
}

void Visitor::tell_terms(const proto::LicenceRequest& asked, const Outcome<proto::Terms>& terms) {
    if (terms)
        session_.reply(proto::LicenceReply{asked.request, asked.item, *terms});
    else
        session_.refuse(asked.request, terms.error());
    wake();
}

// The page of the catalogue, with what is left of each of its items.
void Visitor::tell_page(proto::Catalogue page) {
    if (!service_.lending) {
        session_.reply(page);
        return wake();
    }
    std::vector<proto::Id16> items;
    items.reserve(page.entries.size());
    for (const auto& entry : page.entries) items.push_back(entry.item);
    service_.lending->look(
        borrower(), std::move(items),
        [weak = weak_from_this(), page = std::move(page)](const Outcome<std::vector<proto::Terms>>& terms) mutable {
            const auto self = weak.lock();
            if (!self) return;
            net::asio::post(self->executor_, [self, page = std::move(page), terms]() mutable {
                self->tell_page_with(std::move(page), terms);
            });
        });
}

void Visitor::tell_page_with(proto::Catalogue page, const Outcome<std::vector<proto::Terms>>& terms) {
    if (!terms) {
        session_.refuse(page.request, terms.error());
    } else {
        for (std::size_t i = 0; i < page.entries.size(); ++i) page.entries[i].terms = (*terms)[i];
        session_.reply(page);
    }
    wake();
}

} // namespace cifra::server
