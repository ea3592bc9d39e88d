"""Which log a cell is run on, told so shortly that it can be made anew: data, what is planted, seed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collusion.errors import ConfigError
from collusion.simulate.world import stream

if TYPE_CHECKING:
    from pathlib import Path

    from collusion.simulate.labelled import LabelledLog

__all__ = ["MARKET", "PUBLISHED", "SHAPES_ATTACK", "Recipe", "attacks_of", "check", "make", "source_digest"]

MARKET = "market"
"""Data that is simulated: ``market``, or ``market:200000`` for another number of ordinary reviews."""

REVIEWS = 40_000
"""Ordinary reviews of a market, where it is not said."""

LEAST = 35_000
"""Ordinary reviews of a market that all shapes fit into: the sparse workforce has 1,200 targets."""

SHAPES_ATTACK = "shapes"
"""Planted by the simulator itself: every shape of `collusion.simulate.shapes`, as often as in a calibration."""

RINGS_ATTACK = "rings"
"""The mixture of rings planted into a real log where nothing else is asked for (`collusion.simulate.inject`)."""

PUBLISHED = ("IncBP", "IncDS", "IncPR", "Random", "Singleton")
"""Nash-Detect's training attacks (Dou et al., KDD 2020), planted into the log that they were made for."""

YELP, NASH = "yelpchi", "nash-yelpchi"


@dataclass(frozen=True)
class Recipe:
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
    seed: int

    @property
    def label(self) -> str:
        """Data and attack, as tables name them."""
        return f"{self.data} + {self.attack}"


def attacks_of(data: str) -> tuple[str, ...]:
    """Return what is planted into data where no attack is asked for."""
    if _is_market(data):
        return (SHAPES_ATTACK,)
    return tuple(f"published:{name}" for name in PUBLISHED) if data == YELP else (RINGS_ATTACK,)


def check(recipe: Recipe, folder: Path | None) -> None:
    """Raise what `make` would raise for a wrong name or a missing file, before anything is run.

    Raises
    ------
    ConfigError
        When there is no such data or attack, or the two do not fit.
    InputError
        When the data is nowhere to be found; the message says what to do.
    """
    from collusion.datasets.catalogue import find  # noqa: PLC0415  # pyarrow's readers, which a table of results does not need
    from collusion.simulate.inject import make_attack  # noqa: PLC0415  # as above

    market = _is_market(recipe.data)
    if market:
        _reviews(recipe.data)
    else:
        find(recipe.data, folder)
    if recipe.attack == SHAPES_ATTACK:
        if not market:
            raise ConfigError(f"{recipe.label}: only a market can be simulated with {SHAPES_ATTACK}; plant {RINGS_ATTACK} into a real log")
        if _reviews(recipe.data) < LEAST:
            raise ConfigError(
                f"{recipe.label}: a market that all shapes fit into has at least {LEAST:,} reviews; take more, or {RINGS_ATTACK}"
            )
    elif recipe.attack.startswith("published:"):
        name = recipe.attack.partition(":")[2]
        if recipe.data != YELP or name not in PUBLISHED:
            raise ConfigError(f"{recipe.label}: published attacks are for {YELP} alone, and are {', '.join(PUBLISHED)}")
        find(NASH, folder)
    else:
        make_attack(recipe.attack)


def make(recipe: Recipe, folder: Path | None = None) -> LabelledLog:
    """Return the log of a recipe: new random ids and rows in the order of their times, so that neither shows what was planted.

    Parameters
    ----------
    recipe : Recipe
    folder : Path, optional
        Of local copies of public data; where None, that of `collusion.datasets.catalogue.find`.
    """
    from collusion.simulate.labelled import shuffled  # noqa: PLC0415  # as above

    return shuffled(_planted(recipe, folder), stream(recipe.seed, "board shuffle"))


def source_digest(data: str, folder: Path | None = None) -> str:
    """Return the SHA-256 of the file that data is read from; of a market, which code and seed make, an empty text."""
    from collusion.datasets.catalogue import find  # noqa: PLC0415  # as above

    if _is_market(data):
        return ""
    names = (data, NASH) if data == YELP else (data,)
    told = hashlib.sha256()
    for name in names:
        with find(name, folder).open("rb") as file:
            told.update(hashlib.file_digest(file, "sha256").digest())
    return told.hexdigest()


def _planted(recipe: Recipe, folder: Path | None) -> LabelledLog:
    from collusion.datasets.catalogue import find  # noqa: PLC0415  # as above
    from collusion.datasets.reading import load  # noqa: PLC0415  # as above
    from collusion.simulate.inject import make_attack  # noqa: PLC0415  # as above
    from collusion.simulate.inject.published import published  # noqa: PLC0415  # as above
    from collusion.simulate.labelled import LabelledLog  # noqa: PLC0415  # as above

    if recipe.attack.startswith("published:"):
        return published(find(YELP, folder), find(NASH, folder), recipe.attack.partition(":")[2], recipe.seed)
    if _is_market(recipe.data):
        log = _market(recipe)
        if recipe.attack == SHAPES_ATTACK:
            return log
    else:
        table = load(recipe.data, folder)
        if "label" in table.column_names:
            # A filter's labels are no rings, and must not be seen by a method.
            table = table.drop_columns("label")
        log = LabelledLog(table, [False] * len(table))  # type: ignore[arg-type]  # held as an array
    return make_attack(recipe.attack).plant(log, stream(recipe.seed, f"attack {recipe.attack}"))


def _market(recipe: Recipe) -> LabelledLog:
    from collusion.bench.calibration import RINGS, World, world_log  # noqa: PLC0415  # as above
    from collusion.simulate.labelled import labelled_market  # noqa: PLC0415  # as above
    from collusion.simulate.shapes import SHAPES  # noqa: PLC0415  # as above
    from collusion.simulate.writing import to_table  # noqa: PLC0415  # as above

    shapes = tuple(name for name in SHAPES for _ in range(RINGS.get(name, 0))) if recipe.attack == SHAPES_ATTACK else ()
    log = world_log(World(recipe.data, recipe.seed, _reviews(recipe.data), shapes))
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
