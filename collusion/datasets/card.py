"""Data cards: what a public set can and cannot show, where it comes from, and which files are read as it.

Each card is a TOML file in ``collusion/datasets/cards``. To add a data set, add a file there, and nothing else: its keys are the fields of
`Dataset`. A table ``[each]`` makes one set per key of it out of one file: the values of a key go before those of the file, and ``{key}``,
``{words}`` and ``{slug}`` in texts stand for the key, the key with spaces, and the key in small letters with hyphens. The set is then known
to ``collusion bench data``, which shows the card, and to ``collusion bench run --data NAME``.
"""

from __future__ import annotations

import tomllib
from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, get_args

from collusion.base.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Dataset", "Label", "markdown", "read_card"]

Form = Literal["jsonl", "csv", "txt"]
Kind = Literal["reviews", "products", "attacks"]


@dataclass(frozen=True)
class Label:
    """What a column says of its row.

    Parameters
    ----------
    column : str
    fake, genuine : str
        The two values it takes.
    says : str
        What ``fake`` means in this set, and who says so.
    """

    column: str
    fake: str
    genuine: str
    says: str


@dataclass(frozen=True)
class Dataset:
    """One public set.

    Parameters
    ----------
    name, title, what : str
    files : tuple of str
        Paths within a data folder, with ``/``, that are looked for in this order; a fetch writes the first.
    form : {"jsonl", "csv", "txt"}
        Of all files; those with ``.gz`` or ``.zst`` at the end of their names are compressed.
    columns : str
        The columns of the files that are read, and those that are left out.
    source : str
        Page on which the set is described.
    citation : str
    licence : str
    mind : tuple of str
        What everybody who reports a figure on this set must know.
    kind : {"reviews", "products", "attacks"}
        What a row is: a review, a product with its features, or a simulated fake review of a campaign.
    rows, reviewers, products : int or None
        As its authors count; None where that is not known.
    rounded : bool
        Whether these are rounded.
    dialect : str or None
        Of `collusion.reviews.dialect`; recognised by the header where None.
    header : tuple of str
        Names for the columns of files that have neither a header nor a dialect.
    extra : tuple of str
        Further columns that are kept, beside those a scan uses.
    label : Label or None
    url : str or None
        Where it is fetched from; None where that is not allowed or not possible.
    sha256 : str or None
        Of the file at that address; None where it is not known.
    member : str or None
        The file that is taken out of the zip archive at that address.
    by_hand : str
        How to get it otherwise.
    checksums : dict of str to str
        SHA-256 of files, by their names, where it is known.
    """

    name: str
    title: str
    what: str
    files: tuple[str, ...]
    form: Form
    columns: str
    source: str
    citation: str
    licence: str
    mind: tuple[str, ...]
    kind: Kind = "reviews"
    rows: int | None = None
    reviewers: int | None = None
    products: int | None = None
    rounded: bool = False
    dialect: str | None = None
    header: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    label: Label | None = None
    url: str | None = None
    sha256: str | None = None
    member: str | None = None
    by_hand: str = ""
    checksums: dict[str, str] = field(default_factory=dict)


def read_card(path: Path) -> list[Dataset]:
    """Read the set, or the sets, of one card.

    Raises ConfigError when the file is no TOML, a key is unknown or missing, or a value is of another type than `Dataset` says; all
    problems at once.
    """
    try:
        card = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name}: is not TOML ({error})") from error
    each = card.pop("each", {"": {}})
    wrong: list[str] = []
    found = []
    for key, own in each.items():
        values = {name: _filled(value, key) for name, value in {**card, **own}.items()}
        problems = _problems(values)
        wrong += [f"{path.name}{f': {key}' if key else ''}: {problem}" for problem in problems]
        if not problems:
            made: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
            if "label" in made:
                made["label"] = Label(**made["label"])
            found.append(Dataset(**made))
    if wrong:
        raise ConfigError("\n".join(wrong))
    return found


