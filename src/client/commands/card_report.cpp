// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "client/commands/card_report.hpp"

#include "client/output.hpp"
#include "crypto/certificate_time.hpp"
#include "crypto/private_key.hpp"

#include <botan/hex.h>
#include <boost/json.hpp>

namespace cifra::client {

namespace {

namespace json = boost::json;

std::string hex_of(ByteView bytes) { return Botan::hex_encode(bytes.data(), bytes.size(), false); }

void line(const std::string& key, const std::string& value) {
    std::string padded = key;
    padded.resize(std::max<std::size_t>(padded.size() + 1, 14), ' ');
    if (!value.empty()) print_line(padded + value);
}

std::string schemes_of(const token::Certificate& certificate) {
    std::string all;
    for (const auto scheme : certificate.schemes) all += (all.empty() ? "" : ", ") + std::string(name_of(scheme));
    return all.empty() ? "none that can be used here" : all;
}

std::string_view name_of_state(token::KeyState state) {
    if (state == token::KeyState::seen) return "seen";
    return state == token::KeyState::hidden ? "hidden" : "absent";
}

void print_reader(const token::Reader& reader) {
    auto text = reader.name + ": " + (reader.card ? "card" : "empty");
    if (reader.mute) text += " that does not answer (upside down?)";
    if (!reader.atr.empty()) text += ", ATR " + hex_of(reader.atr);
    line("reader", text);
}

void print_token(const token::Token& token) {
    line("card", token.label + " (" + token.manufacturer + ", " + token.model + ", serial " + token.serial + ")");
    line("  reader", token.reader);
    std::string pin = token.login_required ? "asked for at a login" : "asked for if the key wants it";
    if (token.pin_pad) pin += ", on the reader's own keys";
    line("  PIN", pin + "; tries left: " + std::string(describe(token.tries)));
}

void print_certificate(const token::Certificate& certificate, token::Verdict verdict) {
    const std::string label = certificate.label.empty() ? "(no label)" : certificate.label;
    line("  certificate", label + ": " + std::string(describe(verdict)));
    if (certificate.readable) {
        line("    holder", certificate.holder);
        line("    subject", certificate.subject);
        line("    issuer", certificate.issuer);
        line("    valid",
             crypto::date_text(certificate.not_before) + " to " + crypto::date_text(certificate.not_after));
        if (!certificate.authority) line("    key", certificate.key_kind + ": " + schemes_of(certificate));
    }
    line("    URI", certificate.uri);
}

json::object to_json(const token::Reader& reader) {
    return {{"name", reader.name}, {"card", reader.card}, {"mute", reader.mute}, {"atr", hex_of(reader.atr)}};
}

json::object to_json(const token::Token& token) {
    return {{"label", token.label},
            {"manufacturer", token.manufacturer},
            {"model", token.model},
            {"serial", token.serial},
            {"reader", token.reader},
            {"uri", token.uri},
            {"login_required", token.login_required},
            {"pin_pad", token.pin_pad},
            {"pin_tries", describe(token.tries)}};
}

json::object to_json(const token::Certificate& certificate, token::Verdict verdict) {
    json::object object{{"label", certificate.label},
                        {"id", hex_of(certificate.id)},
                        {"uri", certificate.uri},
                        {"token", certificate.token.uri},
                        {"private_key", name_of_state(certificate.key)},
                        {"verdict", name_of(verdict)},
                        {"reason", describe(verdict)},
                        {"chosen", verdict == token::Verdict::chosen}};
    if (!certificate.readable) return object;
    object["holder"] = certificate.holder;
    object["subject"] = certificate.subject;
    object["issuer"] = certificate.issuer;
    object["serial"] = certificate.serial;
    object["subject_serial_numbers"] = json::value_from(certificate.subject_numbers);
    object["not_before"] = crypto::date_text(certificate.not_before);
    object["not_after"] = crypto::date_text(certificate.not_after);
    object["authority"] = certificate.authority;
    object["key"] = certificate.key_kind;
    json::array schemes;
    for (const auto scheme : certificate.schemes) schemes.emplace_back(name_of(scheme));
    object["schemes"] = std::move(schemes);
    return object;
}

} // namespace

void print(const CardReport& report) {
    if (!report.service) line("reader", "the smart card service (pcscd) does not run");
    for (const auto& reader : report.readers) print_reader(reader);
    if (!report.modules) return;
    for (const auto& module : report.modules->all()) line("module", module.name + " (" + module.description + ")");
    const auto& listing = report.listing;
    for (const auto& token : listing.tokens) {
        print_token(token);
        for (std::size_t i = 0; i < report.verdicts.size(); ++i)
            if (listing.certificates[i].token.said == token.said)
                print_certificate(listing.certificates[i], report.verdicts[i]);
    }
}

void print_json(const CardReport& report, const std::string& module) {
    json::array readers;
    for (const auto& reader : report.readers) readers.push_back(to_json(reader));
    json::array tokens;
    for (const auto& token : report.listing.tokens) tokens.push_back(to_json(token));
    json::array certificates;
    for (std::size_t i = 0; i < report.verdicts.size(); ++i)
        certificates.push_back(to_json(report.listing.certificates[i], report.verdicts[i]));
    const auto fault = report.error ? json::value(name_of(report.error->fault)) : json::value(nullptr);
    print_line(json::serialize(json::object{{"service", report.service},
                                            {"module", module},
                                            {"readers", std::move(readers)},
                                            {"tokens", std::move(tokens)},
                                            {"certificates", std::move(certificates)},
                                            {"fault", fault}}));
}

} // namespace cifra::client
