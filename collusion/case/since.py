"""A case compared with an earlier one: lines of rings, and what changed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from collusion.base.errors import CollusionError, ConfigError, InputError
from collusion.base.lineage import Change, ChangeKind, Growth, Since
from collusion.case.lineage import Descent, descent
from collusion.decisions.case_decisions import digest_of
from collusion.decisions.journal import journal_path

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from collusion.base.model import Context
    from collusion.case.case import Case
    from collusion.case.ring import Ring

__all__ = ["check_since", "compared", "earlier_case", "new_flags"]


def earlier_case(given: Case | str | os.PathLike[str]) -> Case:
    """Return the case to compare with, from its folder if that is given. Its journals are read, so that a bad one is known now.

    Raises
    ------
    ConfigError
        When it is neither a case nor a folder of one.
    InputError
        When its journal is no journal, or cannot be read.
    """
    case = _read(Path(given)) if isinstance(given, (str, os.PathLike)) else given
    if not hasattr(case, "provenance"):
        raise ConfigError(f"since: is of type {type(case).__name__}; give a case, or the folder that `collusion scan --out` made")
    case.decisions.all()
    return case


def _read(folder: Path) -> Case:
    from collusion.case.read import read_folder  # noqa: PLC0415  # only where a folder is given

    try:
        return read_folder(folder)
    except InputError as error:
        raise ConfigError(f"since: {error}") from error


def check_since(earlier: Case, key: str | None) -> None:
    """Raise ConfigError where names of the two cases cannot be compared.

    Parameters
    ----------
    earlier : Case
    key : str or None
        Fingerprint of the key whose pseudonyms the new case has; None where it has the names of the log.
    """
    hidden = earlier.provenance.pseudonymised
    if (hidden and hidden.key) == key:
        return
    if hidden is None:
        raise ConfigError(
            "since: the earlier case has the names of its log, and the new one would have pseudonyms; scan without --pseudonymise, or "
            "name a case with pseudonyms of the same key"
        )
    if key is None:
        raise ConfigError(
            f"since: the earlier case has pseudonyms (of the key with the fingerprint {hidden.key}), so its members cannot be compared "
            "with names; name a case without pseudonyms, or add --pseudonymise with that key"
        )
    raise ConfigError(
        f"since: the earlier case has pseudonyms of the key with the fingerprint {hidden.key}, and the given key has {key}; name a case "
        "of the same key"
    )


def compared(case: Case, earlier: Case) -> Case:
    """Return a case whose rings continue the lines of an earlier case, with what changed (`Case.since`).

    Both cases keep their own journals; the decisions of the earlier one are looked up too (`collusion.decisions`).

    Raises
    ------
    ConfigError
        When one case has names and the other pseudonyms, or pseudonyms of another key.
    """
    hidden = case.provenance.pseudonymised
    check_since(earlier, None if hidden is None else hidden.key)
    growth = _growth(earlier, case)
    found = descent(earlier.rings, case.rings)
    names = _line_ids(earlier.rings, case.rings, found)
    changes = [_change(earlier, case, j, found, names[j], growth) for j in range(len(case.rings))]
    changes += [_gone(earlier, ring) for i, ring in enumerate(earlier.rings) if not found.children[i]]
    own, log = (digest_of(source.digest for source in one.provenance.sources) for one in (case, earlier))
    logs = dict.fromkeys([log, *(() if earlier.since is None else earlier.since.logs)])
    journals = dict.fromkeys(os.path.realpath(journal_path(one)) for one in (earlier.journal, *earlier.earlier_journals))
    return replace(
        case,
        rings=tuple(replace(ring, lineage_id=name) for ring, name in zip(case.rings, names, strict=True)),
        since=Since(growth, tuple(one for one in logs if one != own), earlier.span, earlier.accounting.counted, tuple(changes)),
        earlier_journals=tuple(journals),
    )


def new_flags(case: Case, *, decided: bool = True) -> tuple[Ring, ...]:
    """Return the flagged rings that were not flagged before and on whose members nobody has decided, in the order of ranks.

    A ring was flagged before if one was on any line that it comes from, in any of the earlier scans. With ``decided=False`` the journal is
    not read.
    """
    known = {one.ring_id for one in case.decisions.statuses() if one.status != "open"} if decided else set()
    before = {one.ring_id for one in (case.since.changes if case.since else ()) if one.flagged_before}
    return tuple(ring for ring in case.flagged if ring.id not in known and ring.id not in before)


def _growth(earlier: Case, case: Case) -> Growth:
    old, new = ([source.digest for source in one.provenance.sources] for one in (earlier, case))
    if all(old.count(digest) <= new.count(digest) for digest in {*old}):
        return "files"
    return "rows" if case.accounting.accepted >= earlier.accounting.accepted else "other"


def _line_ids(before: Sequence[Ring], now: Sequence[Ring], found: Descent) -> list[str]:
    """Return the lineage id of each ring. A line that begins has the id of its ring, numbered where an older line has it."""
    inherited = [found.continued(j) for j in range(len(now))]
    names = ["" if i is None else before[i].lineage_id for i in inherited]
    taken = {*names}
    for j, ring in enumerate(now):
        if not names[j]:
            names[j] = next(name for name in _numbered(ring.id) if name not in taken)
            taken.add(names[j])
    return names


def _numbered(ring_id: str) -> Iterator[str]:
    yield ring_id
    number = 2
    while True:
        yield f"{ring_id}-{number}"
        number += 1


def _change(earlier: Case, case: Case, j: int, found: Descent, name: str, growth: Growth) -> Change:
    ring, parents = case.rings[j], [earlier.rings[i] for i in found.parents[j]]
    people, things = ({one for ring in parents for one in getattr(ring, role)} for role in ("reviewers", "products"))
    siblings = max((len(found.children[i]) for i in found.parents[j]), default=0)
    return Change(
        lineage_id=name,
        kind=_kind({*ring.reviewers}, people, len(parents), siblings),
        ring_id=ring.id,
        before=tuple(one.id for one in parents),
        status=ring.status,
        status_before=parents[0].status if parents else None,
        flagged_before=any(one.flagged or _flagged_before(earlier, one) for one in parents),
        unbroken=_unbroken(earlier, parents[0], case, ring, growth) if parents else 0,
        n_reviewers=len(ring.reviewers),
        n_before=len(people),
        came=tuple(sorted({*ring.reviewers} - people)),
        left=tuple(sorted(people - {*ring.reviewers})),
        products_came=tuple(sorted({*ring.products} - things)),
        products_left=tuple(sorted(things - {*ring.products})),
    )


def _gone(earlier: Case, ring: Ring) -> Change:
    return Change(
        lineage_id=ring.lineage_id,
        kind="gone",
        ring_id=None,
        before=(ring.id,),
        status=None,
        status_before=ring.status,
        flagged_before=ring.flagged or _flagged_before(earlier, ring),
        unbroken=0,
        n_reviewers=0,
        n_before=len(ring.reviewers),
        left=tuple(ring.reviewers),
        products_left=tuple(ring.products),
    )


def _kind(now: Collection[str], before: Collection[str], parents: int, siblings: int) -> ChangeKind:
    if not parents:
        return "new"
    if parents > 1:
        return "merged"
    if now == before:
        return "unchanged"
    if siblings > 1:
        return "split"
    return "grown" if {*now} > {*before} else "shrunk" if {*now} < {*before} else "changed"


def _flagged_before(earlier: Case, ring: Ring) -> bool:
    change = None if earlier.since is None else earlier.since.of(ring.id)
    return change is not None and change.flagged_before


def _unbroken(earlier: Case, before: Ring, case: Case, ring: Ring, growth: Growth) -> int:
    """Return over how many earlier scans no review of the members was lost. A shorter log loses the line whatever its reviews."""
    if growth == "other" or (growth == "rows" and not _kept(earlier, before, case, ring)):
        return 0
    change = None if earlier.since is None else earlier.since.of(before.id)
    return 1 + (0 if change is None else change.unbroken)


def _kept(earlier: Case, before: Ring, case: Case, ring: Ring) -> bool:
    """Whether every review by which a ring was found and whose writer is still in it is in the new log, on its day and with its stars."""
    shared = {*before.reviewers} & {*ring.reviewers}
    try:
        old, new = earlier.context(before), case.context(ring)
    except CollusionError:  # an earlier version wrote the case without its reviews
        return False
    return _reviews(old, shared, own=True) <= _reviews(new, shared, own=False)


def _reviews(context: Context, people: Collection[str], *, own: bool) -> set[tuple[object, ...]]:
    at = (context.member & context.target if own else context.member).nonzero()[0]
    days = [None] * len(at) if context.time is None else context.time[at].tolist()
    stars = [None] * len(at) if context.rating is None else [None if one != one else one for one in context.rating[at].tolist()]  # noqa: PLR0124  # nan
    rows = zip(context.reviewer[at].tolist(), context.product[at].tolist(), days, stars, strict=True)
    return {row for row in rows if row[0] in people}
