"""Local copies of public sets: where they are looked for, how they are verified, and what is said where there is none."""

from __future__ import annotations

import hashlib
import re

import pytest
from datasets.local_copies import put

from collusion.base.errors import ConfigError, InputError
from collusion.datasets.catalogue import DATASETS, card, check, dataset, fetched_folder, find


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch, tmp_path):
    """No copy of the machine at hand is found."""
    monkeypatch.delenv("COLLUSION_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def test_a_folder_given_goes_before_the_environment_and_that_before_what_was_fetched(tmp_path, monkeypatch):
    name, file = "bitcoin-alpha", "soc-sign-bitcoinalpha.csv"
    given, named, fetched = tmp_path / "given", tmp_path / "named", fetched_folder()
    with pytest.raises(InputError):
        find(name)
    put(fetched, file, "1,2,3,1407470400\n")
    assert find(name) == fetched / file
    monkeypatch.setenv("COLLUSION_DATA", str(named))
    assert find(name) == fetched / file
    put(named, file, "1,2,3,1407470400\n")
    assert find(name) == named / file
    with pytest.raises(InputError, match=re.escape(f"{given} (no such folder)")):
        find(name, given)
    put(given, file, "1,2,3,1407470400\n")
    assert find(name, given) == given / file


def test_the_fetched_folder_is_the_users_cache(monkeypatch, tmp_path):
    assert fetched_folder() == tmp_path / "cache" / "collusion"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert fetched_folder() == tmp_path / ".cache" / "collusion"


@pytest.mark.parametrize("name", ["amazon-2018-all-beauty", "yelpchi", "movielens-small", "nash-yelpchi"])
def test_where_there_is_no_copy_it_says_what_to_do(name, tmp_path):
    with pytest.raises(InputError) as caught:
        find(name, tmp_path)
    said = str(caught.value)
    data = DATASETS[name]
    assert str(tmp_path) in said
    assert all(file in said for file in data.files)
    assert "COLLUSION_DATA" in said
    assert (data.url or data.by_hand) in said


def test_a_name_that_is_none():
    with pytest.raises(ConfigError, match="did you mean 'amazon-2018-all-beauty'"):
        dataset("amazon-2018-all-beuty")
    with pytest.raises(ConfigError, match=r"known: amazon-2014-CATEGORY, amazon-2018-CATEGORY, .*yelpchi.*yelpzip$"):
        find("zzz")
    with pytest.raises(ConfigError, match="no data set is called"):
        card("zzz")


def test_a_copy_that_differs_from_its_card_is_refused(tmp_path):
    put(tmp_path, "yelpchi_stripped.txt.gz", "201 0 None 1 None\n")
    with pytest.raises(
        InputError, match=r"yelpchi_stripped.txt.gz: has the SHA-256 [0-9a-f]{64}, but its card says [0-9a-f]{64}.*get it again"
    ):
        find("yelpchi", tmp_path)


def test_a_copy_is_verified_by_the_record_beside_it(tmp_path):
    path = put(tmp_path, "soc-sign-bitcoinalpha.csv", "1,2,3,1407470400\n")
    record = tmp_path / "soc-sign-bitcoinalpha.csv.sha256"
    record.write_text(hashlib.sha256(path.read_bytes()).hexdigest().upper() + "  soc-sign-bitcoinalpha.csv\n")
    assert find("bitcoin-alpha", tmp_path) == path
    path.write_text("1,2,4,1407470400\n")
    with pytest.raises(InputError, match=r"soc-sign-bitcoinalpha\.csv\.sha256 beside it says"):
        find("bitcoin-alpha", tmp_path)
    for nonsense in (b"", b"abc  soc-sign-bitcoinalpha.csv\n", b"\xff" * 64):
        record.write_bytes(nonsense)
        with pytest.raises(InputError, match=r"soc-sign-bitcoinalpha\.csv\.sha256: .* remove it, or write it again"):
            find("bitcoin-alpha", tmp_path)


def test_a_copy_without_any_checksum_is_used_and_logged(tmp_path, caplog):
    path = put(tmp_path, "soc-sign-bitcoinalpha.csv", "1,2,3,1407470400\n")
    with caplog.at_level("INFO", logger="collusion"):
        check(path)
    assert "used as it is" in caplog.text


def test_a_copy_that_cannot_be_opened_is_an_input_error(tmp_path):
    path = put(tmp_path, "x.csv", "")
    path.unlink()
    with pytest.raises(InputError, match="cannot be read"):
        check(path, "0" * 64)
