"""What is planted as rows of the log: ids, times, ratings, and in every other column what the log's own rows hold."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from collusion.simulate.inject_columns import coded, like, most_common, whole
from collusion.simulate.labelled import LabelledLog
from collusion.simulate.market import TrueGroup
from collusion.simulate.names import names
from collusion.simulate.phrases import OCCASIONS, OPENINGS, SPAN, SUBJECTS, review_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from numpy.typing import NDArray

    from collusion.simulate.inject_ground import Ground

__all__ = ["fresh", "grown"]

OF_PRODUCTS = ("category", "seller", "listing", "marketplace")
"""Columns in which a planted row has what most rows of its product have."""

TEXT = ("review_id", "text")
"""Columns that are filled where the log's own rows hold text in them."""

TEXTS = len(OPENINGS[0]) * len(SUBJECTS) * len(OCCASIONS) * SPAN
"""How many texts there are for one rating."""


def grown(ground: Ground, rng: np.random.Generator, new: Sequence[str] | None = None) -> LabelledLog:
    """Return the log with what is planted: the old rows first, untouched and in order, then one row a planted review.

    Planted reviews have times within the log, none before the first honest review of their product. Category, seller, listing and
    marketplace are those of most rows of the product; ``verified`` is drawn as the log's rows have it; a text is a stock one, and none is
    in the log or twice; a review id is new; what else there is stays null.

    Parameters
    ----------
    ground : Ground
    rng : numpy.random.Generator
    new : sequence of str, optional
        Ids of the new accounts, in the order of their codes; drawn where None.
    """
    if not ground.sown:
        return ground.log
    # Random numbers are drawn whether a column needs them or not, so that no column changes another.
    salts = [int(rng.integers(2**48)) for _ in range(2)]
    own = np.random.default_rng(rng.integers(2**63))
    verified = np.random.default_rng(rng.integers(2**63))
    table = ground.log.table
    product = np.concatenate([one.product for one in ground.sown])
    n = len(product)
    if new is None:
        new = fresh(ground.accounts - ground.n_reviewers, b"A", salts[0], frozenset(ground.reviewers))
    people = np.array([*ground.reviewers, *new], dtype=object)
    makers: dict[str, Callable[[pa.DataType], pa.Array]] = {
        "reviewer_id": lambda kind: pa.array(people[np.concatenate([one.reviewer for one in ground.sown])].tolist(), kind),
        "product_id": lambda kind: pa.array([ground.products[code] for code in product.tolist()], kind),
        "rating": lambda _: _ratings(ground),
        "timestamp": lambda _: _times(ground, product),
        "verified": lambda kind: like(whole(table, "verified").filter(pa.array(~ground.log.fake)), verified, n).cast(kind),
        "review_id": lambda kind: pa.array(fresh(n, b"R", salts[1], frozenset(table.column("review_id").to_pylist())), kind),
        "text": lambda kind: _texts(ground, own).cast(kind),
        **{name: partial(_of_products, ground, name, product) for name in OF_PRODUCTS},
    }
    columns = []
    for field in table.schema:
        column = table.column(field.name)
        made = field.name in makers and (field.name not in TEXT or (_is_text(field.type) and column.null_count < len(table)))
        part = makers[field.name](field.type) if made else pa.nulls(n, field.type)
        columns.append(pa.chunked_array([*column.chunks, part], type=field.type))
    # Nulls may come into columns that had none.
    schema = pa.schema([field.with_nullable(nullable=True) for field in table.schema], table.schema.metadata)
    fake = np.concatenate([ground.log.fake, *(one.paid for one in ground.sown)])
    log = ground.log
    rings, honest = (_groups(ground, people, rings=rings) for rings in (True, False))
    return LabelledLog(pa.table(columns, schema=schema), fake, (*log.rings, *rings), (*log.honest, *honest))


def fresh(n: int, prefix: bytes, salt: int, taken: Container[str | None]) -> list[str]:
    """Return ``n`` ids that tell nothing and are none of those taken."""
    found: list[str] = []
    code = 0
    while len(found) < n:
        some = names(np.arange(code, code + n), 12, prefix, salt)
        found += [name for name in (one.decode() for one in some) if name not in taken]
        code += n
    return found[:n]


def _ratings(ground: Ground) -> pa.Array:
    assert ground.scale is not None  # noqa: S101  # a ground has a scale where the log has ratings
    return ground.scale.column(np.concatenate([one.rating for one in ground.sown]))


def _times(ground: Ground, product: NDArray[np.int64]) -> pa.Array:
    """Return the times of the planted reviews, within the log and none before the first honest review of its product."""
    clock = ground.clock
    assert clock is not None  # noqa: S101  # a ground has a clock where the log has times
    first, last = clock.ends
    opens = np.full(ground.n_products, last)
    rows = ground.honest[clock.known[ground.honest]]
    np.minimum.at(opens, ground.product[rows], clock.count[rows])
    wanted = clock.counts(np.clip(np.concatenate([one.day for one in ground.sown]), 0, ground.span))
    return clock.column(np.minimum(np.maximum(wanted, np.maximum(opens[product], first)), last))


def _of_products(ground: Ground, name: str, product: NDArray[np.int64], kind: pa.DataType) -> pa.Array:
    found = coded(whole(ground.log.table, name))
    if found is None:
        return pa.nulls(len(product), kind)
    code = most_common(found[0], ground.product, ground.n_products)[product]
    values = found[1].take(pa.array(code, mask=code < 0))
    return pa.array(values.to_pylist(), kind) if pa.types.is_dictionary(kind) else values


def _texts(ground: Ground, rng: np.random.Generator) -> pa.Array:
    """Return a stock text a planted review, of the sentiment of its rating: none of the log's, and none twice while there are others."""
    rating = np.concatenate([one.rating for one in ground.sown])
    stars = np.full(len(rating), 5, np.int8)
    if len(ground.points) > 1:
        share = (rating - ground.points[0]) / (ground.points[-1] - ground.points[0])
        stars = np.where(np.isnan(share), 5, 1 + np.rint(4 * np.clip(np.nan_to_num(share), 0, 1))).astype(np.int8)
    n = len(rating)
    choice = rng.choice(TEXTS, n, replace=n > TEXTS)
    known = whole(ground.log.table, "text")
    for _ in range(8):
        # The digits below are those that make stock phrases, of which there is none here.
        text = review_texts(choice * 1000, stars, terse=0.0)
        again = np.flatnonzero(np.asarray(pc.is_in(text.cast(known.type), value_set=known)))
        if not len(again):
            break
        choice[again] = rng.choice(TEXTS, len(again))
    return text


def _groups(ground: Ground, people: NDArray[np.object_], *, rings: bool) -> list[TrueGroup]:
    """Return the planted rings, or the honest groups, under ids that go on from those there are."""
    used = {group.id for group in (*ground.log.rings, *ground.log.honest)}
    found = []
    for one in ground.sown:
        if (one.kind == "ring") != rings:
            continue
        number = 1
        while f"{one.kind}-{number}" in used:
            number += 1
        used.add(f"{one.kind}-{number}")
        found.append(
            TrueGroup(
                f"{one.kind}-{number}",
                one.kind,
                tuple(sorted(people[one.members].tolist())),
                tuple(sorted(ground.products[code] for code in one.targets.tolist())),
            )
        )
    return found


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
