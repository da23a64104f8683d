// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// The tables of proto/PROTOCOL.md, so that code and text cannot drift apart.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cifra::proto::test {

using Row = std::vector<std::string>; // cells, trimmed

// The rows of the table whose head begins with these cells, without the head. Throws if there is none.
std::vector<Row> specification_table(const Row& head);

// The paragraph that follows this heading (the whole line). Throws if there is none.
std::string specification_paragraph(std::string_view heading);

} // namespace cifra::proto::test
