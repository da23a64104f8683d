// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl media add: a file is read once, sealed piece by piece, described, signed, and only then in the vault.
#include "admin/dates.hpp"
#include "admin/media_verbs.hpp"
#include "admin/output.hpp"
#include "admin/staging.hpp"
#include "crypto/signed_manifest.hpp"
#include "licence/hex.hpp"
#include "media/item_manifest.hpp"
#include "proto/utf8.hpp"
#include "vault/item_id.hpp"

#include <botan/auto_rng.h>
#include <botan/hash.h>

#include <boost/json/array.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cifra::admin {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t piece_size = 1 << 20; // bytes

struct Options {
    LendingOptions lending;
    std::vector<std::string> files;
    std::string name;

    Options() { lending.with_ledger = false; }
};

// A file, or standard input for "-".
class Input {
  public:
    explicit Input(const std::string& file) : name_(file) {
        if (file == "-") {
            fd_ = STDIN_FILENO;
            return;
        }
        fd_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
        struct stat found{};
        if (fd_ < 0 || ::fstat(fd_, &found) != 0) throw Failure(Exit::bad_input, file + ": " + std::strerror(errno));
        if (S_ISDIR(found.st_mode)) throw Failure(Exit::bad_input, file + " is a folder", "name the files in it");
    }
    ~Input() {
        if (fd_ > STDIN_FILENO) ::close(fd_);
    }
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;

    // Nothing more: 0.
    std::size_t read(MutableBytes out) {
        for (;;) {
            const auto n = ::read(fd_, out.data(), out.size());
            if (n >= 0) return static_cast<std::size_t>(n);
            if (errno != EINTR) throw Failure(Exit::bad_input, name_ + ": " + std::strerror(errno));
            StagedFolder::check_interrupted();
        }
    }

  private:
    std::string name_;
    int fd_ = -1;
};

class Written final : public media::ByteSource {
  public:
    explicit Written(const vault::ContainerWriter& writer) : writer_(writer) {}
    std::uint64_t size() const override { return writer_.size(); }
    std::size_t read_at(std::uint64_t offset, MutableBytes out) override {
        if (offset >= size()) return 0;
        const auto part = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size() - offset)));
        return writer_.read_at(offset, part) ? part.size() : 0;
    }

  private:
    const vault::ContainerWriter& writer_;
};

template <class T>
T demand(vault::Outcome<T> outcome) {
    if (!outcome) throw failure_of(outcome.error());
    return std::move(*outcome);
}
std::string name_for(const Options& options, const std::string& file) {
    const auto name = options.name.empty() ? fs::path(file).filename().string() : options.name;
    if (name.empty() || name == "-")
        throw Failure(Exit::usage, "what comes from standard input has no name", "give it with --name");
    if (name.size() > proto::max_item_name || !proto::is_utf8(name) || proto::has_control_characters(name))
        throw Failure(Exit::usage, "'" + file + "' makes no name of an item",
                      "give another with --name: 1 to 1024 bytes of UTF-8 without control characters");
    return name;
}

// The passphrase of the vault is the publisher's, unless there is a key file.
crypto::Credential load_publisher(OpenMedia& media) {
    const auto& config = media.config();
    if (config.publisher_chain.empty() || config.publisher_key.empty())
        throw Failure(Exit::bad_input, config.file.string() + ": no publisher, who would sign what is added",
                      "set publisher_chain and publisher_key in [vault]");
    try {
        return crypto::load_credential(crypto::Party::publisher, config.publisher_chain, config.publisher_key,
                                       [&] { return media.passphrase("Passphrase of the publisher's key"); });
    } catch (const crypto::WrongPassphrase& wrong) {
        throw Failure(Exit::passphrase, wrong.what(), "at first it is that of the server's key");
    } catch (const crypto::NoPassphrase&) {
        throw;
    } catch (const std::runtime_error& error) {
        throw Failure(Exit::bad_input, error.what(), "see: cifractl publisher list");
    }
}

class Adding {
  public:
    Adding(OpenMedia& media, const crypto::Credential& publisher) : media_(media), publisher_(publisher) {}

