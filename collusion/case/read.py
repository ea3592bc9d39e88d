"""A case from the folder that `collusion.write_case` made: checked as a whole, then taken over part by part."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.base.errors import InputError
from collusion.base.lineage import Change, Since
from collusion.base.model import Accounting, Breakdown, Doubt, Evidence, Part, Provenance, Pseudonymised, SignalInfo, Source
from collusion.base.operation import Operation, RingLink, core_of, operation_id
from collusion.base.profits import Harm, Month, Profit, Profits
from collusion.case.case import Case
from collusion.case.ring import Ring, ring_id
from collusion.case.stored import StoredLookup
from collusion.export.files import SCHEMA
from collusion.export.schema import case_problems

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["read_folder"]

OLDER_SCHEMAS = ("collusion/case/1",)
"""Schemas that can be read too. Version 1 asks one question and has three statuses."""

RING_DEFAULTS: dict[str, Any] = {
    "breakdown": None,
    "doubtful": [],
    "explained_by": None,
    "gamma": None,
    "q_paid": None,
    "q_value": None,
    "residual": None,
    "residual_of": None,
}
"""Parts of a ring that came later than the first files."""

SHOWN_PROBLEMS = 20

LARGEST_ROW = 2**63

Tree = dict[str, Any]


def read_folder(folder: Path) -> Case:
    """Read the case of a folder, or of a ``case.json`` itself.

    Raises
    ------
    InputError
        When there is none, or it is damaged or was changed; all problems at once.
    """
    path = folder if folder.suffix == ".json" else folder / "case.json"
    tree = _upgraded(path, _read(path))
    run = path.with_name("run.json")
    figures = _read(run) if run.exists() else {}
    seconds: Any = figures.get("seconds", {}) if figures else {}
    problems = list(case_problems(tree)) or list(_contradictions(tree))
    found = [f"{path}: {problem}" for problem in problems]
    journals: Any = figures.get("earlier_journals", [])
    if not isinstance(journals, list) or not all(isinstance(one, str) for one in journals):
        found.append(f"{run}: earlier_journals is not a list of paths")
    if not isinstance(seconds, dict) or not all(isinstance(one, (int, float)) for one in seconds.values()):
        found.append(f"{run}: has no seconds by stage")
    if found:
        more = [f"and {len(found) - SHOWN_PROBLEMS:,} more problems"] if len(found) > SHOWN_PROBLEMS else []
        raise InputError([*found[:SHOWN_PROBLEMS], *more, "the file is damaged or was changed; scan the log again"])
    # How long the files took is not a stage of the scan.
    case = _case(tree, {stage: value for stage, value in seconds.items() if stage != "write"}, path.parent)
    beside = path.parent.resolve().parent
    return replace(case, earlier_journals=tuple(os.path.normpath(beside / one) for one in journals))


def _read(path: Path) -> Tree:
    try:
        tree = json.loads(path.read_bytes(), parse_constant=_no_number, parse_float=_finite)
    except FileNotFoundError:
        raise InputError(
            f"{path}: there is no such file; name a folder that `collusion scan --out` or write_case made with json among its formats"
        ) from None
    except NotADirectoryError:
        raise InputError(f"{path.parent}: is a file; name a folder that `collusion scan --out` or write_case made") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is not valid JSON ({error}); the file is damaged; scan the log again") from error
    if not isinstance(tree, dict):
        raise InputError(f"{path}: is not a case of collusion; name a folder that `collusion scan --out` or write_case made")
    return tree


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _no_number(text)


def _upgraded(path: Path, tree: Tree) -> Tree:
    """Return a document of any version with all parts that the present one needs."""
    schema = tree.get("schema")
    if schema not in (SCHEMA, *OLDER_SCHEMAS):
        if isinstance(schema, str) and schema.startswith("collusion/case/"):
            raise InputError(f"{path}: has the schema {schema[:40]!r}, which this version does not know; update collusion")
        raise InputError(f"{path}: is not a case of collusion; name a folder that `collusion scan --out` or write_case made")
    found = {"signals": [], **tree, "schema": SCHEMA}
    if isinstance(rings := found.get("rings"), list):
        found["rings"] = [{**RING_DEFAULTS, **ring} if isinstance(ring, dict) else ring for ring in rings]
    return found


def _contradictions(tree: Tree) -> Iterator[str]:
    """Yield where parts of a document that keeps the schema do not fit each other."""
    rings, rows = tree["rings"], tree["accounting"]
    if rows["rows_in"] != rows["accepted"] + rows["set_aside"] or rows["accepted"] != rows["counted"] + rows["repeated"] + rows["copies"]:
        yield "accounting does not add up"
    if [ring["rank"] for ring in rings] != list(range(1, len(rings) + 1)):
        yield "rings are not in the order of their ranks"
    if len({ring["id"] for ring in rings}) < len(rings):
        yield "rings has an id more than once"
    total = sum(source["rows"] for source in tree["provenance"]["sources"])
    for k, ring in enumerate(rings):
        yield from _wrong_ring(ring, f"rings[{k}]", total)
    if total >= LARGEST_ROW:
        yield "provenance.sources has too many rows"
    if not all(map(_is_date, tree.get("span") or ())):
        yield "span is not two dates"
    yield from _wrong_operations(tree.get("operations", []), {ring["id"]: ring for ring in rings})
    changes = [] if tree.get("since") is None else tree["since"]["changes"]
    if changes and {one["ring_id"] for one in changes} - {None} != {ring["id"] for ring in rings}:
        yield "since.changes is not about the rings of the case"
    yield from _wrong_columns(tree, total)


def _wrong_operations(operations: list[Tree], rings: Mapping[str, Tree]) -> Iterator[str]:
    if [one["rank"] for one in operations] != list(range(1, len(operations) + 1)):
        yield "operations are not in the order of their ranks"
    named = [ring for one in operations for ring in one["rings"]]
    if len(set(named)) < len(named):
        yield "operations has a ring more than once"
    for k, one in enumerate(operations):
        where, own = f"operations[{k}]", set(one["rings"])
        if unknown := own - rings.keys():
            yield f"{where}.rings has {len(unknown):,} unknown rings"
            continue
        if one["id"] != operation_id(own):
            yield f"{where}.id does not belong to its rings"
        if any(end not in own for link in one["links"] for end in (link["first"], link["second"])):
            yield f"{where}.links leads to a ring that it does not have"
        if tuple(one["core"]) != core_of((rings[ring]["reviewers"] for ring in one["rings"]), _operation(one).links):
            yield f"{where}.core contradicts its links"


def _wrong_ring(ring: Tree, where: str, total: int) -> Iterator[str]:
    if ring["id"] != ring_id(ring["reviewers"], ring["products"]):
        yield f"{where}.id does not belong to its reviewers and products"
    if ring["flagged"] != (ring["status"] == "flagged"):
        yield f"{where}.flagged contradicts its status"
    if ring["q_value"] not in (None, _ring(ring).q_value):
        yield f"{where}.q_value contradicts its q_values"
    if ring["score"] is None:
        yield f"{where} has no score"
    if max(ring["rows"], default=-1) >= total:
        yield f"{where}.rows go beyond the sources"
    yield from (f"{where}.{name} is not a date" for name in ("first_review", "last_review") if not _is_date(ring[name]))


def _is_date(text: str | None) -> bool:
    try:
        return text is None or bool(np.datetime64(text, "D"))
    except ValueError:
        return False


def _wrong_columns(tree: Tree, total: int) -> Iterator[str]:
    around, written = tree.get("context"), tree.get("reviews")
    if around is not None:
        lengths = {len(around[name]) for name in ("row", "reviewer", "product", "day", "rating") if around[name] is not None}
        if len(lengths) > 1:
            yield "context has columns of different lengths"
        elif any(max(around[name], default=-1) >= len(around[f"{name}s"]) for name in ("reviewer", "product")):
            yield "context has a position beyond its ids"
        elif any(max(found, default=-1) >= len(around["products"]) for found in around["targets"].values()):
            yield "context.targets has a position beyond the products"
        if not _ascends(around["row"]) or max(around["row"], default=-1) >= total:
            yield "context.row does not ascend, or goes beyond the sources"
        ids = {ring["id"] for ring in tree["rings"]}
        if unknown := around["targets"].keys() - ids:
            yield f"context.targets has {len(unknown):,} unknown rings"
    if written is not None:
        if len(written["columns"]) != len(written["cells"]) or any(len(cells) != len(written["row"]) for cells in written["cells"]):
            yield "reviews has columns of different lengths"
        if not _ascends(written["row"]) or max(written["row"], default=-1) >= total:
            yield "reviews.row does not ascend, or goes beyond the sources"


def _ascends(rows: list[int]) -> bool:
    return all(a < b for a, b in pairwise(rows))


def _case(tree: Tree, seconds: Mapping[str, float], folder: Path) -> Case:
    sources = tuple(Source(**source) for source in tree["provenance"]["sources"])
    return Case(
        rings=tuple(_ring(ring) for ring in tree["rings"]),
        accounting=Accounting(**tree["accounting"]),
        provenance=_provenance(tree["provenance"], sources, seconds),
        notes=tuple(tree["notes"]),
        lookup=StoredLookup(tree.get("context"), tree.get("reviews"), sources, tuple(tree["problems"])),
        journal=folder,
        span=None if tree.get("span") is None else tuple(tree["span"]),
        signals=tuple(SignalInfo(**{**one, "needs": tuple(one["needs"])}) for one in tree["signals"]),
        operations=tuple(map(_operation, tree.get("operations", ()))),
        profits=None if tree.get("profits") is None else _profits(tree["profits"]),
        since=None if tree.get("since") is None else _since(tree["since"]),
    )


def _profits(tree: Tree) -> Profits:
    listed = {
        name: tuple(
            Profit(**{**one, "groups": tuple(one["groups"]), "dose": tuple(Month(**month) for month in one["dose"])}) for one in tree[name]
        )
        for name in ("sellers", "products")
    }
    harmed = tuple(Harm(**{**one, "gained": tuple(one["gained"])}) for one in tree["harmed"])
    return Profits(**{**tree, **listed, "harmed": harmed, "notes": tuple(tree["notes"])})


def _since(tree: Tree) -> Since:
    lists = ("before", "came", "left", "products_came", "products_left")
    changes = tuple(Change(**{**one, **{name: tuple(one[name]) for name in lists}}) for one in tree["changes"])
    return Since(tree["growth"], tuple(tree["logs"]), None if tree["span"] is None else tuple(tree["span"]), tree["counted"], changes)


def _provenance(tree: Tree, sources: tuple[Source, ...], seconds: Mapping[str, float]) -> Provenance:
    hidden = tree.get("pseudonymised")
    return Provenance(
        sources=sources,
        config=tree["config"],
        seed=tree["seed"],
        replicates=tree["replicates"],
        versions=tree["versions"],
        seconds=seconds,
        pseudonymised=None if hidden is None else Pseudonymised(**hidden),
        strongest_replicate=tree.get("strongest_replicate"),
    )


def _ring(tree: Tree) -> Ring:
    tuples = {name: tuple(tree[name]) for name in ("reviewers", "products", "rows", "detectors")}
    plain = {name: tree[name] for name in tree if name not in {"flagged", "q_value", *tuples}}
    return Ring(
        **{
            **plain,
            **tuples,
            "q_values": {model: value for model, value in tree["q_values"].items() if value is not None},
            "evidence": tuple(Evidence(**{**one, "rows": tuple(one["rows"])}) for one in tree["evidence"]),
            "breakdown": None if tree["breakdown"] is None else _breakdown(tree["breakdown"]),
            "doubtful": tuple(Doubt(**one) for one in tree["doubtful"]),
        }
    )


def _operation(tree: Tree) -> Operation:
    links = tuple(RingLink(**{**one, "shared": tuple(one["shared"])}) for one in tree["links"])
    return Operation(tree["id"], tree["rank"], tuple(tree["rings"]), links, tuple(tree["core"]))


def _breakdown(tree: Tree) -> Breakdown:
    parts = tuple(Part(one["name"], _decimal(one["nats"]), one["observed"], one["expected"]) for one in tree["parts"])
    return Breakdown(parts, tree["window"], tree["place"])


def _decimal(value: float) -> Decimal:
    """Return a number with the six decimals of a score, of which JSON drops zeros at the end."""
    exact = Decimal(str(value))
    six = exact.quantize(Decimal("0.000001"))
    return six if six == exact else exact
