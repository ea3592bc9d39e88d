"""The directory appears whole or not at all."""

import os

import pytest

from collusion.base.errors import CollusionError, ConfigError, OutputError
from collusion.export.directory import atomic_directory


def left(folder):
    return sorted(path.name for path in folder.iterdir())


def test_appears_at_the_end(tmp_path):
    out = tmp_path / "out"
    with atomic_directory(out) as work:
        (work / "a").write_text("x")
        assert not out.exists()
    assert (out / "a").read_text() == "x"
    assert left(tmp_path) == ["out"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_nothing_is_left_after_a_failure(tmp_path, error):
    def fail():
        with atomic_directory(tmp_path / "out") as work:
            (work / "a").write_text("x")
            raise error

    with pytest.raises(error):
        fail()
    assert left(tmp_path) == []


def test_a_full_disk_is_an_output_error(tmp_path):
    def fail():
        with atomic_directory(tmp_path / "out"):
            raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match="No space left"):
        fail()
    assert left(tmp_path) == []


def test_what_is_there_is_kept_unless_told(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "old").write_text("old")
    with pytest.raises(ConfigError, match="not empty"), atomic_directory(out):
        pytest.fail("the block must not run")
    with pytest.raises(ValueError, match="no"), atomic_directory(out, overwrite=True):
        raise ValueError("no")
    assert left(out) == ["old"]
    with atomic_directory(out, overwrite=True) as work:
        (work / "new").write_text("new")
    assert left(out) == ["new"]
    assert left(tmp_path) == ["out"]


def test_an_empty_directory_is_used(tmp_path):
    (tmp_path / "out").mkdir()
    with atomic_directory(tmp_path / "out") as work:
        (work / "a").write_text("x")
    assert left(tmp_path / "out") == ["a"]


def test_files_links_and_missing_parents_are_refused(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path)
    for out in (tmp_path / "file", tmp_path / "link", tmp_path / "no" / "out"):
        with pytest.raises(CollusionError), atomic_directory(out):
            pytest.fail("the block must not run")
    assert left(tmp_path) == ["file", "link"]


@pytest.mark.skipif(os.geteuid() == 0 if hasattr(os, "geteuid") else True, reason="the superuser may write everywhere")
def test_a_parent_that_cannot_be_written(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError), atomic_directory(tmp_path / "out"):
        pytest.fail("the block must not run")


def test_what_was_there_comes_back_when_the_last_step_fails(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "old").write_text("old")
    with pytest.raises(OutputError), atomic_directory(out, overwrite=True) as work:
        work.rmdir()  # so that it cannot be renamed
    assert left(out) == ["old"]
    assert left(tmp_path) == ["out"]
