"""What is planted, as rows of the log: ids, times and ratings, and in every other column values such as the log's own rows have."""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collusion.simulate.inject.columns import coded, like, most_common, one_array
from collusion.simulate.labelled import LabelledLog
from collusion.simulate.names import names
from collusion.simulate.phrases import OCCASIONS, OPENINGS, SPAN, SUBJECTS, review_texts
from collusion.simulate.simulated import TrueGroup

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from numpy.typing import NDArray

    from collusion.simulate.inject.background import Background

__all__ = ["fresh_ids", "write_rows"]

PRODUCT_COLUMNS = ("category", "seller", "listing", "marketplace")
"""Columns in which a planted row has what most rows of its product have."""

TEXT_COLUMNS = ("review_id", "text")
"""Columns that are filled where the log's own rows have text in them."""

TEXT_COUNT = len(OPENINGS[0]) * len(SUBJECTS) * len(OCCASIONS) * SPAN
"""Number of texts for one rating."""


def write_rows(background: Background, rng: np.random.Generator, new: Sequence[str] | None = None) -> LabelledLog:
    """Return the log with what is planted: the old rows first, untouched and in order, then one row per planted review.

    Planted reviews have times within the log, none before the first honest review of their product. Category, seller, listing and
    marketplace are those of most rows of the product; ``verified`` is drawn with the share that the log has; each text is a stock text that
    is not in the log and occurs once; review ids are new; other columns stay null. ``new`` are the ids of the new accounts, in the order of
    their codes; drawn where None.
    """
    if not background.planted:
        return background.log
    # Random numbers are drawn whether a column needs them or not, so that no column changes another.
    salts = [int(rng.integers(2**48)) for _ in range(2)]
    own = np.random.default_rng(rng.integers(2**63))
    verified = np.random.default_rng(rng.integers(2**63))
    table = background.log.table
    product = np.concatenate([one.product for one in background.planted])
    n = len(product)
    if new is None:
        new = fresh_ids(background.accounts - background.n_reviewers, b"A", salts[0], frozenset(background.reviewers))
    people = np.array([*background.reviewers, *new], dtype=object)
    makers: dict[str, Callable[[pa.DataType], pa.Array]] = {
        "reviewer_id": lambda kind: pa.array(people[np.concatenate([one.reviewer for one in background.planted])].tolist(), kind),
        "product_id": lambda kind: pa.array([background.products[code] for code in product.tolist()], kind),
        "rating": lambda _: _ratings(background),
        "timestamp": lambda _: _times(background, product),
        "verified": lambda kind: like(one_array(table, "verified").filter(pa.array(~background.log.fake)), verified, n).cast(kind),
        "review_id": lambda kind: pa.array(fresh_ids(n, b"R", salts[1], frozenset(table.column("review_id").to_pylist())), kind),
        "text": lambda kind: _texts(background, own).cast(kind),
        **{name: partial(_of_products, background, name, product) for name in PRODUCT_COLUMNS},
    }
    columns = []
    for field in table.schema:
        column = table.column(field.name)
        made = field.name in makers and (field.name not in TEXT_COLUMNS or (_is_text(field.type) and column.null_count < len(table)))
        part = makers[field.name](field.type) if made else pa.nulls(n, field.type)
        columns.append(pa.chunked_array([*column.chunks, part], type=field.type))
    # Nulls may come into columns that had none.
    schema = pa.schema([field.with_nullable(nullable=True) for field in table.schema], table.schema.metadata)
    fake = np.concatenate([background.log.fake, *(one.paid for one in background.planted)])
    log = background.log
    groups = _groups(background, people)
    rings, honest = (tuple(one for one in groups if (one.kind == "ring") == paid) for paid in (True, False))
    return LabelledLog(pa.table(columns, schema=schema), fake, log.rings + rings, log.honest + honest)


def fresh_ids(n: int, prefix: bytes, salt: int, taken: Container[str | None]) -> list[str]:
    """Return ``n`` ids that give nothing away and are not taken."""
    found: list[str] = []
    code = 0
    while len(found) < n:
        some = names(np.arange(code, code + n), 12, prefix, salt)
        found += [name for name in (one.decode() for one in some) if name not in taken]
        code += n
    return found[:n]


def _ratings(background: Background) -> pa.Array:
    assert background.scale is not None  # noqa: S101  # a background has a scale where the log has ratings
    return background.scale.column(np.concatenate([one.rating for one in background.planted]))


def _times(background: Background, product: NDArray[np.int64]) -> pa.Array:
    """Return the times of the planted reviews, within the log and none before the first honest review of its product."""
    clock = background.clock
    assert clock is not None  # noqa: S101  # a background has a clock where the log has times
    first, last = clock.ends
    opens = np.full(background.n_products, last)
    rows = background.honest[clock.known[background.honest]]
    np.minimum.at(opens, background.product[rows], clock.count[rows])
    wanted = clock.counts(np.clip(np.concatenate([one.day for one in background.planted]), 0, background.span))
    return clock.column(np.minimum(np.maximum(wanted, np.maximum(opens[product], first)), last))


def _of_products(background: Background, name: str, product: NDArray[np.int64], kind: pa.DataType) -> pa.Array:
    found = coded(one_array(background.log.table, name))
    if found is None:
        return pa.nulls(len(product), kind)
    code = most_common(found[0], background.product, background.n_products)[product]
    values = found[1].take(pa.array(code, mask=code < 0))
    return pa.array(values.to_pylist(), kind) if pa.types.is_dictionary(kind) else values


def _texts(background: Background, rng: np.random.Generator) -> pa.Array:
    """Return a stock text per planted review that suits its rating: none of the log's texts, and none twice while there are others."""
    rating = np.concatenate([one.rating for one in background.planted])
    stars = np.full(len(rating), 5, np.int8)
    if len(background.points) > 1:
        share = (rating - background.points[0]) / (background.points[-1] - background.points[0])
        stars = np.where(np.isnan(share), 5, 1 + np.rint(4 * np.clip(np.nan_to_num(share), 0, 1))).astype(np.int8)
    n = len(rating)
    choice = rng.choice(TEXT_COUNT, n, replace=n > TEXT_COUNT)
    known = one_array(background.log.table, "text")
    for _ in range(8):
        # The digits below are those that make stock phrases, of which there is none here.
        text = review_texts(choice * 1000, stars, terse=0.0)
        again = np.flatnonzero(np.asarray(pc.is_in(text.cast(known.type), value_set=known)))
        if not len(again):
            break
        choice[again] = rng.choice(TEXT_COUNT, len(again))
    return text


def _groups(background: Background, people: NDArray[np.object_]) -> list[TrueGroup]:
    """Return the planted groups under ids that go on from those there are."""
    used = {group.id for group in (*background.log.rings, *background.log.honest)}
    found = []
    for one in background.planted:
        name = next(name for k in count(1) if (name := f"{one.kind}-{k}") not in used)
        used.add(name)
        products = sorted(background.products[code] for code in one.products.tolist())
        found.append(TrueGroup(name, one.kind, tuple(sorted(people[one.reviewers].tolist())), tuple(products)))
    return found


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
