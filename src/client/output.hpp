// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// Data on standard output. A full disk or a closed pipe behind it is a Failure, not silence.
#pragma once

#include <string>
#include <vector>

namespace cifra::client {

// One line. What is not plain text in it is replaced on a terminal, control characters everywhere: names come from the
// server.
void print_line(const std::string& line);
// Columns aligned by the number of characters; the last column is not padded.
void print_table(const std::vector<std::string>& heads, const std::vector<std::vector<std::string>>& rows);
// Throws Failure(disk) for an errno of writing there. When nobody reads any more (`… | head`) it has no words, as other
// programs of a pipe have none.
[[noreturn]] void output_failure(int error);
// Throws Failure(disk) when what was printed could not be written.
void flush_output();

} // namespace cifra::client
