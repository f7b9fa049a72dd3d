"""The compile cache."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mpytool import cache as cache_module
from mpytool.cache import Cache, default_folder
from mpytool.options import Options


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(str(tmp_path / "cache"))


def key(cache: Cache, **changes: object) -> bytes:
    values: dict[str, object] = {"source": b"x", "name": "n", "path": "p", "options": Options(), **changes}
    return cache.key(**values)  # type: ignore[arg-type]


def entry(cache: Cache, name: bytes) -> Path:
    return Path(cache.folder) / name.hex()[:2] / name.hex()[2:]


def test_round_trip(cache: Cache) -> None:
    name = key(cache)
    assert cache.get(name) is None
    cache.put(name, b"payload")
    assert cache.get(name) == b"payload"
    assert cache.info().entries == 1
    assert cache.clear().entries == 1
    assert cache.get(name) is None


def test_everything_counts_in_the_key(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {
        key(cache),
        key(cache, source=b"y"),
        key(cache, name="m"),
        key(cache, path="q"),
        key(cache, name="np", path=""),
        key(cache, options=Options(optimise=1)),
        key(cache, options=Options(arch="x64")),
        key(cache, options=Options(small_int_bits=63)),
    }
    monkeypatch.setattr(cache_module, "_tool_fingerprint", lambda program: b"another version")
    keys.add(key(Cache(cache.folder)))
    assert len(keys) == 9
    assert key(cache) in keys


@pytest.mark.parametrize("damage", [b"", b"short", b"\0" * 100])
def test_damaged_entry_is_a_miss_and_is_replaced(cache: Cache, damage: bytes) -> None:
    name = key(cache)
    cache.put(name, b"payload")
    entry(cache, name).write_bytes(damage)
    assert cache.get(name) is None
    cache.put(name, b"payload")
    assert cache.get(name) == b"payload"


def test_every_flipped_byte_is_noticed(cache: Cache) -> None:
    name = key(cache)
    cache.put(name, b"payload")
    good = entry(cache, name).read_bytes()
    for index in range(len(good)):
        entry(cache, name).write_bytes(good[:index] + bytes([good[index] ^ 1]) + good[index + 1 :])
        assert cache.get(name) is None


def test_entry_under_another_name_is_a_miss(cache: Cache) -> None:
    one, other = key(cache), key(cache, source=b"y")
    cache.put(one, b"payload")
    entry(cache, other).parent.mkdir(exist_ok=True)
    entry(cache, one).rename(entry(cache, other))
    assert cache.get(other) is None


def test_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(str(tmp_path / "file"))
    cache.put(key(cache), b"1")
    assert cache.get(key(cache)) is None
    cache.close()
    assert cache.info().entries == 0


def test_many_writers_of_one_entry(cache: Cache) -> None:
    name = key(cache)

    def work(number: int) -> bytes | None:
        cache.put(name, b"payload" * 1000)
        return cache.get(name)

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(work, range(100))) == {b"payload" * 1000}
    assert cache.info().entries == 1


def test_prune_removes_what_was_used_least_recently(cache: Cache) -> None:
    names = [key(cache, source=bytes([i])) for i in range(5)]
    now = time.time()
    for age, name in enumerate(names):
        cache.put(name, b"p" * 68)
        os.utime(entry(cache, name), (now - age * 1000, now - age * 1000))
    assert cache.prune(250).entries == 3
    assert [cache.get(name) is not None for name in names] == [True, True, False, False, False]


def test_use_makes_an_old_entry_young(cache: Cache) -> None:
    name = key(cache)
    cache.put(name, b"p")
    os.utime(entry(cache, name), (0, 0))
    assert cache.get(name) == b"p"
    assert entry(cache, name).stat().st_mtime > time.time() - 100


def test_clear_leaves_strange_files(cache: Cache) -> None:
    cache.put(key(cache), b"p")
    strange = Path(cache.folder) / "notes.txt"
    strange.write_text("mine")
    cache.clear()
    assert strange.exists()


def test_closing_prunes_once_a_day(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    limits: list[int] = []
    monkeypatch.setattr(Cache, "prune", lambda self, limit: limits.append(limit))
    cache.close()
    assert limits == []
    for _ in range(2):
        cache.put(key(cache), b"p")
        cache.close()
    assert limits == [cache_module.SIZE_LIMIT]


def test_default_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MPYC_CACHE_DIR", str(tmp_path))
    assert default_folder() == str(tmp_path)
    monkeypatch.delenv("MPYC_CACHE_DIR")
    assert default_folder().rstrip("/\\").endswith("mpyc")
