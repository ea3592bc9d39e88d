"""Laws of how the text of options is read."""

from __future__ import annotations

import pytest

from collusion.base.config import ScanConfig
from collusion.base.errors import ConfigError, InputError
from collusion.cli.options import existing, pairs, scan_config, words


def test_words_of_repeated_and_parted_values_come_in_order():
    assert words(["a,b", " c ", "d,,"]) == ["a", "b", "c", "d"]
    assert words(None) is None
    assert words([]) is None


def test_pairs_are_split_at_the_first_equals_sign():
    assert pairs("--map", ["reviewer_id=user,rating=a=b", "product_id = item"]) == {
        "reviewer_id": "user",
        "rating": "a=b",
        "product_id": "item",
    }
    assert pairs("--map", None) is None


def test_all_wrong_pairs_are_told_at_once():
    with pytest.raises(ConfigError) as caught:
        pairs("--map", ["a", "=b", "c=", "d=1", "d=2"])
    assert str(caught.value).count("\n") == 3


def test_all_missing_inputs_are_told_at_once(tmp_path):
    here = tmp_path / "log.csv"
    here.write_text("", encoding="utf-8")
    assert existing([here, tmp_path]) == [here, tmp_path]
    with pytest.raises(InputError) as caught:
        existing([tmp_path / "a", here, tmp_path / "b"])
    assert len(caught.value.problems) == 2


def test_the_command_line_wins_over_the_file_and_adds_columns(tmp_path):
    path = tmp_path / "scan.toml"
    path.write_text('seed = 5\nfdr = 0.1\n[map]\nrating = "stars"\nreviewer_id = "u"\n', encoding="utf-8")
    config = scan_config(path, {"map": {"reviewer_id": "user"}}, seed=7, fdr=None)
    assert config == ScanConfig(seed=7, fdr=0.1, map={"rating": "stars", "reviewer_id": "user"})
    assert scan_config(None, {}) == ScanConfig()
