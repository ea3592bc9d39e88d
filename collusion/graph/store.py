"""A coded log as a folder: arrays as ``.npy`` (never pickled), the rest as JSON. Read back by memory map."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from collusion.base.errors import InputError
from collusion.base.model import Accounting, Basket, Link, Source
from collusion.graph.graph import ReviewGraph
from collusion.graph.log import Log, Names
from collusion.graph.timeline import Timeline, product_starts

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MANIFEST", "is_store", "load", "save"]

MANIFEST = "collusion-graph.json"
FORMAT = "collusion/graph/1"
COLUMNS = ("reviewer", "product", "time", "rating", "row", "category", "seller")
OPTIONAL_COLUMNS = ("second", "verified", "helpful")
"""Optional columns in addition to the graph; folders of earlier versions lack them."""


def is_store(path: Path) -> bool:
    """Return whether the folder was made by `save`."""
    return (path / MANIFEST).is_file()


def save(log: Log, folder: Path) -> None:
    """Write a log into an existing, empty folder."""
    arrays: dict[str, NDArray[Any] | None] = {name: getattr(log.graph, name) for name in COLUMNS}
    arrays |= {name: getattr(log, name) for name in ("variant", *OPTIONAL_COLUMNS)}
    for role, names in (("reviewer_names", log.reviewers), ("product_names", log.products), ("seller_names", log.sellers)):
        if names is not None:
            arrays[f"{role}.offsets"], arrays[f"{role}.data"] = names.offsets, names.data
    for k, basket in enumerate(log.baskets):
        for name in ("products", "reviewers", "rows"):
            arrays[f"basket.{k}.{name}"] = getattr(basket, name)
    for k, link in enumerate(log.links):
        arrays |= {f"link.{k}.reviewer": link.reviewer, f"link.{k}.value": link.value, f"link.{k}.row": link.row}
        arrays |= {f"link.{k}.values.offsets": link.values.offsets, f"link.{k}.values.data": link.values.data}
    present = {name: array for name, array in arrays.items() if array is not None}
    for name, array in present.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    manifest = {
        "format": FORMAT,
        "n_reviewers": log.graph.n_reviewers,
        "n_products": log.graph.n_products,
        "arrays": {name: {"dtype": str(array.dtype), "length": len(array)} for name, array in present.items()},
        "baskets": [{"copies": basket.copies, "inferred": basket.inferred} for basket in log.baskets],
        "links": [link.name for link in log.links],
        "accounting": asdict(log.accounting),
        "sources": [asdict(source) for source in log.sources],
        "notes": list(log.notes),
        "problems": [dict(problem) for problem in log.problems],
    }
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=True)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def load(folder: Path) -> Log:
    """Read a log written by `save`.

    Raises
    ------
    InputError
        When the folder has another format, or an array is missing, damaged or of another length than in the manifest.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{folder / MANIFEST}: cannot be read ({error}); make the folder again with `collusion encode`") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise InputError(f"{folder / MANIFEST}: is not of the format {FORMAT}; make the folder again with `collusion encode`")
    wrong: list[str] = []
    arrays: dict[str, NDArray[Any]] = {}
    for name, form in manifest["arrays"].items():
        path = folder / f"{name}.npy"
        try:
            # Arrays without elements cannot be mapped.
            array = np.load(path, mmap_mode="r" if form["length"] else None, allow_pickle=False)
        except (OSError, ValueError) as error:
            wrong.append(f"{path}: cannot be read ({error})")
            continue
        if array.dtype.str != np.dtype(form["dtype"]).str or array.shape != (form["length"],):
            wrong.append(f"{path}: contains {array.dtype}{list(array.shape)}, the manifest has {form['dtype']}[{form['length']}]")
        arrays[name] = array
    if wrong:
        raise InputError([*wrong, f"{folder}: is damaged; make it again with `collusion encode`"])
    columns: dict[str, Any] = {name: arrays.get(name) for name in COLUMNS}
    reviewer, n_products = columns.pop("reviewer"), manifest["n_products"]
    timeline = Timeline(n_products, product_starts(columns["product"], n_products), **columns)
    graph = ReviewGraph(timeline, manifest["n_reviewers"], reviewer)
    return Log(
        graph=graph,
        reviewers=Names(arrays["reviewer_names.offsets"], arrays["reviewer_names.data"]),
        products=Names(arrays["product_names.offsets"], arrays["product_names.data"]),
        variant=arrays["variant"],
        baskets=tuple(
            Basket(arrays[f"basket.{k}.products"], arrays[f"basket.{k}.reviewers"], arrays[f"basket.{k}.rows"], b["copies"], b["inferred"])
            for k, b in enumerate(manifest["baskets"])
        ),
        accounting=Accounting(**manifest["accounting"]),
        sources=tuple(Source(**source) for source in manifest["sources"]),
        problems=tuple(manifest["problems"]),
        notes=tuple(manifest["notes"]),
        links=tuple(
            Link(
                name,
                arrays[f"link.{k}.reviewer"],
                arrays[f"link.{k}.value"],
                arrays[f"link.{k}.row"],
                Names(arrays[f"link.{k}.values.offsets"], arrays[f"link.{k}.values.data"]),
            )
            for k, name in enumerate(manifest.get("links", ()))  # folders of earlier versions have none
        ),
        **{name: arrays.get(name) for name in OPTIONAL_COLUMNS},
        # Folders of earlier versions lack them.
        sellers=Names(arrays["seller_names.offsets"], arrays["seller_names.data"]) if "seller_names.offsets" in arrays else None,
    )
