"""A case whose names are pseudonyms: tables, pictures, exports and reports made from it hold no name of the log."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from collusion.base.errors import CollusionError, ConfigError, InputError
from collusion.base.model import Doubt, Pseudonymised
from collusion.base.operation import Operation, RingLink, core_of, kind_of_column, operation_id
from collusion.case import Case, ring_id
from collusion.privacy.keys import key_of
from collusion.privacy.names import LETTERS, SCHEME, Pseudonyms, fingerprint
from collusion.reviews.wording import COLUMNS as COLUMNS_QUOTED
from collusion.reviews.wording import EXAMPLES, FILES

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from collusion.base.model import Context, Provenance, Source
    from collusion.base.profits import Profit, Profits
    from collusion.case import Lookup as AnyLookup
    from collusion.case import Replicates, Ring

__all__ = ["COLUMNS", "Lookup", "pseudonymise", "pseudonymised"]

_LOG = logging.getLogger(__name__)

LEFT_OUT = "(left out)"

COLUMNS = {
    "reviewer_id": "reviewer",
    "product_id": "product",
    "review_id": "review",
    "seller": "seller",
    "category": "category",
    "listing": "listing",
    "marketplace": "marketplace",
}
"""Columns of a source row that hold names, and the roles of these."""

ROLES_SHARED = {"accounts": "reviewer", "texts": "reviewer", "sellers": "seller"}
"""Roles of what rings share, by the kind of the link; of other kinds, values of linking columns."""

KNOWN_REASON = re.compile(
    r"(reviewer_id|product_id|rating|timestamp) "
    r"(?:is missing|is not a finite number|is not a date, an ISO 8601 time or a number|is not between 1990 and 2100"
    r"|is no date, ISO 8601 time or number|lies outside 1990 to 2100)"  # the last two: cases of earlier versions
)
"""Reasons for which rows are set aside. They name the column as we do; any other could cite the log."""

_DAY = re.compile(r"-?\d{4,6}-\d{2}-\d{2}(?![^T ])")
_TRUTH = {"true": "true", "1": "true", "yes": "true", "false": "false", "0": "false", "no": "false"}
# What a note quotes of the log comes last: ids, columns or files.
_QUOTES = re.compile("|".join(f"{re.escape(mark)}.*" for mark in (EXAMPLES, COLUMNS_QUOTED, FILES)), re.DOTALL)


def pseudonymise(case: Case, key: bytes | str | os.PathLike[str], *, text: bool = False) -> Case:
    """Return the case with pseudonyms in place of all names of the log, so that it can be given to somebody who may not see them.

    Reviewers, products, reviews, sellers, listings, categories, marketplaces and the values of linking columns get pseudonyms by role
    (`collusion.privacy.names`); the same key gives the same ones in every case, and cases of different keys cannot be joined. Sources and
    linking columns are numbered, digests of sources are pseudonyms too, and ids of rings are made from the pseudonyms. Left out are the
    texts of reviews (unless asked for), the cells of rows set aside, the time of day, the log's own columns and their names, and what
    changed since an earlier case (`Case.since`): compare the cases with pseudonyms instead.

    Dates, ratings and row numbers stay: they are what evidence is made of. So anybody who has the log, or a public copy of it, can find the
    rows, and the people. This is pseudonymisation, not anonymisation.

    Parameters
    ----------
    case : Case
    key : bytes or path
        At least 32 random bytes, or the file of a key (`make_key`).
    text : bool, default False
        Keep the texts of reviews. What people write identifies them, and a warning in the log says so.

    Raises
    ------
    ConfigError
        When the key cannot be used, or the case is pseudonymised already.
    CollusionError
        When two names share a pseudonym (1e-12 for a million names); while the case is written at the latest.
    """
    secret = key_of(key)
    if text:
        _LOG.warning("the texts of reviews are kept: what people write, and how, identifies them")
    return pseudonymised(case, secret, Pseudonyms(secret), text=text)


def pseudonymised(case: Case, secret: bytes, names: Pseudonyms, *, text: bool = False) -> Case:
    """Return the case with these pseudonyms, some of which may be names that are kept (see `pseudonymise`).

    Ids of rings are made from pseudonyms alone, so copies of a case that keep different names call a ring the same.
    """
    if case.provenance.pseudonymised is not None:
        raise ConfigError("the case is pseudonymised already; begin with the case that names the log's ids")
    links = _links(case.provenance)
    rings = tuple(_ring(ring, names, links) for ring in case.rings)
    made = Pseudonymised(scheme=SCHEME, key=fingerprint(secret), text=text)
    called = {old.id: new for new, old in zip(rings, case.rings, strict=True)}
    return replace(
        case,
        rings=rings,
        operations=tuple(_operation(one, called, names, links) for one in case.operations if called.keys() >= set(one.rings)),
        profits=_profits(case.profits, names, {old.id: new.id for old, new in zip(case.rings, rings, strict=True)}),
        provenance=_provenance(case.provenance, names, made),
        since=None,
        earlier_journals=(),
        notes=(*(_without(_QUOTES.sub("", note), links) for note in case.notes), _told(made, links)),
        lookup=Lookup(
            inner=case.lookup,
            names=names,
            rings={new.id: old for new, old in zip(rings, case.rings, strict=True)},
            sources=case.provenance.sources,
            key=secret,
            text=text,
            links=links,
        ),
    )


def _links(provenance: Provenance) -> tuple[str, ...]:
    """Return the names of the linking columns."""
    found = provenance.config.get("link")
    return tuple(map(str, found)) if isinstance(found, (list, tuple)) else ()


def _column(number: int) -> str:
    return f"column_{number + 1}"


def _without(sentence: str, links: Sequence[str]) -> str:
    """Return a sentence of ours with numbered columns in place of the linking ones, which it quotes as ``repr`` does."""
    if not links:
        return sentence
    numbers = {repr(name): repr(_column(k)) for k, name in enumerate(links)}
    return re.sub("|".join(map(re.escape, numbers)), lambda found: numbers[found[0]], sentence)


def _told(made: Pseudonymised, links: Sequence[str]) -> str:
    letters = ", ".join(f"{role}s {LETTERS[role]}-" for role in ("reviewer", "product", "review", "seller"))
    letters += f", values of linking columns {LETTERS['link']}-" if links else ""
    return (
        f"Names are pseudonyms made with the key {made.key} ({letters}); anybody with the key and the log can reveal them. "
        f"Sources are numbered in the order in which they were read. Texts of reviews are {'kept' if made.text else 'left out'}. Row "
        "numbers, dates and ratings are the log's, so anybody with the log can find the rows."
    )


def _ring(ring: Ring, names: Pseudonyms, links: Sequence[str]) -> Ring:
    # Sorted again: the order of the names would reveal something about them.
    reviewers = tuple(sorted(names.all("reviewer", ring.reviewers)))
    products = tuple(sorted(names.all("product", ring.products)))
    doubtful = tuple(sorted((Doubt(names.of("reviewer", one.reviewer), one.reason) for one in ring.doubtful), key=lambda one: one.reviewer))
    evidence = tuple(replace(one, statement=_without(one.statement, links)) for one in ring.evidence)
    members = (("reviewer", ring.reviewers), ("product", ring.products))
    named = ring_id(*([names.made(role, name) for name in held] for role, held in members))
    # A lineage id is made from names, and is that of a ring whose names are not known here.
    return replace(ring, id=named, lineage_id=named, reviewers=reviewers, products=products, doubtful=doubtful, evidence=evidence)


def _operation(operation: Operation, called: Mapping[str, Ring], names: Pseudonyms, columns: Sequence[str]) -> Operation:
    """Return an operation of the rings with new ids; what links share is sorted again, as members are."""
    kinds = {kind_of_column(name): _column(k) for k, name in enumerate(columns)}
    links = tuple(
        RingLink(
            called[link.first].id,
            called[link.second].id,
            kinds.get(link.kind, link.kind),
            tuple(sorted(names.all(ROLES_SHARED.get(link.kind, "link"), link.shared))),
            link.expected,
            link.p_value,
            link.q_value,
        )
        for link in operation.links
    )
    rings = tuple(called[ring].id for ring in operation.rings)
    return Operation(
        operation_id(rings), operation.rank, rings, links, core_of((called[ring].reviewers for ring in operation.rings), links)
    )


def _profits(profits: Profits | None, names: Pseudonyms, rings: Mapping[str, str]) -> Profits | None:
    """Return who profits under pseudonyms, in the order of these where figures are equal."""
    if profits is None:
        return None

    def listed(role: str, found: tuple[Profit, ...]) -> tuple[Profit, ...]:
        named = (
            replace(
                one,
                id=names.of(role, one.id),
                seller=None if one.seller is None else names.of("seller", one.seller),
                groups=tuple(rings[group] for group in one.groups),
            )
            for one in found
        )
        return tuple(sorted(named, key=lambda one: (-one.n_flagged, -one.n_coordinated, one.id)))

    harmed = tuple(
        replace(
            one,
            product=names.of("product", one.product),
            seller=None if one.seller is None else names.of("seller", one.seller),
            gained=tuple(names.all("product", one.gained)),
        )
        for one in profits.harmed
    )
    products = listed("product", profits.products)
    place = {one.id: k for k, one in enumerate(products)}
    return replace(
        profits,
        sellers=listed("seller", profits.sellers),
        products=products,
        harmed=tuple(sorted(harmed, key=lambda one: place[one.product])),
    )


def _provenance(provenance: Provenance, names: Pseudonyms, made: Pseudonymised) -> Provenance:
    # With the digest anybody who has a log can see whether it is this one; with a pseudonym of it only who holds the key can.
    sources = tuple(
        replace(source, name=_source(k), digest=names.of("digest", source.digest)) for k, source in enumerate(provenance.sources)
    )
    return replace(provenance, sources=sources, config=_config(provenance.config), pseudonymised=made)


def _source(number: int) -> str:
    return f"source-{number + 1}"


def _config(config: Mapping[str, object]) -> dict[str, object]:
    """Return the configuration without the names of the log's columns, and without paths that a parameter may hold."""
    found: dict[str, object] = {name: _pathless(value) for name, value in config.items()}
    if isinstance(columns := config.get("map"), Mapping):
        found["map"] = dict.fromkeys(columns, LEFT_OUT)
    if isinstance(links := config.get("link"), (list, tuple)):
        found["link"] = [_column(k) for k in range(len(links))]
    if isinstance(named := config.get("columns"), (list, tuple)):
        found["columns"] = [LEFT_OUT for _ in named]
    return found


