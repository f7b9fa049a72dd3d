"""Text, character by character: words, a run-length code, a Caesar cipher."""
N = 6
CHECK = 38457

TEXT = "the quick brown fox   jumps over the lazy dog, aaabbbbcc and sleeps..."


def words(text):
    count = 0
    inside = False
    for c in text:
        if c == " ":
            inside = False
        elif not inside:
            inside = True
            count += 1
    return count


def runs(text):
    out = []
    i = 0
    while i < len(text):
        j = i
        while j < len(text) and text[j] == text[i]:
            j += 1
        out.append((text[i], j - i))
        i = j
    return out


def caesar(text, shift):
    out = bytearray()
    for c in text:
        v = ord(c)
        if 97 <= v <= 122:
            v = (v - 97 + shift) % 26 + 97
        out.append(v)
    return out


def run(n):
    s = 0
    for k in range(n):
        s += words(TEXT) + len(runs(TEXT))
        for v in caesar(TEXT, k):
            s += v
    return s & 0xFFFFF
