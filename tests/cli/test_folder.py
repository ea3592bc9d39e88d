"""Laws of the output folder: it is checked first, and nothing of anyone else's is replaced."""

from __future__ import annotations

import pytest

from collusion import cli
from collusion.base.errors import ConfigError, OutputError
from collusion.base.folders import MARKERS
from collusion.cli.folder import check_folder


def test_a_new_or_empty_folder_is_free(tmp_path):
    check_folder(tmp_path / "out", overwrite=False)
    check_folder(tmp_path, overwrite=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("marker", MARKERS)
def test_a_folder_of_ours_is_replaced_only_when_asked(tmp_path, marker):
    (tmp_path / marker).write_text('{"seconds": {}}', encoding="utf-8")
    check_folder(tmp_path, overwrite=True)
    with pytest.raises(ConfigError, match="not empty"):
        check_folder(tmp_path, overwrite=False)


@pytest.mark.parametrize(("name", "text"), [("thesis.tex", ""), ("run.json", '{"seed": 1}')])
def test_a_folder_that_is_not_ours_is_never_replaced(tmp_path, name, text):
    """Not even a home folder named by mistake, or one with a file of another program that has the name of our mark."""
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="collusion did not make it"):
        check_folder(tmp_path, overwrite=True)
    assert cli.main(["simulate", "--out", str(tmp_path), "--overwrite"]) == 2
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_is_in_the_way_is_refused(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "link"):
        with pytest.raises(ConfigError, match=name):
            check_folder(tmp_path / name, overwrite=True)
    with pytest.raises((OutputError, ConfigError), match="none"):
        check_folder(tmp_path / "none" / "out", overwrite=False)
