"""From an id to an answer: what the case knows of it, and what its log says where the log is to be had."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from collusion.base.answer import ROLES
from collusion.base.errors import CollusionError, ConfigError, did_you_mean
from collusion.base.hints import hint
from collusion.case.answer import Answer, InGroup, InOperation
from collusion.case.members import Held, held_by
from collusion.report.profits_page import profit_statement
from collusion.report.sanitize import elide, sanitize
from collusion.report.signals import evidence_of, scored
from collusion.report.statuses import status_statement

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collusion.base.answer import Closeness, Findings, Role
    from collusion.case.case import Case
    from collusion.case.lookup import Readable, Reader
    from collusion.case.ring import Ring

__all__ = ["answer"]

NOUNS = {"reviewer": "a reviewer", "product": "a product", "seller": "a seller"}


def answer(case: Case, name: str, role: Role | None, log: Any) -> Answer:  # noqa: ANN401  # as scan
    """Return the answer about one account, product or seller (`Case.ask`)."""
    wrong = [] if isinstance(name, str) and name else [f"id: {name!r} is not an id; give the text that the log has"]
    if role is not None and role not in ROLES:
        wrong.append(f"role: there is no role {role!r}; {did_you_mean(str(role), ROLES)}")
    if wrong:
        raise ConfigError("\n".join(wrong))
    reader, lost = _reader(case, log)
    held = held_by(case, name, around=reader is None)
    found = tuple(one for one in ROLES if one in held.known) if reader is None else tuple(reader.roles(name))
    role = _one_role(case, name, role, found, reader, lost)
    findings = None if reader is None else reader.ask(name, role, case.rings)
    groups, notes = _groups(case, name, role, held, findings)
    nearest = (findings.nearest if findings is not None else held.nearest(case, role)) if not groups else None
    return Answer(
        id=name,
        role=role,
        groups=groups,
        nearest=nearest,
        nearest_status=None if nearest is None else case[nearest.ring_id].status,
        findings=findings,
        unavailable=() if lost is None else (_what_is_lost(role), lost),
        n_groups=len(case.rings),
        notes=(*notes, *_profit(case, name, role)),
        operations=_operations(case, name, role, {one.ring_id for one in groups}),
    )


def _operations(case: Case, name: str, role: Role, own: set[str]) -> tuple[InOperation, ...]:
    """Return the operations that some of the groups are part of."""
    return tuple(
        InOperation(
            operation_id=one.id,
            rank=one.rank,
            n_rings=len(one.rings),
            own=tuple(ring for ring in one.rings if ring in own),
            core=role == "reviewer" and name in one.core,
            joined_by=tuple(dict.fromkeys(link.kind for link in one.links)),
        )
        for one in case.operations
        if own.intersection(one.rings)
    )


def _profit(case: Case, name: str, role: Role) -> tuple[str, ...]:
    """Return what the case has computed of a seller or product with reviews of groups (`Case.profits`)."""
    listed = {"seller": "sellers", "product": "products"}.get(role)
    found = () if case.profits is None or listed is None else getattr(case.profits, listed)
    return tuple(profit_statement(one) for one in found if one.id == name)


def _reader(case: Case, log: Any) -> tuple[Reader | None, str | None]:  # noqa: ANN401  # as scan
    """Return the log, or why it is not to be had; an error where one is given and cannot be used."""
    if not hasattr(case.lookup, "reader"):
        lost = "The case does not lead back to its log."
        if log is not None:
            raise CollusionError(f"log: {lost[0].lower()}{lost[1:-1]}, so no log can be given")
        return None, lost
    readable = cast("Readable", case.lookup)
    if log is not None:
        return readable.reader(case, log), None
    try:
        return readable.reader(case), None
    except CollusionError as error:
        said = str(error)
        return None, f"{said[:1].upper()}{said[1:]}."


def _what_is_lost(role: Role) -> str:
    parts = {
        "reviewer": "its reviews outside the groups, its co-reviewers, its own behaviour against comparable accounts, and what keeps it "
        "out of groups",
        "product": "its reviews against comparable products, and what keeps it out of groups",
        "seller": "its other products, its reviews against comparable sellers, and what keeps it out of groups",
    }
    return f"Without the log, nothing can be said of {parts[role]}."


def _one_role(case: Case, name: str, role: Role | None, found: Sequence[Role], reader: Reader | None, lost: str | None) -> Role:
    """Return the role that is meant.

    Raises
    ------
    ConfigError
        When the id is nothing, or several things.
    """
    if role in found:
        return cast("Role", role)
    shown = _shown(name)
    if role is None and len(found) == 1:
        return found[0]
    if role is None and found:
        several = f"{', '.join(NOUNS[one] for one in found[:-1])} and {NOUNS[found[-1]]}"
        raise ConfigError(f"id: {shown} is {several}; say which one you mean, as in {hint('role', found[0])}")
    if found:
        raise ConfigError(
            f"id: {shown} is {' and '.join(NOUNS[one] for one in found)}, not {NOUNS[cast('str', role)]}; leave out {hint('role')}"
        )
    if any(ring.id == name for ring in case.rings):
        raise ConfigError(f"id: {shown} is a group; its page in the report shows it. Give the id of an account, a product or a seller")
    what = "account, product or seller" if role is None else "account" if role == "reviewer" else role
    if reader is None:
        raise ConfigError(f"id: the case folder knows no {what} {shown}{_like(_close(case, name, role))}\n{lost}")
    raise ConfigError(f"id: the log has no {what} {shown}{_like(reader.close(name, role))}")


def _close(case: Case, name: str, role: Role | None) -> list[tuple[str, Role]]:
    """Return the ids of the case that are most like one that it has not."""
    import difflib  # noqa: PLC0415  # only for who mistyped

    known: dict[Role, set[str]] = {
        "reviewer": {one for ring in case.rings for one in ring.reviewers},
        "product": {one for ring in case.rings for one in ring.products},
    }
    pairs = [(one, which) for which, ids in known.items() if role in (None, which) for one in difflib.get_close_matches(name, sorted(ids))]
    return pairs[:3]


def _like(close: Sequence[tuple[str, Role]]) -> str:
    if not close:
        return "; no id is like it"
    return f"; did you mean {' or '.join(f'{_shown(one)} ({role})' for one, role in close)}?"


def _shown(name: str) -> str:
    return f"'{elide(sanitize(name), 80)}'"


def _groups(case: Case, name: str, role: Role, held: Held, findings: Findings | None) -> tuple[tuple[InGroup, ...], tuple[str, ...]]:
    """Return the groups that it is in, and notes on the journal."""
    close = {one.ring_id: one for one in findings.groups} if findings is not None else {}
    own = {ring.id for ring in held.rings(case, role)} | close.keys()
    if not own:
        return (), ()
    decided, notes = case.decided()
    products = set(findings.products) if findings is not None and role != "reviewer" else held.products_sold
    return (
        tuple(_group(case, ring, name, role, products, decided, close.get(ring.id)) for ring in case.rings if ring.id in own),
        notes,
    )


def _group(
    case: Case, ring: Ring, name: str, role: Role, products: set[str], decided: Mapping[str, str], close: Closeness | None
) -> InGroup:
    listed = () if role == "reviewer" or (name in ring.products and role == "product") else tuple(sorted(products & set(ring.products)))
    said = [*scored(ring, case), *(one for one in evidence_of(ring, case, "behaves like paid") if one.stance == "for")]
    return InGroup(
        ring_id=ring.id,
        rank=ring.rank,
        status=ring.status,
        explained_by=ring.explained_by,
        why=status_statement(ring, case),
        evidence=tuple(one.statement for one in said),
        n_reviews=_own_reviews(case, ring, role, set(listed) or {name}),
        products=listed,
        doubt=next((one.reason for one in ring.doubtful if one.reviewer == name), None) if role == "reviewer" else None,
        decision=decided.get(ring.id),
        closeness=close,
    )


def _own_reviews(case: Case, ring: Ring, role: Role, ids: set[str]) -> int | None:
    """Return how many of the group's reviews are by the account, or of the products."""
    try:
        around = case.context(ring)
    except CollusionError:
        return None
    names = around.reviewer if role == "reviewer" else around.product
    return sum(one in ids for one in names[around.member & around.target].tolist())
