"""What every word, status, null model and column means: one definition each, for the report, the guide and the command line."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Literal

from collusion.base.errors import ConfigError, did_you_mean

__all__ = ["EntryGroup", "TableName", "definition", "definitions"]

TableName = Literal[
    "rings",
    "members",
    "reviews",
    "evidence",
    "sellers",
    "products",
    "changes",
    "problems",
    "operations",
    "operation_links",
    "operation_members",
    "decisions",
    "expansion_reviewers",
    "expansion_products",
    "expansion_reviews",
]
"""Files whose columns have entries, such as ``rings.csv``."""

EntryGroup = Literal["term", "question", "status", "null model", "stance", "signal kind", "decision", "change", TableName]
"""What an entry explains."""


_TEXTS: dict[str, dict[str, str]] = tomllib.loads(files("collusion.base").joinpath("glossary.toml").read_text(encoding="utf-8"))


def definitions(group: EntryGroup) -> dict[str, str]:
    """Return the entries of one group: term to definition, in the order in which they are shown. Raises ConfigError for another group."""
    if group not in _TEXTS:
        raise ConfigError(f"no group of the glossary is called {group!r}; {did_you_mean(group, _TEXTS)}")
    return {term: said or _TEXTS["rings"][term] for term, said in _TEXTS[group].items()}


def definition(term: str, group: EntryGroup = "term") -> str:
    """Return what a term means. Raises ConfigError where the group has no such term."""
    found = definitions(group)
    if term not in found:
        raise ConfigError(f"the glossary has no {group} {term!r}; {did_you_mean(term, found)}")
    return found[term]
