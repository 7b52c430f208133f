#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# Writes the small files of tests/image/files that tests/lang/pictures.unc reads and
# tests/unit/data_files.c cuts and damages: arrays by NumPy, pictures chunk by chunk, with
# zlib, from RFC 2083. (photo.jpg was written by `write_jpeg`.)
import gzip
import os
import struct
import zlib

import numpy as np

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "files"))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(name, width, height, depth, colour, rows, *more):
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + r for r in rows))
    with open(name, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(more) +
                chunk(b"IDAT", body) + chunk(b"IEND", b""))


png("grey.png", 3, 2, 8, 0, [bytes([0, 51, 102]), bytes([153, 204, 255])])
png("wide.png", 2, 1, 16, 2, [struct.pack(">6H", 0, 65535, 13107, 1, 2, 3)])
png("palette.png", 4, 1, 2, 3, [bytes([0b00011011])],
    chunk(b"PLTE", bytes([255, 0, 0, 0, 255, 0, 0, 0, 255, 51, 51, 51])))
png("alpha.png", 1, 1, 8, 6, [bytes([51, 102, 153, 204])])

np.save("real.npy", np.array([[1.5, -2, np.inf], [0, 1e-300, 3]]))
np.save("columns.npy", np.asfortranarray(np.arange(6, dtype=np.int16).reshape(2, 3)))
np.savez_compressed("packed.npz", half=np.float16([1.5, -2, 6e-8]), big=np.array([1, -2], dtype=">i4"),
                    scalar=np.float32(3), truth=np.array([True, False]))
np.savez("stored.npz", a=np.arange(4), b=np.zeros((2, 0)))

idx = struct.pack(">HBB2I", 0, 8, 2, 2, 3) + bytes([1, 2, 3, 4, 5, 255])
with open("bytes.idx", "wb") as f:
    f.write(idx)
with open("bytes.idx.gz", "wb") as f:
    f.write(gzip.compress(idx, mtime=0))
with open("text.pgm", "wb") as f:
    f.write(b"P2 # grey\n3 2\n10\n0 1 2\n5 8 10\n")
with open("bytes.ppm", "wb") as f:
    f.write(b"P6\n2 1\n255\n" + bytes([0, 51, 102, 153, 204, 255]))
np.save("beyond.npy", np.array([1, 2**63 + 1], dtype=np.uint64))
with open("cut.idx", "wb") as f:
    f.write(idx[:15])
