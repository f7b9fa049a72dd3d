"""A list shuffled by a linear congruential generator. On a 32-bit target its states do not fit a small int."""
N = 10
CHECK = 1029356


def shuffle(cards, state):
    i = len(cards) - 1
    while i > 0:
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        j = (state >> 16) % (i + 1)
        cards[i], cards[j] = cards[j], cards[i]
        i -= 1
    return state


def run(n):
    s = 0
    cards = list(range(520))
    state = 12345
    for k in range(n):
        state = shuffle(cards, state)
        s = (s * 7 + cards[k] + (state >> 12)) & 0xFFFFF
    return s