def _filled(value: Any, key: str) -> Any:  # noqa: ANN401  # a value of TOML
    """Return a value with the key filled into its texts."""
    if isinstance(value, list):
        return [_filled(one, key) for one in value]
    if not isinstance(value, str):
        return value
    words = key.replace("_", " ")
    return value.replace("{key}", key).replace("{words}", words).replace("{slug}", words.lower().replace(" ", "-"))


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_table(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


TYPES: dict[str, tuple[Callable[[object], bool], str]] = {
    "str": (lambda value: isinstance(value, str), "a text"),
    "int": (lambda value: isinstance(value, int) and not isinstance(value, bool), "a whole number"),
    "bool": (lambda value: isinstance(value, bool), "true or false"),
    "tuple[str, ...]": (_is_texts, "a list of texts"),
    "dict[str, str]": (_is_table, "a table of texts"),
    "Form": (lambda value: value in get_args(Form), f"one of {', '.join(get_args(Form))}"),
    "Kind": (lambda value: value in get_args(Kind), f"one of {', '.join(get_args(Kind))}"),
    "Label": (
        lambda value: _is_table(value) and isinstance(value, dict) and set(value) == {f.name for f in fields(Label)},
        f"a table with {', '.join(f.name for f in fields(Label))}",
    ),
}
"""By the type of a field of `Dataset`: whether a value of TOML is of that type, and what it must be."""


def _problems(values: dict[str, Any]) -> list[str]:
    types = {f.name: str(f.type).removesuffix(" | None") for f in fields(Dataset)}
    needed = [f.name for f in fields(Dataset) if f.default is MISSING and f.default_factory is MISSING]
    wrong = [f"{name} is missing" for name in needed if name not in values]
    for name, value in values.items():
        if name not in types:
            wrong.append(f"no key is called {name!r}; {did_you_mean(name, types)}")
        elif not TYPES[types[name]][0](value):
            wrong.append(f"{name} must be {TYPES[types[name]][1]}, not {value!r}")
    if not wrong:
        wrong = [f"checksums names {name!r}, which is not in files" for name in values.get("checksums", {}) if name not in values["files"]]
        if not (values.get("url") or values.get("by_hand")):
            wrong.append("neither url nor by_hand says how to get it")
        if values.get("member") and not values.get("sha256"):
            wrong.append("member needs sha256: a file is taken out of an archive only after the archive was verified")
    return wrong


def markdown(data: Dataset) -> str:
    """Return the card of a set as Markdown."""
    lines = [f"# {data.title}", "", data.what, "", "| | |", "|---|---|", f"| name | `{data.name}` |", f"| a row is | {ROW[data.kind]} |"]
    counts = [f"{count:,} {of}" for count, of in ((data.rows, "rows"), (data.reviewers, "reviewers"), (data.products, "products")) if count]
    lines += [
        f"| size | {'about ' if counts and data.rounded else ''}{', '.join(counts) or 'not known'} |",
        f"| columns | {data.columns} |",
        f"| labels | {f'`{data.label.column}` {data.label.fake}: {data.label.says}' if data.label else LABELS[data.kind]} |",
        f"| licence | {data.licence} |",
        f"| page | {data.source} |",
        f"| cite | {data.citation} |",
        "",
        "## What to keep in mind",
        "",
        *(f"- {one}" for one in data.mind),
        "",
        "## Files",
        "",
        "The first of these that is in a data folder is read:",
        "",
        *(f"- `{name}`{f', SHA-256 {data.checksums[name]}' if name in data.checksums else ''}" for name in data.files),
        "",
    ]
    if any(name not in data.checksums for name in data.files):
        lines += [f"{UNKNOWN}.", ""]
    lines += ["## How to get it", "", *([_fetching(data)] if data.url else []), *([data.by_hand] if data.by_hand else [])]
    return "\n".join(lines) + "\n"


def _fetching(data: Dataset) -> str:
    taken = f", of which `{data.member}` is kept" if data.member else ""
    known = f"; its SHA-256 is {data.sha256}" if data.sha256 else "; its SHA-256 is not known"
    return f"`collusion bench data {data.name} --fetch --folder DIR` gets it from {data.url}{taken}{known}."


ROW = {"reviews": "a review", "products": "a product with its features, not a review", "attacks": "a simulated fake review"}

LABELS = {"reviews": "none", "products": "none", "attacks": "every row is fake"}

UNKNOWN = (
    "Where no SHA-256 is given, none is known: a fetch records that of the file it got beside it, as NAME.sha256, and from then on the "
    "file is verified against it. For a file put there by hand, `sha256sum NAME > NAME.sha256` does the same"
)