    proto::Manifest add(const std::string& file, const std::string& name) {
        Input input(file);
        const auto item = vault::item_id(media_.key(), name);
        auto writer = media_.vault().import(item);
        if (!writer) throw told(writer.error(), name);
        media::ItemName named{item, name, seal(input, **writer), demand((*writer)->end())};
        Written bytes(**writer);
        proto::SignedManifest described{media::manifest_of(named, bytes), {}};
        auto signature = crypto::sign_manifest(proto::encode(described.manifest), publisher_, rng_);
        if (!signature)
            throw Failure(Exit::bad_input, "the publisher's key cannot sign", "see: cifractl publisher list");
        described.signature = std::move(*signature);
        if (const auto done = (*writer)->finish(proto::encode(described)); !done) throw told(done.error(), name);
        return described.manifest;
    }

  private:
    // The SHA-256 of all of it.
    static proto::Sha256 seal(Input& input, vault::ContainerWriter& writer) {
        const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
        Bytes piece(piece_size);
        while (const auto n = input.read(piece)) {
            StagedFolder::check_interrupted();
            hash->update(piece.data(), n);
            if (const auto taken = writer.append(ByteView(piece).first(n)); !taken) throw failure_of(taken.error());
        }
        proto::Sha256 digest{};
        hash->final(digest.data());
        return digest;
    }
    static Failure told(const vault::Failure& failure, const std::string& name) {
        if (failure.problem != vault::Problem::exists) return failure_of(failure);
        return {Exit::exists, "'" + name + "' is in the vault already",
                "add it by another --name, or take that one away first: cifractl media rm '" + name + "'"};
    }

    OpenMedia& media_;
    const crypto::Credential& publisher_;
    Botan::AutoSeeded_RNG rng_;
};

boost::json::object json_of(const proto::Manifest& manifest) {
    return {{"item", licence::to_hex(manifest.item)},
            {"name", manifest.name},
            {"kind", manifest.kind == proto::Kind::audio ? "audio" : "file"},
            {"size", manifest.size},
            {"title", manifest.title},
            {"artist", manifest.artist},
            {"album", manifest.album},
            {"duration_ms", manifest.duration_ms}};
}

void run(const Options& options) {
    if (!options.name.empty() && options.files.size() > 1)
        throw Failure(Exit::usage, "--name is for one file alone", "add the others by themselves");
    std::vector<std::string> names;
    for (const auto& file : options.files) names.push_back(name_for(options, file));
    for (const auto& file : options.files) Input probe(file); // before a passphrase is asked for
    OpenMedia media(options.lending);
    const auto publisher = load_publisher(media);
    Adding adding(media, publisher);
    boost::json::array added;
    for (std::size_t i = 0; i < options.files.size(); ++i) {
        const auto manifest = adding.add(options.files[i], names[i]);
        if (options.lending.common.json) {
            added.push_back(json_of(manifest));
            continue;
        }
        print(manifest.name);
        if (manifest.kind == proto::Kind::audio)
            say("  " + (manifest.artist.empty() ? "" : manifest.artist + ": ") + manifest.title + ", " +
                clock_text(manifest.duration_ms));
    }
    if (options.lending.common.json) return print(added);
    say("A running cifrad lends " + std::string(names.size() == 1 ? "it" : "them") + " in a second or two");
}

} // namespace

void add_media_add(CLI::App& media) {
    auto options = std::make_shared<Options>();
    auto& verb = *media.add_subcommand("add", "Put files into the vault, signed by the publisher");
    verb.footer(
        "Examples:\n"
        "  cifractl media add concert.flac talk.mp3\n"
        "  cifractl media add - --name talk.mp3 < recording\n"
        "What a recording says of itself (title, artist, album, duration) is read from it: MP3, FLAC, Ogg Vorbis, "
        "Opus, WAV.");
    options->lending.add_to(verb);
    verb.add_option("files", options->files, "The files; - is standard input")->type_name("FILE")->required();
    verb.add_option("--name", options->name, "How the item is called, if not as the file")->type_name("NAME");
    verb.callback([options] { run(*options); });
}

} // namespace cifra::admin
