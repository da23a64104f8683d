// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "admin/config_text.hpp"

#include "crypto/certificate_form.hpp"

#include <array>
#include <cstdio>
#include <string_view>

namespace cifra::admin {

namespace {

constexpr std::string_view server_template =
    R"toml(# Configuration of cifrad. Check it with: cifrad -t --config cifrad.toml
# Every key is here; a value that equals the default may be left out. Relative paths start at this file.
# Most changes take effect without a restart: kill -HUP of cifrad reads this file and the certificates again.

# Addresses and ports, numeric. For every interface: ["0.0.0.0:7411", "[::]:7411"].
listen = [@LISTEN@]

# Plain files that are lent beside what is in the vault: every one in this folder and below it. They lie on the disk as they are,
# and nobody has signed them. Empty: none.
media_dir = @MEDIA@

# Where cifrad keeps the index of the catalogue, and what is not yet whole. Not inside media_dir.
state_dir = "state"

[vault]
# What is lent, sealed, as 'cifractl media add' puts it there; uploads, too. Empty: there is no vault.
dir = @VAULT@
# 32 bytes that open it. Empty: the passphrase of the server's key does.
key_file = ""
# Who signs what is uploaded.
publisher_chain = "publisher-chain.pem"
publisher_key = "publisher-key.pem"

[ledger]
# Who may still do what, and what was done: "sqlite:FILE", or for several servers on one ledger "postgresql://HOST/NAME".
# Empty: everybody who is let in may play and save everything.
database = @LEDGER@

[licences]
# What a person gets who has no licence for an item yet: "5-plays", "3-plays", "100-chunks", "custom" as below, or "operator-only".
first = "5-plays"
# For "custom": "play", "save"; how many plays, chunks, seconds of sound; for how many days from now, how many seconds behind the
# first play; how many plays at a time. 0: no limit.
rights = ["play"]
plays = 0
units = 0
seconds = 0
days = 0
after_first_play_s = 0
concurrent = 0
# Who may renew it, "none", "free", "voucher" or "operator", and how often at most; 0: no limit.
renewal = "none"
renewals_max = 0
# Plays of one person at a time, whatever her licences say; 0: no limit.
person_concurrent = 0

[certificates]
# This server's certificate, then the CA that issued it.
chain = "chain.pem"
# Its private key. When it is encrypted, cifrad takes the passphrase from --passphrase-fd, from a credential of the service
# manager, or asks on the terminal.
key = "key.pem"
# CAs whose devices and whose people are let in.
device_roots = "device-roots.pem"
user_roots = "user-roots.pem"
# CAs whose cards may be let in, such as those of a national card; people.file says which. Empty: none.
card_roots = ""
# Folder of the CRLs of all CAs: who is revoked is not let in, nor is anybody while a CRL is missing or out of date. Empty: not asked.
crls = "crls"
# CAs that listeners who enrol are to trust. Needed for enrolment.
server_roots = "server-roots.pem"

[login]
# "required": a device must bring a person. "card": a person whose key is on a card. "none": a known device is enough.
user = "required"
# "pause": who takes the card out hears nothing until it is back. "ignore": goes on.
card_removal = "pause"
# Whether requests of unknown devices are taken; 'cifractl person requests' shows them.
enrolment = false
# Seconds until a device must have proven itself, and then for the person (who may be typing a PIN).
device_timeout_s = 10
user_timeout_s = 120
# Connections of one address that are not yet logged in (an IPv6 /64 counts as one address).
max_half_open_per_address = 16
# From so many half-open connections on, so many percent of new ones are refused; at so many, all.
half_open_ramp = [128, 30, 512]

[people]
# Who else is let in, and who is not, written by cifractl. Empty: everybody whom user_roots issued.
file = "people.json"
# Whether people whom user_roots issued need no entry in that file; whether its rules count.
issued = true
rules = true
# commonNames of CAs of which one must have issued the person; empty: any.
issuers = []

[tickets]
# Seconds for which a login by card serves for more, at most 3600; 0: each needs the card.
lifetime_s = 3600
# Keys that several servers share: lines of 64 hex digits. Empty: keys of its own.
key_file = ""

[protocol]
# In order of preference; a client without AES instructions gets CHACHA20_POLY1305_SHA256. On request there are also: AES256_CTR_SHA256, AES128_CBC_SHA256, AES256_CBC_SHA384,
# AES256_CBC_SHA512, AES256_CBC_BLAKE2B, CHACHA20_SHA256, CHACHA20_SHA384, and with allow_legacy 3DES_CBC_SHA256.
suites = ["AES256_GCM_SHA384", "AES128_GCM_SHA256", "CHACHA20_POLY1305_SHA256"]
# Also: "ffdhe2048", "ffdhe3072", "ffdhe4096".
groups = ["X25519", "P-256", "P-384"]
# Lets suites in that are kept for old clients only; each use is logged.
allow_legacy = false
# Bytes of the largest chunk, a power of two from 16384 to 1048576.
chunk_limit = 262144
# "none", or "full": hide the length of every message, at the cost of bandwidth.
padding = "none"

[rotation]
# New keys after so many chunks or bytes in one direction, or so many seconds; 0: no limit of this kind.
chunks = 128
bytes = 0
seconds = 3600
# A new key for every record: slower; keys that leak reveal nothing sent before.
ratchet = false

[uploads]
enabled = true
# Bytes of the largest file, and of all files of one person (or device); 0: no limit.
max_bytes = 4294967296
quota_bytes = 17179869184
# Days after which an upload that was not finished is removed; 0: never.
expire_days = 7

[server]
# 0: one a processor.
threads = 0
# Seconds that sessions get to end when cifrad is told to stop.
drain_s = 30
# Hours until a session must log in again, at most 24.
session_hours = 24

[log]
# "text" or "json"; level "debug", "info", "warning" or "error". Without a file, to standard error.
format = "text"
level = "info"
file = ""
)toml";

constexpr std::string_view client_template =
    R"toml(# Configuration of cifra: who the server is, and who we are. Relative paths start at this file.
# Use it with: cifra --config cifra.toml list; or put this folder at ~/.config/cifra.

# The name must stand in the server's certificate.
server = @SERVER@
# CAs that the server's certificate may come from.
server_roots = "server-roots.pem"
# CAs whose publishers may have signed what is fetched: with them nothing is taken that none of these has signed.
@SIGNED@publisher_roots = "publisher-roots.pem"

# This device, and the person who uses it. The keys are encrypted.
device_chain = "device-chain.pem"
device_key = "device-key.pem"
user_chain = "user-chain.pem"
user_key = "user-key.pem"
)toml";

