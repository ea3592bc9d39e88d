"""Laws of keys: random, kept from others, never overwritten, never shown, and none that can be guessed."""

from __future__ import annotations

import logging
import os
import stat

import pytest

from collusion.base.errors import ConfigError, OutputError
from collusion.privacy.keys import check_key, key_of, make_key, read_key

GOOD = bytes(range(32)).hex()


def test_a_key_is_new_each_time_and_its_owners_alone(tmp_path):
    before = os.umask(0)
    try:
        made = [make_key(tmp_path / name) for name in "ab"]
    finally:
        os.umask(before)
    assert made[0] != made[1]
    assert [read_key(tmp_path / name) for name in "ab"] == made
    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in "ab"} == {0o600}
    assert (tmp_path / "a").read_text() == made[0].hex() + "\n"


@pytest.mark.parametrize("there", ["file", "link", "folder"])
def test_nothing_is_overwritten(tmp_path, there):
    path = tmp_path / "key"
    if there == "file":
        path.write_text("precious")
    elif there == "link":
        path.symlink_to(tmp_path / "elsewhere")
    else:
        path.mkdir()
    with pytest.raises(ConfigError, match="never overwritten"):
        make_key(path)
    assert there != "file" or path.read_text() == "precious"
    assert not (tmp_path / "elsewhere").exists()


def test_nothing_is_left_where_a_key_cannot_be_written(tmp_path, monkeypatch):
    with pytest.raises(OutputError, match="cannot be written"):
        make_key(tmp_path / "none" / "key")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        make_key(tmp_path / "key")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("held", "says"),
    [
        (b"", "holds no key"),
        (b"\n", "holds no key"),
        (b"reviewer_id,product_id\n", "holds no key"),
        (b"\xff\xfe" + GOOD.encode(), "holds no key"),
        (GOOD.encode()[:-1], "holds no key"),
        (GOOD.encode()[:-2], "has 31 bytes, and at least 32"),
        (b"00" * 32, "too simple"),
        (b"deadbeef" * 8, "too simple"),
        (GOOD.encode() * 100, "holds no key"),
    ],
)
def test_what_is_no_key_is_refused_and_never_shown(tmp_path, held, says):
    path = tmp_path / "key"
    path.write_bytes(held)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match=says) as told:
        read_key(path)
    assert str(path) in str(told.value)
    assert len(held) < 8 or held.decode("latin-1").strip()[:8] not in str(told.value).replace(str(path), "")


def test_a_missing_key_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigError, match=r"no such file; make a key with `collusion key .*/none`"):
        read_key(tmp_path / "none")
    with pytest.raises(ConfigError, match="is not a file"):
        read_key(tmp_path)


def test_a_key_is_read_with_or_without_line_ends_and_in_either_case(tmp_path):
    for text in (GOOD, GOOD.upper(), f" {GOOD}\r\n", " ".join([GOOD[:32], GOOD[32:]])):
        path = tmp_path / "key"
        path.write_text(text)
        path.chmod(0o600)
        assert read_key(path) == bytes(range(32))


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True), (0o644, True)])
def test_a_key_that_others_may_read_is_told(tmp_path, caplog, mode, warned):
    path = tmp_path / "key"
    path.write_text(GOOD)
    path.chmod(mode)
    with caplog.at_level(logging.WARNING, logger="collusion"):
        read_key(path)
    assert ("others may read this key" in caplog.text) == warned
    assert GOOD not in caplog.text


def test_a_key_may_be_bytes_or_a_path(tmp_path):
    key = make_key(tmp_path / "key")
    assert key_of(key) == key_of(tmp_path / "key") == key_of(str(tmp_path / "key")) == key
    for bad in (b"short", bytes(32)):
        with pytest.raises(ConfigError):
            check_key(bad)
        with pytest.raises(ConfigError):
            key_of(bad)
