// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
// MP3 files with the tags that a test wants, made from the project's demo recordings.
#pragma once

#include <string>
#include <string_view>

namespace cifra::server::test {

// A demo recording as it is: title "Gunroar music 2", artist "Kenta Cho", album "Gunroar", 40 s, mono, 44.1 kHz.
std::string demo_mp3();
// The same without its tags: MPEG frames alone.
std::string bare_mp3();
// A tag of ID3v1, to stand behind the frames; the fields are bytes, cut to 30.
std::string id3v1(std::string_view title, std::string_view artist, std::string_view album);
// A tag of ID3v2.3, to stand in front of them, of text frames {"TIT2", encoding byte and text}.
std::string id3v2(std::initializer_list<std::pair<std::string_view, std::string>> frames);

} // namespace cifra::server::test