// A TOML basic string.
std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04X",
                          static_cast<unsigned>(static_cast<unsigned char>(c)));
            out += escape.data();
        } else {
            out += c;
        }
    }
    return out + "\"";
}

std::string filled(std::string text, std::string_view mark, const std::string& value) {
    return text.replace(text.find(mark), mark.size(), value);
}

} // namespace

std::string server_config(const std::vector<std::string>& listen, const std::string& media_dir) {
    std::string addresses;
    for (const auto& address : listen) addresses += (addresses.empty() ? "" : ", ") + toml_string(address);
    auto text = filled(std::string(server_template), "@LISTEN@", addresses);
    text = filled(text, "@MEDIA@", toml_string(media_dir));
    text = filled(text, "@VAULT@", toml_string(media_dir.empty() ? "vault" : ""));
    return filled(text, "@LEDGER@", toml_string(media_dir.empty() ? "sqlite:ledger.db" : ""));
}

std::string client_config(const std::string& host, int port, bool all_signed) {
    const bool v6 = crypto::parse_address(host).size() == 16;
    const auto server = (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
    auto text = filled(std::string(client_template), "@SERVER@", toml_string(server));
    return filled(std::move(text), "@SIGNED@", all_signed ? "" : "#");
}

} // namespace cifra::admin
