// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "rogue_server.hpp"

#include "crypto/signed_manifest.hpp"

#include <botan/hash.h>

#include <algorithm>

namespace cifra::test {

using net::ErrorCode;
namespace event = states::event;

namespace {

states::Instant now() { return std::chrono::steady_clock::now(); }

std::shared_ptr<const states::ServerPolicy> policy(std::uint32_t chunk_limit) {
    auto policy = std::make_shared<states::ServerPolicy>();
    policy->suites = {Suite::aes128_gcm_sha256};
    policy->groups = {Group::x25519};
    policy->schemes = {Scheme::ecdsa_p256_sha256};
    policy->chunk_limit = chunk_limit;
    policy->user = proto::UserAsked::none;
    policy->credential = Pki::shared().credential(crypto::Party::server);
    return policy;
}

} // namespace

Visit::Visit(Manners& manners_, std::size_t number_)
    : manners(manners_), number(number_), session(policy(manners_.chunk_limit), rng(), now()) {}

void Visit::on_event(states::Event& happened) {
    const auto present = connection.lock();
    if (!present) return;
    if (auto* request = std::get_if<event::VerifyPeer>(&happened)) {
        const auto peer = Pki::shared().validate(request->party, request->chain);
        present->deliver(peer ? session.verified(*peer, now()) : session.verification_failed());
    } else if (std::holds_alternative<event::LoggedIn>(happened)) {
        session.accept({}, now());
    } else if (auto* list = std::get_if<event::ListRequest>(&happened)) {
        if (manners.list) manners.list(*this, list->list);
    } else if (auto* open = std::get_if<event::OpenRequest>(&happened)) {
        if (manners.open) manners.open(*this, open->open);
    } else if (auto* asked = std::get_if<event::LicenceAsked>(&happened)) {
        if (manners.licence) manners.licence(*this, asked->request);
    } else if (auto* ended = std::get_if<event::StreamClosed>(&happened)) {
        if (manners.closed) manners.closed(*this, ended->stream);
    } else if (auto* closed = std::get_if<event::UploadClosed>(&happened)) {
        if (manners.upload_closed) manners.upload_closed(*this, closed->stream);
    }
    present->wake();
}

bool Visit::read_chunk(std::uint32_t stream, std::uint64_t index, MutableBytes path, MutableBytes out) {
    if (chunks_left == 0 && verdict) {
        session.fail_stream(stream, *verdict);
        return false;
    }
    if (chunks_left-- == 0) {
        if (const auto present = connection.lock())
            net::asio::post(present->socket().get_executor(), [present] { present->abort(); });
        return false;
    }
    std::fill(out.begin(), out.end(), manners.content);
    const auto& recording = manners.recording;
    const auto at = std::min<std::size_t>(recording.size(), index * 16'384);
    std::copy_n(recording.begin() + static_cast<std::ptrdiff_t>(at), std::min(out.size(), recording.size() - at),
                out.begin());
    if (index == altered) out.back() ^= 1;
    const auto* info = session.stream(stream);
    if (tree && info->root) tree->path(info->size, info->chunk_size, index, path);
    return true;
}

RogueServer::RogueServer(net::asio::io_context& io) : acceptor_(io, {net::asio::ip::make_address("127.0.0.1"), 0}) {
    accept();
}

void RogueServer::accept() {
    acceptor_.async_accept([this](ErrorCode error, net::tcp::socket socket) {
        if (error) return;
        const auto visit = std::make_shared<Visit>(manners, visits_++);
        const auto connection = std::make_shared<net::Connection>(std::move(socket), visit->session, *visit, visit);
        visit->connection = connection;
        connection->start();
        accept();
    });
}

Meeting::Meeting() {
    auto name = (std::filesystem::temp_directory_path() / "cifra-client-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
    folder = name;
    const auto& pki = Pki::shared().folder();
    app.settings.host = Pki::host;
    app.settings.port = std::to_string(server.port());
    app.settings.server_roots = pki / "roots.pem";
    app.settings.device_chain = pki / "device.pem";
    app.settings.device_key = pki / "device.key";
    app.settings.retry_for = std::chrono::seconds(1);
    app.terminal.quiet = true;
}

Meeting::~Meeting() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
}

std::optional<client::Failure> Meeting::run(const std::function<net::awaitable<void>(client::App&)>& work) {
    std::exception_ptr failed;
    net::asio::co_spawn(io, work(app), [&](std::exception_ptr error) {
        failed = error;
        io.stop();
    });
    io.restart();
    io.run();
    try {
        if (failed) std::rethrow_exception(failed);
    } catch (const client::Failure& failure) {
        return failure;
    } catch (const client::Lost& lost) {
        return client::Failure(lost.status, lost.what(), lost.remedy);
    }
    return std::nullopt;
}

proto::Entry entry_of(std::uint8_t item, const std::string& name, std::uint64_t size) {
    proto::Entry entry;
    entry.item[15] = item;
    entry.name = name;
    entry.size = size;
    entry.chunk_size = 16'384;
    return entry;
}

proto::Manifest manifest_of(const proto::Entry& entry, std::uint8_t content) {
    proto::Manifest manifest;
    manifest.item = entry.item;
    manifest.kind = entry.kind;
    manifest.size = entry.size;
    manifest.chunk_size = entry.chunk_size;
    manifest.name = entry.name;
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    const Bytes block(1000, content);
    for (auto left = entry.size; left != 0;) {
        const auto count = std::min<std::uint64_t>(left, block.size());
        hash->update(block.data(), static_cast<std::size_t>(count));
        left -= count;
    }
    hash->final(manifest.sha256.data());
    return manifest;
}

void allow(Visit& visit, const proto::Open& open, const proto::Entry& entry, const proto::Terms& terms) {
    auto opened = proto::plain_opened(open.request, manifest_of(entry, visit.manners.content));
    opened.terms = terms;
    visit.session.reply_opened(opened);
}

void answer(Visit& visit, const proto::LicenceRequest& request, const proto::Terms& terms) {
    visit.session.reply(proto::LicenceReply{request.request, request.item, terms});
}

proto::Opened signed_by(Visit& visit, const crypto::Credential& publisher, const proto::Open& open,
                        const proto::Entry& entry) {
    std::vector<crypto::TreeHash> leaves;
    for (std::uint64_t i = 0; i < proto::chunk_count(entry.size, crypto::leaf_size); ++i)
        leaves.push_back(
            crypto::hash_leaf(Bytes(proto::chunk_length(entry.size, crypto::leaf_size, i), visit.manners.content)));
    visit.tree.emplace(std::move(leaves));
    auto opened = proto::plain_opened(open.request, manifest_of(entry, visit.manners.content));
    opened.manifest.root = visit.tree->root();
    opened.signature = crypto::sign_manifest(proto::encode(opened.manifest), publisher, rng()).value();
    return opened;
}

std::function<void(Visit&, const proto::List&)> listing(std::vector<proto::Entry> entries) {
    return [entries = std::move(entries)](Visit& visit, const proto::List& list) {
        proto::Catalogue page;
        page.request = list.request;
        page.revision = 1;
        page.total = static_cast<std::uint32_t>(entries.size());
        page.entries = entries;
        visit.session.reply(page);
    };
}

} // namespace cifra::test
