#!/usr/bin/env python3
"""Makes data/fashion-mnist-sample from Debian's package: the first 600 training and 100 test images of each class.

    apt-get install dataset-fashion-mnist pigz
    python3 data/make_sample.py [SOURCE_FOLDER]

The images keep their original order and the files their original format (IDX, gzip). pigz -11 (zopfli) packs about 5 % tighter
than gzip -9; -n and -T leave name and time out, so the same files come out each time.
"""

import gzip
import pathlib
import struct
import subprocess
import sys

PER_CLASS = {"train": 600, "t10k": 100}
CLASSES, SIDE = 10, 28


def make(source: pathlib.Path, target: pathlib.Path) -> None:
    for part, per_class in PER_CLASS.items():
        images = gzip.decompress((source / f"{part}-images-idx3-ubyte.gz").read_bytes())
        labels = gzip.decompress((source / f"{part}-labels-idx1-ubyte.gz").read_bytes())
        magic, count, rows, columns = struct.unpack(">4i", images[:16])
        assert (magic, rows, columns) == (0x803, SIDE, SIDE), f"{part}: not the images of Fashion-MNIST"
        assert struct.unpack(">2i", labels[:8]) == (0x801, count), f"{part}: labels do not fit the images"

        taken, chosen = [0] * CLASSES, []
        for i, label in enumerate(labels[8:]):
            if taken[label] < per_class:
                taken[label] += 1
                chosen.append(i)
        assert taken == [per_class] * CLASSES

        area = SIDE * SIDE
        write(target / f"{part}-images-idx3-ubyte", struct.pack(">4i", 0x803, len(chosen), SIDE, SIDE)
              + b"".join(images[16 + i * area:16 + (i + 1) * area] for i in chosen))
        write(target / f"{part}-labels-idx1-ubyte", struct.pack(">2i", 0x801, len(chosen)) + bytes(labels[8 + i] for i in chosen))


def write(path: pathlib.Path, content: bytes) -> None:
    path.write_bytes(content)
    subprocess.run(["pigz", "-11", "-b", "128", "-n", "-T", "-f", str(path)], check=True)


if __name__ == "__main__":
    make(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/datasets/fashion-mnist"),
         pathlib.Path(__file__).resolve().parent / "fashion-mnist-sample")
