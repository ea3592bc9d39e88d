"""The guide, one Markdown page per topic, offline: ``collusion guide`` lists the topics and prints a page."""

from __future__ import annotations

import re
from importlib.resources import files

from collusion.base.errors import ConfigError, did_you_mean

__all__ = ["SECTIONS", "page", "summaries"]

SECTIONS: dict[str, tuple[str, ...]] = {
    "Tutorials: learn by doing": ("first-scan", "investigate", "compare-methods"),
    "How-to: one job per page": (
        "map-columns",
        "european-files",
        "spreadsheets",
        "nightly-job",
        "container",
        "large-logs",
        "ask",
        "who-else",
        "who-profits",
        "operations",
        "decisions",
        "since",
        "pseudonyms",
        "due-process",
        "python",
        "bare-matrix",
        "write-a-detector",
        "write-a-signal",
        "add-data-or-attack",
    ),
    "Reference: look it up": ("commands", "configuration", "input", "files", "methods", "glossary"),
    "Explanation: why it works as it does": (
        "how-it-works",
        "statuses",
        "q-values",
        "null-models",
        "accuracy",
        "real-logs",
        "benchmark",
        "speed",
    ),
}
"""Topics by section, in the order in which a newcomer reads them."""

_FOR_THE_REPOSITORY = re.compile(r"^(?:!\[|<!--)[^\n]*\n\n?", re.MULTILINE)
"""Pictures, which are not in the package, and marks of the parts that are generated."""

_TO_A_PAGE = re.compile(r"\[([^\]]+)\]\(([a-z-]+)\.md\)")


def page(topic: str) -> str:
    """Return one page as Markdown. Links to other pages become the command that prints them; pictures are left out.

    Raises
    ------
    ConfigError
        When there is no such topic.
    """
    topics = [name for names in SECTIONS.values() for name in names]
    if topic not in topics:
        raise ConfigError(f"the guide has no topic {topic!r}; {did_you_mean(topic, topics)}")
    text = files(__name__).joinpath(f"{topic}.md").read_text(encoding="utf-8")
    text = _FOR_THE_REPOSITORY.sub("", text)
    return _TO_A_PAGE.sub(r"\1 (`collusion guide \2`)", text)


def summaries() -> dict[str, dict[str, str]]:
    """Return what each page is about: section to topic to title."""
    return {section: {name: _title(name) for name in names} for section, names in SECTIONS.items()}


def _title(topic: str) -> str:
    return page(topic).partition("\n")[0].removeprefix("# ")
