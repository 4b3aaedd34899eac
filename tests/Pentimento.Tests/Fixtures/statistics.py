#!/usr/bin/env python3
"""Writes statistics.json: small pictures and lists with the numbers that describe them, from their definitions in numpy (float64,
plain loops where the definition has some) and Python's statistics module; nothing is taken from Pentimento.

    /usr/bin/python3 statistics.py
"""
import sys
sys.path = [p for p in sys.path if p not in ("", sys.path[0])]  # this file's name is a module's of the standard library

import json
import pathlib
import statistics

import numpy as np

rng = np.random.default_rng(14)


def numbers_of(picture):
    """(C, H, W), uint8."""
    image = picture / 255.0
    grey = image.mean(0)
    h, w = grey.shape
    laplacian = np.array([[grey[i - 1, j] + grey[i + 1, j] + grey[i, j - 1] + grey[i, j + 1] - 4 * grey[i, j]
                           for j in range(1, w - 1)] for i in range(1, h - 1)])
    energy = np.abs(np.fft.fft2(grey - grey.mean()))**2
    high = (np.abs(np.fft.fftfreq(h))[:, None] > 0.25) | (np.abs(np.fft.fftfreq(w))[None] > 0.25)
    even = grey[:h // 2 * 2, :w // 2 * 2]
    haar = np.abs(even[::2, ::2] - even[::2, 1::2] - even[1::2, ::2] + even[1::2, 1::2]) / 2
    planes = image[:, :h // 2 * 2, :w // 2 * 2]
    diagonals = np.abs(planes[:, ::2, ::2] - planes[:, ::2, 1::2] - planes[:, 1::2, ::2] + planes[:, 1::2, 1::2]) / 2
    largest = image.max(0)
    histogram = np.bincount(picture.ravel(), minlength=256)
    roots = np.sqrt((histogram + 0.375) / picture.size)
    structure = [roots[i] - roots[max(i - 4, 0):i + 5].mean() for i in range(256)]
    ordered = np.sort(picture.ravel())
    out = int(0.001 * picture.size)
    return {
        "contrast": grey.std(),
        "laplacian": np.abs(laplacian).mean(),
        "high": energy[high].sum() / energy.sum(),
        "noise": np.median(haar) / 0.6745,
        "diagonals": np.sort(diagonals.ravel())[(diagonals.size + 1) // 2 - 1] / statistics.NormalDist().inv_cdf(0.75),
        "saturation": ((largest - image.min(0)) / np.maximum(largest, 1e-6)).mean(),
        "blockiness": blockiness(picture),
        "black": int(ordered[out]), "white": int(ordered[-1 - out]),
        "clipped": float(((picture == 0) | (picture == 255)).mean()),
        "structure": [round(v, 9) for v in structure],
    }


def blockiness(picture):
    planes = picture.astype(int)
    grey = planes[0] if len(planes) == 1 else (planes[0] * 19595 + planes[1] * 38470 + planes[2] * 7471 + 32768) // 65536
    return (along(grey / 255.0) + along(grey.T / 255.0)) / 2


def along(lines):
    """Of the rows: the step from x to x + 1 less the mean of the steps on either side, by x modulo 8."""
    steps = np.abs(np.diff(lines, axis=1))
    excess = {phase: [] for phase in range(8)}
    for x in range(1, lines.shape[1] - 2):
        excess[x % 8].append(steps[:, x] - (steps[:, x - 1] + steps[:, x + 1]) / 2)
    means = sorted(np.mean(excess[phase]) for phase in range(8))
    return (means[-1] - np.mean(means[:-1])) / steps[:, 1:-1].mean()


def picture(c, h, w, noise, tint=0):
    rows, columns = np.mgrid[0:h, 0:w]
    planes = [120 + 90 * np.sin(rows / 7 + columns / 5 + k) + tint * k + noise * rng.standard_normal((h, w)) for k in range(c)]
    return np.clip(np.round(planes), 0, 255).astype(np.uint8)


def blocky(image):
    """Every second block of 8 by 8 a little brighter, as on a chessboard."""
    rows, columns = np.indices(image.shape[1:])
    return np.clip(image.astype(int) + 12 * ((rows // 8 + columns // 8) % 2), 0, 255).astype(np.uint8)


pictures = {
    "grey": picture(1, 24, 31, 8),
    "colour": picture(3, 33, 26, 5, 25),
    "dark and bright": np.clip(picture(3, 30, 30, 60) * 1.4 - 40, 0, 255).astype(np.uint8),
    "blocks": blocky(picture(1, 40, 48, 2)),
    "blocks in colour, cut": blocky(picture(3, 40, 48, 2, 10))[:, 3:, 5:],
}
lists = [[3], [2, 1], [5, 1, 4, 1, 3], [0.25, 0.5, 0.5, 7, 8, 9, 10, 11, 12, 13.5]]
normal = statistics.NormalDist()
result = {
    "pictures": [{"name": name, "shape": p.shape, "values": p.ravel().tolist(), **numbers_of(p)} for name, p in pictures.items()],
    "quantiles": [{"values": v, "q": q, "quantile": float(np.quantile(v, q))} for v in lists for q in (0, 0.05, 0.5, 0.9, 1)],
    "normal": [{"p": p, "quantile": normal.inv_cdf(p)}
               for p in (1e-300, 1e-40, 1e-12, 1e-11, 1e-6, 0.001, 0.05, 0.0749, 0.0751, 0.3, 0.5, 0.9, 0.925, 0.9251, 0.975, 1 - 1e-9)],
}
pathlib.Path(__file__).with_name("statistics.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")
