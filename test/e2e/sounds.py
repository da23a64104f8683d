# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""Sound files by libsndfile: made, and decoded whole."""

import array
import ctypes
import math
from pathlib import Path

WAV, FLAC, VORBIS, OPUS, IMA_WAV = 0x010002, 0x170002, 0x200060, 0x200064, 0x010012
READ, WRITE = 0x10, 0x20
TITLE, ARTIST, ALBUM = 1, 4, 7


class Info(ctypes.Structure):
    _fields_ = [("frames", ctypes.c_int64), ("rate", ctypes.c_int), ("channels", ctypes.c_int), ("format", ctypes.c_int),
                ("sections", ctypes.c_int), ("seekable", ctypes.c_int)]


library = ctypes.CDLL("libsndfile.so.1")
library.sf_open.restype = ctypes.c_void_p
library.sf_open.argtypes = [ctypes.c_char_p, ctypes.c_int, ctypes.POINTER(Info)]
library.sf_close.argtypes = [ctypes.c_void_p]
library.sf_set_string.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p]
for name in ("sf_writef_short", "sf_readf_short", "sf_readf_float"):
    function = getattr(library, name)
    function.restype = ctypes.c_int64
    function.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]


def tones(rate: int, channels: int, seconds: float) -> array.array:
    frames = range(int(rate * seconds))
    return array.array("h", (int(18_000 * math.sin(n * (0.02 + 0.011 * c) + n * n * 1e-8)) for n in frames for c in range(channels)))


def make(path: Path, kind: int, samples: array.array, rate: int, channels: int, **tags: str) -> Path:
    info = Info(rate=rate, channels=channels, format=kind)
    file = library.sf_open(str(path).encode(), WRITE, ctypes.byref(info))
    if not file:
        raise RuntimeError(f"libsndfile does not make {path}")
    for tag, text in tags.items():
        library.sf_set_string(file, {"title": TITLE, "artist": ARTIST, "album": ALBUM}[tag], text.encode())
    for start in range(0, len(samples), 1000 * channels):  # not too much at a time: the Vorbis encoder keeps it on the stack
        piece = samples[start:start + 1000 * channels]
        library.sf_writef_short(file, piece.buffer_info()[0], len(piece) // channels)
    library.sf_close(file)
    return path


def decoded(path: Path) -> bytes:
    """All of it, from beginning to end in one go: 16-bit samples."""
    info = Info()
    file = library.sf_open(str(path).encode(), READ, ctypes.byref(info))
    if not file:
        raise RuntimeError(f"libsndfile does not open {path}")
    lossy = info.format & 0xFFFF in (0x60, 0x64)
    samples = array.array("f" if lossy else "h", bytes((4 if lossy else 2) * info.frames * info.channels))
    read = library.sf_readf_float if lossy else library.sf_readf_short
    count = read(file, samples.buffer_info()[0], info.frames)
    library.sf_close(file)
    if count != info.frames:
        raise RuntimeError(f"libsndfile reads {count} of {info.frames} frames")
    if not lossy:
        return samples.tobytes()
    return array.array("h", (max(-32768, min(32767, round(32768 * sample))) for sample in samples)).tobytes()
