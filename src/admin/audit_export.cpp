// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// cifractl audit export: the log as lines of JSON, one by one however long it is.
#include "admin/licence_verbs.hpp"
#include "admin/output.hpp"
#include "admin/staging.hpp"
#include "crypto/private_key_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>
#include <system_error>

namespace cifra::admin {

namespace fs = std::filesystem;

namespace {

struct Options {
    LendingOptions lending;
    fs::path file;
};

// Has its name when it is whole and on the disk; never over a file that is there.
class NewFile {
  public:
    explicit NewFile(fs::path file)
        : file_(std::move(file)),
          temporary_((file_.parent_path() / ("." + file_.filename().string() + ".XXXXXX")).string()) {
        fd_ = ::mkostemp(temporary_.data(), O_CLOEXEC); // mode 0600: there are names in it
        if (fd_ < 0) fail();
    }
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    ~NewFile() {
        ::close(fd_);
        ::unlink(temporary_.c_str());
    }

    void add(std::string_view text) {
        buffer_ += text;
        constexpr std::size_t enough = std::size_t{1} << 20U;
        if (buffer_.size() >= enough) flush();
    }
    void finish() {
        flush();
        if (::fsync(fd_) != 0 || ::link(temporary_.c_str(), file_.c_str()) != 0) fail();
        crypto::sync_folder(file_.parent_path());
    }

  private:
    // No std::system_error: in the middle of the log, the ledger would take it for one of its own.
    [[noreturn]] void fail() const {
        const int failure = errno;
        throw Failure(failure == EEXIST ? Exit::exists : Exit::disk,
                      file_.string() + ": " + std::generic_category().message(failure), "nothing was left behind");
    }

    void flush() {
        std::string_view left(buffer_);
        while (!left.empty()) {
            const auto written = ::write(fd_, left.data(), left.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) fail();
            left.remove_prefix(static_cast<std::size_t>(written));
        }
        buffer_.clear();
    }

    fs::path file_;
    std::string temporary_;
    std::string buffer_;
    int fd_ = -1;
};

std::uint64_t write_all(OpenLedger& lending, const std::function<void(std::string_view)>& write) {
    std::uint64_t count = 0;
    demand(lending.sound().audit(1, [&](const licence::AuditRecord& record) {
        StagedFolder::check_interrupted();
        write(licence::line_of(record) + "\n");
        ++count;
        return true;
    }));
    return count;
}

void run(const Options& options) {
    const bool to_output = options.file.empty() || options.file == "-";
    std::error_code ignored;
    if (!to_output && fs::exists(options.file, ignored))
        throw Failure(Exit::exists, options.file.string() + " exists already", "choose another name");
    OpenLedger lending(options.lending);
    if (to_output) {
        write_all(lending, [](std::string_view line) {
            std::cout << line;
            if (!std::cout) throw Failure(Exit::disk, "standard output cannot be written");
        });
        return;
    }
    note_interrupts();
    NewFile file(options.file);
    const auto count = write_all(lending, [&](std::string_view line) { file.add(line); });
    file.finish();
    if (options.lending.common.json)
        return print(boost::json::object{{"file", options.file.string()}, {"entries", count}});
    print(options.file.string());
    say(std::to_string(count) + " entries. Names of people and items are in it in clear");
}

} // namespace

void add_audit_export(CLI::App& audit) {
    auto options = std::make_shared<Options>();
    auto& verb =
        *audit.add_subcommand("export", "Write the whole log as lines of JSON, with all that it takes to check it");
    verb.footer(
        "Examples:\n"
        "  cifractl audit export audit-2027.jsonl\n"
        "  cifractl audit export | jq -r 'select(.event == \"play\") | .details.person'");
    options->lending.add_to(verb);
    verb.add_option("file", options->file, "The file to make; standard output, if none or -")->type_name("FILE");
    verb.callback([options] { run(*options); });
}

} // namespace cifra::admin
