# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
import json

from running import MEDIA, Case


class Catalogue(Case):
    def test_list_search_and_info(self):
        site = self.site()
        for path in sorted(MEDIA.glob("*.mp3")):
            site.add_media(path.name, path)
        site.add_media("notes.bin", b"x" * 1000)
        server = self.serve(site)
        out, error = self.succeed(site, "list")
        for name in ("gunroar-2.mp3", "Kenta Cho", "notes.bin", "626.4 KiB", "0:40"):
            self.assertIn(name, out.decode())
        self.assertEqual(error, "")
        out, _ = self.succeed(site, "search", "gunroar", "part")
        self.assertIn("gunroar-0-part-1.mp3", out.decode())
        self.assertNotIn("gunroar-2.mp3", out.decode())
        out, _ = self.succeed(site, "info", "notes")
        self.assertIn("1000", out.decode())
        listed = json.loads(self.succeed(site, "--json", "list")[0])
        self.assertEqual(len(listed if isinstance(listed, list) else listed["items"]), 4)
        self.assertEqual(server.stop(), 0)
