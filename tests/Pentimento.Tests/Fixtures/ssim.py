#!/usr/bin/env python3
"""Writes ssim.json: pairs of small images with their SSIM, computed from the definition of Wang et al. (2004).

Every 11x11 window that lies inside the image, float64, two nested loops, no separable trick: population covariance,
Gaussian weights of sigma 1.5, K1 = 0.01, K2 = 0.03, range 1. This is also scikit-image's
structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1); where scikit-image is
installed, the script checks that the two agree.

    /usr/bin/python3 ssim.py
"""
import json
import pathlib

import numpy as np

offsets = np.arange(11) - 5
gauss = np.exp(-offsets**2 / (2 * 1.5**2))
window = np.outer(gauss, gauss)
window /= window.sum()
C1, C2 = 0.01**2, 0.03**2


def ssim_plane(x, y):
    values = []
    for i in range(x.shape[0] - 10):
        for j in range(x.shape[1] - 10):
            p, q = x[i:i + 11, j:j + 11], y[i:i + 11, j:j + 11]
            mp, mq = (window * p).sum(), (window * q).sum()
            vp, vq = (window * (p - mp)**2).sum(), (window * (q - mq)**2).sum()
            cov = (window * (p - mp) * (q - mq)).sum()
            values.append((2 * mp * mq + C1) * (2 * cov + C2) / ((mp**2 + mq**2 + C1) * (vp + vq + C2)))
    return np.mean(values)


def ssim(a, b):
    value = np.mean([ssim_plane(x, y) for x, y in zip(a, b)])
    try:
        from skimage.metrics import structural_similarity
    except ImportError:
        return value
    other = structural_similarity(a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
                                  data_range=1, channel_axis=0)
    assert abs(value - other) < 1e-9, (value, other)
    return value


rng = np.random.default_rng(42)


def smooth(c, h, w):
    rows, columns = np.mgrid[0:h, 0:w]
    return np.stack([0.5 + 0.4 * np.sin(rows / (2 + k) + columns / (3 + k)) for k in range(c)])


def noisy(image, factor):
    return np.clip(image + factor * rng.standard_normal(image.shape), 0, 1)


pairs = {
    "grey, a little noise": (smooth(1, 13, 17), noisy(smooth(1, 13, 17), 0.1)),
    "colour, much noise": (smooth(3, 16, 12), noisy(smooth(3, 16, 12), 0.5)),
    "unrelated": (rng.random((1, 11, 11)), rng.random((1, 11, 11))),
    "inverted": (smooth(1, 14, 14), 1 - smooth(1, 14, 14)),
    "flat and bright, shifted": (np.full((1, 12, 12), 0.9), np.full((1, 12, 12), 0.95)),
    "dark with a spot": (np.zeros((1, 15, 15)), np.pad(np.ones((1, 1, 1)), ((0, 0), (7, 7), (7, 7)))),
}
cases = []
for name, (a, b) in pairs.items():
    a, b = np.round(a, 4), np.round(b, 4)
    cases.append({"name": name, "shape": a.shape, "a": a.ravel().tolist(), "b": b.ravel().tolist(), "ssim": ssim(a, b)})
pathlib.Path(__file__).with_name("ssim.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
