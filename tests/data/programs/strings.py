# Literals, escapes, f-strings, formatting, bytes, slices.
name, n, pi = "world", 42, 3.14159
print(f"hello {name}! {n:5d}|{n:<5}|{n:05}|{n:x}|{pi:.2f}|{name!r}|{n=}|{{}}")
print(f"{n + 1} {name[1:3]} {name.upper()} {[1, 2][0]} {'a'}" " tail" f"{n}")
print(f"{name:>{n // 4}}|{pi:{5}.{2}f}")
print("a" "b" 'c' """d
e""", r"\n\t", "\x41\u00e9\101\0".replace("\0", "0"), "tab\tq\\z")
print(b"by\x00te\xff", b"a" b"b", br"\x", bytes([1, 2, 3]), bytearray(b"x"))
print("%s %d %5.1f %r %%" % ("s", 3, 2.5, "q"), "{} {1}".replace("{1}", "x").format(1), "{a}-{b}".format(a=1, b=2))
s = list("abcdefghij")
print(s[2], s[-1], s[2:5], s[:3], s[7:], s[::2], s[::-1], s[8:2:-2], s[:], len(s), "abcdef"[1:-2], "abc"[-1])
print("日本語", "é"[0], "\U0001f600", len("日本語"))
lst = list(range(10))
lst[2:5] = [0]
print(lst, lst[1:-1:3])
del lst[0], lst[-1]
print(lst)
print("a-b-c".split("-"), "-".join(["x", "y"]), "  s ".strip(), "abc".find("c"), "a" in "abc", "x" * 3, "a" < "b")
long = (
    "one "  # comment
    "two "

    "three"
)
print(long, "back\
slash")
print('it''s', "it's", 'say "hi"', '''triple 'quoted' "text"''')
print("long string literal that is not interned at all: " + long[:3], "A" * 20)
