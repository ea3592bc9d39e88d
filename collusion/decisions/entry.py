"""One decision, and its line in the journal."""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

from collusion.base.folders import JOURNAL_HEAD

__all__ = ["APPEALS", "HEAD", "STATUSES", "Decision", "DecisionStatus", "Subject", "decode", "encode", "fault_of_name", "shown"]

DecisionStatus = Literal["open", "in progress", "confirmed", "dismissed", "appealed", "upheld", "overturned"]

STATUSES: tuple[DecisionStatus, ...] = get_args(DecisionStatus)

APPEALS: tuple[DecisionStatus, ...] = ("appealed", "upheld", "overturned")
"""An appeal against a decision, and the two answers to it."""

VERSIONS = (1, 2)
"""Versions of a line. Statuses of appeals are of version 2, so that a program which does not know them says that it must be updated,
instead of that the line is damaged. All other lines are of version 1, which every release reads."""

HEAD = JOURNAL_HEAD
"""How every line begins. A file that begins otherwise is not a journal, and is neither read nor written."""

NAME_LENGTH = 100

_CHECK = re.compile(rb',"check":"([0-9a-f]{16})"\}\Z')


@dataclass(frozen=True)
class Subject:
    """The ring a decision is about, as it was when it was decided.

    Parameters
    ----------
    ring_id : str
        Made from the members alone.
    log : str
        Digest of the inputs it was found in.
    reviewers, products : tuple of str
        Ids of the log.
    found : str or None
        The status that the scan gave it: ``flagged``, ``coordinated``, ``candidate`` or ``explained``.
    q_value : float or None
        Of the first question: did they act together?
    detectors : tuple of str
    explained_by : str or None
        The signal of the innocent explanation that the scan found.
    q_paid : float or None
        Of the second question: do they behave unlike others? None in journals that were written before it was asked.
    """

    ring_id: str
    log: str
    reviewers: tuple[str, ...] = field(repr=False)
    products: tuple[str, ...] = field(repr=False)
    found: str | None = None
    q_value: float | None = None
    detectors: tuple[str, ...] = ()
    explained_by: str | None = None
    q_paid: float | None = None


@dataclass(frozen=True)
class Decision:
    """One line of the journal.

    Parameters
    ----------
    time : str
        ISO 8601 in UTC, by the clock of the writer. The order of the file counts, never the clock.
    ring : Subject
    status : {"open", "in progress", "confirmed", "dismissed", "appealed", "upheld", "overturned"}
    note : str
        Any text.
    by : str or None
        Who decided: one line of printable characters.
    version : str or None
        Version of collusion that made the case.
    line : int
        Number of the line in the journal, from 1; 0 before it is written.
    """

    time: str
    ring: Subject
    status: DecisionStatus
    note: str = ""
    by: str | None = None
    version: str | None = None
    line: int = 0


def fault_of_name(by: object) -> str | None:
    """Return what is wrong with the name of a person, or None. Tables and messages show names: each character is visible."""
    if by is None:
        return None
    if not isinstance(by, str):
        return f"by: {by!r} is not text; give a name, such as 'Ann'"
    if not by or len(by) > NAME_LENGTH or not by.isprintable() or by != by.strip():
        return f"by: {shown(by)!r} is not a name: give 1 to {NAME_LENGTH} printable characters on one line, with no space at either end"
    return None


def shown(text: str, most: int = 80) -> str:
    r"""Return text as one line without invisible characters (``\x1b``, ``\u202e``), cut to ``most`` characters of the text."""
    # Cut first: a note may hold a megabyte.
    cut = text if len(text) <= most else text[: most - 1] + "…"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in cut)


def encode(decision: Decision) -> bytes:
    """Return the line of a decision, without its line end: ASCII, with a digest of itself at the end.

    The digest shows whether a line is complete and unchanged; it is not a signature.
    """
    ring = decision.ring
    values = {
        "collusion_decision": _version(decision.status),
        "time": decision.time,
        "ring": ring.ring_id,
        "status": decision.status,
        "by": decision.by,
        "note": decision.note,
        "log": ring.log,
        "collusion": decision.version,
        "found": ring.found,
        "q_value": _finite(ring.q_value),
        "q_paid": _finite(ring.q_paid),
        "detectors": list(ring.detectors),
        "explained_by": ring.explained_by,
        "reviewers": list(ring.reviewers),
        "products": list(ring.products),
    }
    # ASCII: a line end of any kind, NUL and lone surrogates are escapes then, and no line can be cut but at its end.
    body = json.dumps(values, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode("ascii")
    return body[:-1] + b',"check":"' + _digest(body) + b'"}'


def _version(status: str) -> int:
    return 2 if status in APPEALS else 1


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def decode(raw: bytes, line: int) -> Decision:
    """Return the decision of a line.

    Raises
    ------
    ValueError
        When it is incomplete, changed or not ours; the message says which.
    """
    found = _CHECK.search(raw)
    if found is None or not raw.startswith(HEAD):
        raise ValueError("is incomplete: the program was stopped while it wrote the line, or the line was changed later")
    body = raw[: found.start()] + b"}"
    if _digest(body) != found[1]:
        raise ValueError("was changed after it was written")
    try:
        values = json.loads(body)
        version = values["collusion_decision"]
        if isinstance(version, bool) or version not in VERSIONS:
            known = " and ".join(map(str, VERSIONS))
            raise ValueError(f"is of version {shown(str(version))} of the journal and this program knows {known}; update collusion")
        return _decision(values, line)
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("is not a decision, although its digest is right: no release wrote it") from error


def _digest(body: bytes) -> bytes:
    return hashlib.sha256(body).hexdigest()[:16].encode("ascii")


def _decision(values: dict[str, Any], line: int) -> Decision:
    status, by = values["status"], values["by"]
    # Lines of earlier releases have one q-value.
    q_values = q_value, q_paid = values["q_value"], values.get("q_paid")
    texts = [values[name] for name in ("time", "ring", "note", "log")]
    optional = [values[name] for name in ("collusion", "found", "explained_by")]
    lists = [values[name] for name in ("reviewers", "products", "detectors")]
    whole = (
        status in STATUSES
        and _version(status) == values["collusion_decision"]
        and all(isinstance(text, str) for text in texts)
        and all(text is None or isinstance(text, str) for text in optional)
        and all(isinstance(texts, list) and all(isinstance(text, str) for text in texts) for texts in lists)
        and all(q is None or (isinstance(q, (int, float)) and not isinstance(q, bool)) for q in q_values)
        and fault_of_name(by) is None
    )
    if not whole:
        raise TypeError
    return Decision(
        time=values["time"],
        ring=Subject(
            ring_id=values["ring"],
            log=values["log"],
            reviewers=tuple(values["reviewers"]),
            products=tuple(values["products"]),
            found=values["found"],
            q_value=q_value,
            detectors=tuple(values["detectors"]),
            explained_by=values["explained_by"],
            q_paid=q_paid,
        ),
        status=cast("DecisionStatus", status),
        note=values["note"],
        by=by,
        version=values["collusion"],
        line=line,
    )
