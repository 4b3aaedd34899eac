#!/usr/bin/env python3
"""Prints the numbers that the tests of Pentimento.Data expect: an implementation of its own of the documented generators.

xoshiro256** and SplitMix64 after the authors' C sources (https://prng.di.unimi.it), Lemire's bounded integers, and the shuffle of
Fisher and Yates from the end. A stream's number is mixed once by SplitMix64 and then xored into the seed.
"""

MASK = (1 << 64) - 1


def split_mix(state):
    state = (state + 0x9E3779B97F4A7C15) & MASK
    z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return state, z ^ (z >> 31)


def rotate(x, k):
    return ((x << k) | (x >> (64 - k))) & MASK


class SeededRandom:
    def __init__(self, seed, stream=0):
        state = (seed & MASK) ^ (split_mix(stream & MASK)[1] if stream else 0)
        self.s = []
        for _ in range(4):
            state, z = split_mix(state)
            self.s.append(z)

    def next64(self):
        s = self.s
        result, t = (rotate((s[1] * 5) & MASK, 7) * 9) & MASK, (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotate(s[3], 45)
        return result

    def below(self, n):
        while True:
            product = self.next64() * n
            if product & MASK >= (1 << 64) % n:
                return product >> 64

    def shuffle(self, values):
        for i in range(len(values) - 1, 0, -1):
            j = self.below(i + 1)
            values[i], values[j] = values[j], values[i]
        return values


def take(pool, label, total, random):
    """The stratified draw of DataSplit, for images without groups."""
    labels = sorted(set(map(label, pool)))
    sizes = [sum(label(i) == name for i in pool) for name in labels]
    quotas = [size * total // len(pool) for size in sizes]
    by_remainder = sorted(range(len(labels)), key=lambda s: -(sizes[s] * total % len(pool)))
    for s in by_remainder[:total - sum(quotas)]:
        quotas[s] += 1
    taken = []
    for i in random.shuffle(list(pool)):
        s = labels.index(label(i))
        if quotas[s] > 0:
            quotas[s] -= 1
            taken.append(i)
    return sorted(taken)


if __name__ == "__main__":
    random = SeededRandom(42)
    print("SeededRandom(42):", [random.next64() for _ in range(3)])
    print("loader, seed 5, epoch 1:", SeededRandom(5, 1).shuffle([i for i in range(30) if i % 7]))
    def label(i): return "a" if i % 3 == 0 else "b"
    test = take(range(20), label, 4, SeededRandom(42, 1))
    rest = [i for i in range(20) if i not in test]
    print("split, seed 42:", test, take(rest, label, 2, SeededRandom(42, 2)))
