"""Nested lists: the game of life on a small board."""
N = 2
CHECK = 492960

SIZE = 14


def step(board, n):
    new = []
    for y in range(n):
        row = []
        up = board[y - 1]
        here = board[y]
        down = board[(y + 1) % n]
        for x in range(n):
            left = x - 1
            right = (x + 1) % n
            count = up[left] + up[x] + up[right] + here[left] + here[right]
            count += down[left] + down[x] + down[right]
            row.append(1 if count == 3 or (count == 2 and here[x]) else 0)
        new.append(row)
    return new


def run(n):
    board = [[(x * y + x) % 3 & 1 for x in range(SIZE)] for y in range(SIZE)]
    s = 0
    for _ in range(n):
        board = step(board, SIZE)
        for row in board:
            s = s * 3 + sum(row) & 0xFFFFF
    return s
