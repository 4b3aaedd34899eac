"""Writes Fixtures/pillow/: small pictures, and what Pillow makes of them. Run with Debian's python3-pil and python3-numpy:

    python3 tests/Pentimento.Tests/Fixtures/pillow_resize.py

Made with Pillow 9.4.0. The size and crop rules are those of torchvision 0.15 and later
(transforms/functional.py: _compute_resized_output_size, center_crop), written out here because torchvision is not packaged.
"""
import io
import pathlib
import struct

import numpy as np
from PIL import Image

OUT = pathlib.Path(__file__).parent / "pillow"
OUT.mkdir(exist_ok=True)
rng = np.random.default_rng(20)
cases = []


def picture(height, width, channels):
    """Slopes, sharp edges and noise, over the whole range."""
    y, x = np.mgrid[0:height, 0:width]
    planes = []
    for c in range(channels):
        v = 127 + 90 * np.sin(x / (5.0 + 3 * c)) * np.cos(y / (7.0 - c)) + 40 * ((x // 8 + y // 8 + c) % 2)
        planes.append(v + rng.normal(0, 25, v.shape))
    return np.clip(np.stack(planes, -1), 0, 255).astype(np.uint8)


def save(name, array):
    image = Image.fromarray(array[..., 0] if array.ndim == 3 and array.shape[-1] == 1 else array)
    image.save(OUT / f"{name}.png", optimize=True)
    return image


inputs = {
    "rgb_97x61": save("rgb_97x61", picture(61, 97, 3)),
    "rgb_61x97": save("rgb_61x97", picture(97, 61, 3)),
    "grey_131x77": save("grey_131x77", picture(77, 131, 1)),
    "rgb_1x1": save("rgb_1x1", picture(1, 1, 3)),
    "grey_1x37": save("grey_1x37", picture(37, 1, 1)),
    "rgb_120x3": save("rgb_120x3", picture(3, 120, 3)),
    "edges_64x64": save("edges_64x64", (255 * rng.integers(0, 2, (64, 64, 3))).astype(np.uint8)),
}


def resize(name, height, width):
    output = f"{name}_to_{width}x{height}"
    inputs[name].resize((width, height), Image.BILINEAR).save(OUT / f"{output}.png", optimize=True)
    cases.append(f"resize,{name},{height},{width},,{output}")


def preprocess(name, shorter, crop, channels):
    image = inputs[name].convert("L" if channels == 1 else "RGB")
    if shorter:
        w, h = image.size
        short, long = (w, h) if w <= h else (h, w)
        new_long = int(shorter * long / short)
        image = image.resize((shorter, new_long) if w <= h else (new_long, shorter), Image.BILINEAR)
    if crop:
        w, h = image.size
        if crop > w or crop > h:
            left, top = max(0, (crop - w) // 2), max(0, (crop - h) // 2)
            right, bottom = max(0, (crop - w + 1) // 2), max(0, (crop - h + 1) // 2)
            padded = Image.new(image.mode, (w + left + right, h + top + bottom))
            padded.paste(image, (left, top))
            image, (w, h) = padded, padded.size
        top, left = int(round((h - crop) / 2.0)), int(round((w - crop) / 2.0))
        image = image.crop((left, top, left + crop, top + crop))
    output = f"{name}_s{shorter or 0}_c{crop or 0}_{channels}"
    image.save(OUT / f"{output}.png", optimize=True)
    cases.append(f"preprocess,{name},{shorter or ''},{crop or ''},{channels},{output}")


for size in [(33, 40), (97, 31), (61, 20), (30, 97), (70, 150), (130, 13), (1, 1)]:
    resize("rgb_97x61", *size)
for size in [(41, 50), (150, 140), (7, 1)]:
    resize("grey_131x77", *size)
resize("rgb_1x1", 4, 5)
resize("grey_1x37", 10, 3)
resize("rgb_120x3", 2, 7)
resize("edges_64x64", 23, 29)

preprocess("rgb_97x61", 32, 32, 3)
preprocess("rgb_61x97", 32, 32, 3)
preprocess("rgb_97x61", 37, None, 3)
preprocess("rgb_61x97", 40, 51, 3)      # smaller than the crop on one side
preprocess("grey_1x37", None, 8, 1)
preprocess("rgb_97x61", None, 44, 3)    # offsets 8.5 and 26.5: Python rounds both to the even number
preprocess("rgb_97x61", None, 46, 3)    # offsets 7.5 and 25.5
preprocess("rgb_97x61", None, 100, 3)
preprocess("rgb_97x61", 32, 32, 1)
preprocess("grey_131x77", 32, 32, 3)

# 16 bit: Pillow filters float pictures with the same weights, in double precision.
deep = (picture(53, 71, 1)[..., 0].astype(np.uint16) * 257) ^ rng.integers(0, 200, (53, 71)).astype(np.uint16)
Image.fromarray(deep).save(OUT / "deep_71x53.png")
for height, width in [(20, 31), (80, 90)]:
    small = np.asarray(Image.fromarray(deep.astype(np.float32), "F").resize((width, height), Image.BILINEAR))
    Image.fromarray(np.floor(small + 0.5).astype(np.uint16)).save(OUT / f"deep_71x53_to_{width}x{height}.png")
    cases.append(f"deep,deep_71x53,{height},{width},,deep_71x53_to_{width}x{height}")

# Decoding: what Pillow (libjpeg-turbo, the default of every Python loader) reads from JPEG.
for name, subsampling in [("jpeg420", 2), ("jpeg444", 0)]:
    inputs["rgb_97x61"].save(OUT / f"{name}.jpg", quality=85, subsampling=subsampling)
    Image.open(OUT / f"{name}.jpg").convert("RGB").save(OUT / f"{name}_decoded.png", optimize=True)
    cases.append(f"decode,{name},,,,{name}_decoded")

# A camera's JPEG: EXIF with an artist and, in the second directory, a preview picture.
thumbnail = io.BytesIO()
inputs["rgb_97x61"].resize((32, 20)).save(thumbnail, "JPEG", quality=50)
data = 8 + 2 + 12 + 4  # one entry in the first directory
artist = b"Edvard Munch\0"
second = data + len(artist) + 1
picture_at = second + 2 + 3 * 12 + 4
exif = (b"Exif\0\0II*\0" + struct.pack("<I", 8)
        + struct.pack("<HHHIII", 1, 0x013B, 2, len(artist), data, second) + artist + b"\0"
        + struct.pack("<H", 3) + struct.pack("<HHIHH", 0x0103, 3, 1, 6, 0)
        + struct.pack("<HHII", 0x0201, 4, 1, picture_at) + struct.pack("<HHII", 0x0202, 4, 1, thumbnail.tell())
        + struct.pack("<I", 0) + thumbnail.getvalue())
inputs["rgb_97x61"].save(OUT / "preview.jpg", quality=85, exif=exif)

(OUT / "cases.csv").write_text("kind,input,height_or_shorter,width_or_crop,channels,output\n" + "\n".join(cases) + "\n")