def _pathless(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _pathless(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_pathless(one) for one in value]
    return LEFT_OUT if isinstance(value, str) and any(mark in value for mark in "/\\") else value


@dataclass(frozen=True, eq=False)
class Lookup:
    """The way from a ring of pseudonyms to the log (`collusion.case.Lookup`): names become pseudonyms as they pass.

    ``inner`` is the lookup of the case with the log's names, ``rings`` leads from the id of a ring to the ring with these, and ``sources``
    and ``links`` (the linking columns) have their own names. ``key`` is for the null case, which has products of the log; ``text`` is
    whether the texts of reviews pass.
    """

    inner: AnyLookup
    names: Pseudonyms
    rings: Mapping[str, Ring]
    sources: tuple[Source, ...]
    key: bytes = field(repr=False)
    text: bool = False
    links: tuple[str, ...] = ()

    def null_case(self) -> Case:
        """Return the case of the strongest group of the null replicates (`collusion.case.Replicates`), under pseudonyms too.

        Raises
        ------
        CollusionError
            When the case does not lead back to a log, or no replicate was run.
        """
        if not hasattr(self.inner, "null_case"):
            raise CollusionError("the case does not lead back to its log, so the log cannot be shuffled again; scan the log again")
        return pseudonymise(cast("Replicates", self.inner).null_case(), self.key, text=self.text)

    def context(self, ring: Ring) -> Context:
        """Return the reviews around a ring of this case."""
        if ring.id not in self.rings:
            raise InputError(f"{ring.id}: is not a ring of this pseudonymised case; take one of its rings")
        found = self.inner.context(self.rings[ring.id])
        return replace(found, reviewer=self._all("reviewer", found.reviewer), product=self._all("product", found.product))

    def _all(self, role: str, names: NDArray[np.object_]) -> NDArray[np.object_]:
        made = np.empty(len(names), dtype=object)
        made[:] = self.names.all(role, names.tolist())
        return made

    def rows(self, rows: Sequence[int]) -> pd.DataFrame:
        """Return source rows: numbers, names and linked values as pseudonyms, rating, day, whether verified; nothing else of the log."""
        import pandas as pd  # noqa: PLC0415  # only for who asks for rows

        found = self.inner.rows(rows)
        first = np.array([source.first_row for source in self.sources], dtype=np.int64)
        at = np.searchsorted(first, found["row"].to_numpy(), side="right") - 1
        columns: dict[str, list[Any]] = {"source": [_source(k) for k in at.tolist()]}
        held = [(column, column, role) for column, role in COLUMNS.items()]
        held += [(name, _column(k), "link") for k, name in enumerate(self.links)]
        for column, shown, role in held:
            if column in found:
                columns[shown] = [self.names.of(role, cell) if isinstance(cell, str) and cell.strip() else None for cell in found[column]]
        for column, passed in _PASSED.items():
            if column in found:
                columns[column] = [None if cell is None else passed(str(cell)) for cell in found[column]]
        if self.text and "text" in found:
            columns["text"] = found["text"].tolist()
        kept = [column for column in found.columns if column in columns or column in ("row", "source_row")]
        # Objects, as the log's own rows are: text of pandas' own kind holds neither None nor lone surrogates.
        return found[kept].assign(**{column: pd.Series(cells, index=found.index, dtype=object) for column, cells in columns.items()})

    def problems(self) -> Sequence[Mapping[str, object]]:
        """Return the rows set aside: where each is and why, but nothing that stood in it."""
        numbers = {source.name: _source(k) for k, source in enumerate(self.sources)}
        return [_problem(problem, numbers) for problem in self.inner.problems()]


def _problem(problem: Mapping[str, object], numbers: Mapping[str, str]) -> dict[str, object]:
    reason = KNOWN_REASON.fullmatch(str(problem.get("reason")))
    return {
        "source": numbers.get(str(problem.get("source")), "source"),
        "row": problem.get("row"),
        "line": problem.get("line"),
        # The log's own name for it may reveal whose log it is.
        "column": None if reason is None else reason[1],
        "value": None,
        "reason": "reason left out" if reason is None else reason[0],
    }


def _rating(cell: str) -> str | None:
    """Return a rating with six digits: a longer number could be a name."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return f"{value:g}" if math.isfinite(value) else None


def _day(cell: str) -> str | None:
    """Return the day alone: the second of a review finds it in a public copy of the log."""
    found = _DAY.match(cell)
    return found[0] if found else None


_PASSED: dict[str, Callable[[str], str | None]] = {
    "rating": _rating,
    "timestamp": _day,
    "verified": lambda cell: _TRUTH.get(cell.strip().lower()),
}
"""Columns of a source row that pass, and what of a cell does."""
