"""The files beside the package agree with each other: checks, changelog, image."""

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_a_commit_is_checked_as_ci_checks_it():
    """But for the tests, the core and the reference of the interface, which take longer."""
    of_ci = re.findall(r'^check "\$bin/((?!pytest|python).+)$', text(".ci/run"), re.MULTILINE)
    of_a_commit = re.findall(r"^ +entry: (.+)$", text(".pre-commit-config.yaml"), re.MULTILINE)
    assert [entry.replace('"', "") for entry in of_ci] == of_a_commit


def test_the_latest_release_is_this_version_and_releases_have_dates():
    headings = re.findall(r"^## (.+)$", text("CHANGELOG.md"), re.MULTILINE)
    released = [heading for heading in headings if heading != "[Unreleased]"]
    assert [heading for heading in released if not re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", heading)] == []
    version = tomllib.loads(text("pyproject.toml"))["project"]["version"]
    assert [heading.split("]")[0][1:] for heading in released[:1]] in ([], [version])


def test_all_that_the_image_copies_is_there_and_is_sent_to_the_builder():
    sent = [line[1:] for line in text(".dockerignore").splitlines() if line.startswith("!")]
    copied = [name for line in re.findall(r"^COPY (?!--)(.+) \S+$", text("Dockerfile"), re.MULTILINE) for name in line.split()]
    assert copied
    assert all((ROOT / name).exists() and any(fnmatch(name, one) for one in sent) for name in copied)
