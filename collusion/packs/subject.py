"""What a pack is about: some rings, and the ids that its addressee may read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from collusion.base.errors import ConfigError, UnknownRingError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from collusion.case import Case, Ring

__all__ = ["ADDRESSEES", "Addressee", "Subject", "subject_of"]

Addressee = Literal["account-holder", "seller", "regulator"]

ADDRESSEES: tuple[Addressee, ...] = get_args(Addressee)

TAKEN = ("flagged", "coordinated")
"""Statuses of the rings of an account or a seller that are taken where none is named. So are confirmed ones, and those whose confirmation
is under appeal: who appeals needs the reasons. Of the others the scan itself says that they are chance, or explained."""

SHOWN = 5


@dataclass(frozen=True)
class Subject:
    """What a pack is about.

    Parameters
    ----------
    rings : tuple of Ring
        Of the case as it is, in the order of their ranks.
    addressee : {"account-holder", "seller", "regulator"}
    who : str or None
        The account or the seller, by its id in the log; None for a regulator.
    own : mapping of str to frozenset of str
        By role (`collusion.privacy.names.LETTERS`), the ids of the log that are the addressee's own and stay readable.
    not_taken : tuple of str
        Ids of other rings that the addressee is in, and that the pack does not have.
    """

    rings: tuple[Ring, ...]
    addressee: Addressee
    who: str | None = None
    own: Mapping[str, frozenset[str]] = field(default_factory=dict)
    not_taken: tuple[str, ...] = ()


def subject_of(case: Case, rings: Sequence[Ring | str], addressee: str, who: str | None) -> Subject:
    """Return the subject of a pack.

    Parameters
    ----------
    case : Case
    rings : sequence of Ring or str
        Rings, ids, starts of ids, or ranks. The id of an operation means its rings; for an account or a seller, those of them that have
        it. Empty: those of the account or the seller that are flagged, coordinated or confirmed.
    addressee : str
    who : str or None

    Raises
    ------
    ConfigError
        When something is wrong; all problems at once.
    """
    found, of_operations, problems = _named(case, rings)
    problems += _faults(addressee, who, named=bool(rings))
    if problems:
        raise ConfigError("\n".join(problems))
    if addressee == "regulator" or who is None:
        return Subject(found, "regulator")
    of = _of_account if addressee == "account-holder" else _of_seller
    return of(case, found, of_operations, who)


def _faults(addressee: str, who: str | None, *, named: bool) -> list[str]:
    if addressee not in ADDRESSEES:
        return [f"addressee: there is no {addressee!r}; {did_you_mean(addressee, ADDRESSEES)}"]
    if addressee == "regulator":
        told = [] if who is None else ["who: a regulator's pack is about rings, and about nobody alone; leave it out"]
        return told if named else [*told, "rings: name at least one ring for a regulator, by id or rank"]
    return [] if who else [f"who: name the {addressee}, by the id in the log"]


def _named(case: Case, rings: Sequence[Ring | str]) -> tuple[tuple[Ring, ...], frozenset[str], list[str]]:
    """Return the rings of the case that are named, each once; those that are named by their operation alone; and what is wrong."""
    found: dict[str, Ring] = {}
    alone: set[str] = set()
    problems = []
    for one in rings:
        text = one if isinstance(one, str) else one.id
        if text[:2] in {"O-", "o-"}:
            try:
                own = case.operation(f"O-{text[2:].lower()}").rings
            except UnknownRingError as error:
                problems.append(f"operation {error}")
                continue
            alone |= set(own) - found.keys()
            found.update((ring, case[ring]) for ring in own)
            continue
        try:
            ring = case.find(text)
            found[ring.id] = ring
            alone.discard(ring.id)
        except ConfigError as error:
            problems.append(str(error))
    return tuple(sorted(found.values(), key=lambda ring: ring.rank)), frozenset(alone), problems


def _of_account(case: Case, named: tuple[Ring, ...], of_operations: frozenset[str], who: str) -> Subject:
    members = {name for ring in case.rings for name in ring.reviewers}
    taken, left = _taken(case, named, of_operations, lambda ring: who in ring.reviewers, "account", who, members)
    rows = _rows(case, taken)
    own = rows[[one == who for one in rows["reviewer_id"]]]
    kept = {"reviewer": frozenset((who,)), "product": _texts(own, "product_id"), "review": _texts(own, "review_id")}
    return Subject(taken, "account-holder", who, kept, left)


def _of_seller(case: Case, named: tuple[Ring, ...], of_operations: frozenset[str], who: str) -> Subject:
    rows = _rows(case, case.rings)
    if "seller" not in rows:
        raise ConfigError("addressee: the log of this case has no column of sellers, so no ring can be assigned to one")
    own = _texts(rows[[one == who for one in rows["seller"]]], "product_id")
    has = lambda ring: not own.isdisjoint(ring.products)  # noqa: E731  # a test of a ring, as for an account
    taken, left = _taken(case, named, of_operations, has, "seller", who, _texts(rows, "seller"))
    products = frozenset(name for ring in taken for name in ring.products if name in own)
    return Subject(taken, "seller", who, {"seller": frozenset((who,)), "product": products}, left)


def _taken(
    case: Case,
    named: tuple[Ring, ...],
    of_operations: frozenset[str],
    has: Callable[[Ring], bool],
    kind: str,
    who: str,
    known: frozenset[str] | set[str],
) -> tuple[tuple[Ring, ...], tuple[str, ...]]:
    """Return the rings of the pack, and the ids of others that the addressee is in."""
    of = [ring for ring in case.rings if has(ring)]
    if not of:
        raise ConfigError(f"who: no ring of the case has the {kind} {who!r}; {_hint(who, known)}")
    kept = tuple(ring for ring in named if ring.id not in of_operations or has(ring))
    if named and not kept:
        raise ConfigError(f"who: no ring of the operation has the {kind} {who!r}; rings that have: {_listed(of)}")
    named = kept
    wrong = [f"ring {ring.id}: has not the {kind} {who!r}; rings that have: {_listed(of)}" for ring in named if not has(ring)]
    if wrong:
        raise ConfigError("\n".join(wrong))
    confirmed = {one.ring_id for one in case.decisions.select(("confirmed", "appealed"))} if not named else set()
    taken = named or tuple(ring for ring in of if ring.status in TAKEN or ring.id in confirmed)
    if not taken:
        raise ConfigError(
            f"who: no ring with the {kind} {who!r} is flagged, coordinated or confirmed; to make a pack of one all the same, name it: "
            f"{_listed(of)}"
        )
    chosen = {ring.id for ring in taken}
    return taken, tuple(ring.id for ring in of if ring.id not in chosen)


def _hint(who: str, known: frozenset[str] | set[str]) -> str:
    hint = did_you_mean(who, known)
    return hint if hint.startswith("did") or len(known) <= SHOWN else "members.csv and reviews.csv of the case list the ids"


def _listed(rings: Sequence[Ring]) -> str:
    more = f" and {len(rings) - SHOWN:,} more" if len(rings) > SHOWN else ""
    return ", ".join(ring.id for ring in rings[:SHOWN]) + more


def _rows(case: Case, rings: Sequence[Ring]) -> pd.DataFrame:
    return case.lookup.rows(sorted({row for ring in rings for row in ring.rows}))


def _texts(rows: pd.DataFrame, column: str) -> frozenset[str]:
    return frozenset(one for one in rows[column] if isinstance(one, str)) if column in rows else frozenset()
