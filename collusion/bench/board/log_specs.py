"""Specifications of logs: data, what is planted, seed. The same specification gives the same log."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collusion.base.errors import ConfigError
from collusion.simulate.world import stream

if TYPE_CHECKING:
    from pathlib import Path

    from collusion.simulate.labelled import LabelledLog

__all__ = ["MARKET", "PUBLISHED", "SHAPES_ATTACK", "LogSpec", "attacks_of", "check", "make_log", "source_digest", "specs_of"]

MARKET = "market"
"""Data that is simulated: ``market``, or ``market:200000`` for another number of ordinary reviews."""

REVIEWS = 40_000
"""Ordinary reviews of a market without a number."""

LEAST_REVIEWS = 35_000
"""Ordinary reviews of the smallest market for all shapes: the sparse workforce has 1,200 targets."""

SHAPES_ATTACK = "shapes"
"""Every shape of `collusion.simulate.shapes`, as often as in a calibration."""

RINGS_ATTACK = "rings"
"""The mixture of rings that is planted into a real log by default (`collusion.simulate.inject`)."""

PUBLISHED = ("IncBP", "IncDS", "IncPR", "Random", "Singleton")
"""Nash-Detect's training attacks (Dou et al., KDD 2020), planted into the log that they were made for."""

YELP, NASH = "yelpchi", "nash-yelpchi"


@dataclass(frozen=True)
class LogSpec:
    """A log with what is planted in it.

    Parameters
    ----------
    data : str
        ``market``, ``market:REVIEWS``, or a name of `collusion.datasets.catalogue.DATASETS`.
    attack : str
        ``shapes`` (markets only), ``published:NAME`` (YelpChi only), or a name that `collusion.simulate.inject.make_attack` knows.
    seed : int
        Of the market, of what is planted, and of the methods.
    """

    data: str
    attack: str
    seed: int = 0

    @property
    def label(self) -> str:
        """Data and attack, as tables name them."""
        return f"{self.data} + {self.attack}"


def attacks_of(data: str) -> tuple[str, ...]:
    """Return what is planted into data by default."""
    if _is_market(data):
        return (SHAPES_ATTACK,)
    return tuple(f"published:{name}" for name in PUBLISHED) if data == YELP else (RINGS_ATTACK,)


def specs_of(text: str) -> tuple[LogSpec, ...]:
    """Return the logs that a text such as ``market:8000 + rings`` names: data alone means all attacks that suit it."""
    data, plus, attack = text.partition(" + ")
    return tuple(LogSpec(data, one) for one in ([attack] if plus else attacks_of(data)))


def check(spec: LogSpec, folder: Path | None) -> None:
    """Raise what `make_log` would raise for a wrong name or a missing file, before anything is run.

    Raises
    ------
    ConfigError
        When there is no such data or attack, or the two do not fit.
    InputError
        When the data cannot be found; the message says what to do.
    """
    from collusion.datasets.catalogue import find  # noqa: PLC0415  # pyarrow's readers, which a table of results does not need
    from collusion.simulate.inject import make_attack  # noqa: PLC0415  # as above

    market = _is_market(spec.data)
    if market:
        _reviews(spec.data)
    else:
        find(spec.data, folder)
    if spec.attack == SHAPES_ATTACK:
        if not market:
            raise ConfigError(f"{spec.label}: only a market can be simulated with {SHAPES_ATTACK}; plant {RINGS_ATTACK} into a real log")
        if _reviews(spec.data) < LEAST_REVIEWS:
            raise ConfigError(
                f"{spec.label}: a market that all shapes fit into has at least {LEAST_REVIEWS:,} reviews; take more, or {RINGS_ATTACK}"
            )
    elif spec.attack.startswith("published:"):
        name = spec.attack.partition(":")[2]
        if spec.data != YELP or name not in PUBLISHED:
            raise ConfigError(f"{spec.label}: published attacks are for {YELP} alone, and are {', '.join(PUBLISHED)}")
        find(NASH, folder)
    else:
        make_attack(spec.attack)


def make_log(spec: LogSpec, folder: Path | None = None) -> LabelledLog:
    """Return the log of a spec: with new random ids and rows in the order of their times, so that neither shows what is planted.

    Parameters
    ----------
    spec : LogSpec
    folder : Path, optional
        Of local copies of public data; where None, that of `collusion.datasets.catalogue.find`.
    """
    from collusion.simulate.labelled import shuffled  # noqa: PLC0415  # as above

    return shuffled(_planted(spec, folder), stream(spec.seed, "board shuffle"))


def source_digest(data: str, folder: Path | None = None) -> str:
    """Return the SHA-256 of the file that data is read from; of a market, which code and seed make, an empty text."""
    from collusion.datasets.catalogue import find  # noqa: PLC0415  # as above

    if _is_market(data):
        return ""
    names = (data, NASH) if data == YELP else (data,)
    digest = hashlib.sha256()
    for name in names:
        with find(name, folder).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _planted(spec: LogSpec, folder: Path | None) -> LabelledLog:
    from collusion.datasets.catalogue import find  # noqa: PLC0415  # as above
    from collusion.datasets.reading import load  # noqa: PLC0415  # as above
    from collusion.simulate.inject import make_attack  # noqa: PLC0415  # as above
    from collusion.simulate.inject.published import published  # noqa: PLC0415  # as above
    from collusion.simulate.labelled import LabelledLog  # noqa: PLC0415  # as above

    if spec.attack.startswith("published:"):
        return published(find(YELP, folder), find(NASH, folder), spec.attack.partition(":")[2], spec.seed)
    if _is_market(spec.data):
        log = _market(spec)
        if spec.attack == SHAPES_ATTACK:
            return log
    else:
        table = load(spec.data, folder)
        if "label" in table.column_names:
            # Labels of a filter are not rings, and methods must not see them.
            table = table.drop_columns("label")
        log = LabelledLog(table, [False] * len(table))  # type: ignore[arg-type]  # held as an array
    return make_attack(spec.attack).plant(log, stream(spec.seed, f"attack {spec.attack}"))


def _market(spec: LogSpec) -> LabelledLog:
    from collusion.bench.worlds import RINGS, World, world_log  # noqa: PLC0415  # as above
    from collusion.simulate.labelled import labelled_market  # noqa: PLC0415  # as above
    from collusion.simulate.shapes import SHAPES  # noqa: PLC0415  # as above
    from collusion.simulate.writing import to_table  # noqa: PLC0415  # as above

    shapes = tuple(name for name in SHAPES for _ in range(RINGS.get(name, 0))) if spec.attack == SHAPES_ATTACK else ()
    log = world_log(World(spec.data, spec.seed, _reviews(spec.data), shapes))
    return labelled_market(log, to_table(log))


def _is_market(data: str) -> bool:
    return data.partition(":")[0] == MARKET


def _reviews(data: str) -> int:
    _, colon, text = data.partition(":")
    if not colon:
        return REVIEWS
    if not text.isdecimal() or int(text) < 1000:
        raise ConfigError(f"{data}: write market:REVIEWS with a whole number of at least 1000")
    return int(text)
