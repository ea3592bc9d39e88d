"""What decisions need of a case directory: the rings of its ``case.json`` and the digests of its inputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from collusion.base.errors import InputError
from collusion.decisions.entry import Subject, shown

if TYPE_CHECKING:
    import os

__all__ = ["read_case_file"]

FAMILY = "collusion/case/"

SHOWN = 5


def read_case_file(directory: str | os.PathLike[str]) -> tuple[list[str], list[Subject], str | None]:
    """Read ``case.json`` of a case directory.

    Returns
    -------
    digests : list of str
        Of the inputs.
    rings : list of Subject
        In the order of their ranks; without the digest of the log.
    version : str or None
        Of collusion, that made it.

    Raises
    ------
    InputError
        When there is none, or it does not hold what is needed; all problems at once.
    """
    path = Path(directory) / "case.json"
    try:
        tree = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise InputError(
            f"{path}: there is no such file; name a folder written by `collusion scan --out` with json among its formats"
        ) from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is not valid JSON ({shown(str(error))}); scan the log again") from error
    schema = tree.get("schema") if isinstance(tree, dict) else None
    if not (isinstance(schema, str) and schema.startswith(FAMILY)):
        raise InputError(f"{path}: is not a case of collusion; name a folder written by `collusion scan --out`")
    problems: list[str] = []
    digests = _digests(tree, problems)
    rings = []
    for number, ring in enumerate(_list(tree, "rings", problems), 1):
        try:
            rings.append(_ring(ring))
        except ValueError as error:
            problems.append(f"ring {number:,} {error}")
    if problems:
        more = [f"and {len(problems) - SHOWN:,} more"] if len(problems) > SHOWN else []
        raise InputError([f"{path}: {problem}; scan the log again" for problem in problems[:SHOWN]] + more)
    version = _at(tree, "provenance", "versions", "collusion")
    return digests, rings, version if isinstance(version, str) else None


def _at(tree: object, *names: str) -> object:
    for name in names:
        tree = tree.get(name) if isinstance(tree, dict) else None
    return tree


def _list(tree: dict[str, Any], name: str, problems: list[str]) -> list[object]:
    found = tree.get(name)
    if isinstance(found, list):
        return found
    problems.append(f"has no list of {name}")
    return []


def _digests(tree: dict[str, Any], problems: list[str]) -> list[str]:
    sources = _at(tree, "provenance", "sources")
    digests = [_at(source, "digest") for source in sources] if isinstance(sources, list) else [None]
    found = [digest for digest in digests if isinstance(digest, str)]
    if len(found) < len(digests):
        problems.append("does not name the digest of each input under provenance")
    return found


def _ring(ring: object) -> Subject:
    """Return a ring; ValueError says what is wrong with it."""
    if not isinstance(ring, dict):
        raise ValueError("is not an object")  # noqa: TRY004  # wrong content of a file, as below
    # Files of version 1 hold the q-value of N1 alone, and know one question.
    q_value: Any = ring["q_value"] if "q_value" in ring else _at(ring, "q_values", "N1")
    q_paid: Any = ring.get("q_paid")
    wrong = [name for name in ("reviewers", "products", "detectors") if not _are_texts(ring.get(name))]
    wrong += [name for name in ("status", "explained_by") if not isinstance(ring.get(name), (str, type(None)))]
    wrong += [] if isinstance(ring.get("id"), str) else ["id"]
    wrong += [name for name, q in (("q_value", q_value), ("q_paid", q_paid)) if not (q is None or type(q) in {int, float})]
    if wrong:
        raise ValueError(f"has no usable {', '.join(wrong)}")
    return Subject(
        ring_id=ring["id"],
        log="",
        reviewers=tuple(ring["reviewers"]),
        products=tuple(ring["products"]),
        found=ring.get("status"),
        q_value=q_value,
        detectors=tuple(ring["detectors"]),
        explained_by=ring.get("explained_by"),
        q_paid=q_paid,
    )


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
