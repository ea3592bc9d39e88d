"""What labels are worth: a random forest learns from labelled products, and is judged on products it has not seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from collusion.bench.ranking import average_precision, base_rate, roc_auc
from collusion.errors import CollusionError, ConfigError, InputError, did_you_mean
from collusion.simulate.world import stream

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["NETWORK", "PICTURES", "REVIEWS", "Folds", "Forest", "features_of", "held_out", "supervised"]

REVIEWS = (
    "tfidf_review_body",
    "n_of_reviews",
    "avg_review_rating",
    "avg_days_between_reviews",
    "stdev_days_between_reviews",
    "max_days_between_reviews",
    "min_days_between_reviews",
    "share_helpful_reviews",
    "share_1star",
    "share_5star",
    "share_photo",
    "std_review_len",
)
"""Features of a product's reviews, as He et al. (PNAS 2022) name them, in the order in which their forest takes them."""

PICTURES = tuple(f"{what}_sim{of}" for of in ("", "_review", "_product") for what in ("min", "max", "mean", "std"))
"""Features of its pictures: how like each other they are. How many there are is in their table too, and in none of their figures."""

NETWORK = ("pagerank", "w_degree", "clustering_coef", "eigenvector_cent")
"""Features of the network of products that share reviewers."""


@dataclass(frozen=True)
class Forest:
    """A random forest (Breiman 2001); as it comes, of the form that He et al. published.

    Parameters
    ----------
    trees : int, default 100
    leaf : int, default 3
        Rows that a leaf holds at least.
    split : int, default 6
        Rows that a node must hold to be split.
    depth : int, default 40
        Of a tree, at most.
    """

    trees: int = 100
    leaf: int = 3
    split: int = 6
    depth: int = 40

    def __post_init__(self) -> None:
        least = {"trees": 1, "leaf": 1, "split": 2, "depth": 1}
        wrong = [
            f"forest: {name} must be a whole number of at least {low}, not {value!r}"
            for name, low in least.items()
            if type(value := getattr(self, name)) is not int or value < low
        ]
        if wrong:
            raise ConfigError("\n".join(wrong))


@dataclass(frozen=True, eq=False)
class Folds:
    """How well rows that were held back are ranked.

    Parameters
    ----------
    auc, average_precision : float64[repeats, folds]
        Of each fold, by a forest that has not seen it.
    base_rate : float
        Share of fake rows: what a score without information reaches in average precision.
    """

    auc: NDArray[np.float64]
    average_precision: NDArray[np.float64]
    base_rate: float

    def __post_init__(self) -> None:
        self.auc.flags.writeable = self.average_precision.flags.writeable = False

    @property
    def spread(self) -> float:
        """Standard deviation of the area over all folds: how far one split of the rows may stray."""
        return float(self.auc.std())

    def means(self) -> tuple[float, float]:
        """Return the mean area and the mean average precision."""
        return float(self.auc.mean()), float(self.average_precision.mean())


def supervised(
    features: NDArray[Any], labels: NDArray[np.bool_], seed: int, *, folds: int = 5, repeats: int = 5, forest: Forest | None = None
) -> Folds:
    """Return how well a random forest ranks rows it has not seen, by repeated stratified cross-validation.

    Parameters
    ----------
    features : float array, shape (rows, features)
        Finite.
    labels : bool[rows]
        True for fake.
    seed : int
        Of the folds and the forests.
    folds : int, default 5
        Each holds as large a share of the fakes as all rows do, as nearly as can be.
    repeats : int, default 5
        Times the rows are shuffled anew.
    forest : Forest, optional

    Raises
    ------
    InputError
        When features and labels do not match, a feature is not finite, or there are fewer fake or genuine rows than folds.
    ConfigError
        When folds or repeats are out of range.
    CollusionError
        When scikit-learn is not installed.

    Notes
    -----
    The order of the rows changes nothing: they are put in the order of their values first. That of the features does, since a tree draws
    among them. O(folds x repeats x trees x rows log rows x sqrt(features)).
    """
    wrong = [
        f"{name} must be a whole number of at least {least}, not {value!r}"
        for name, value, least in (("folds", folds, 2), ("repeats", repeats, 1))
        if type(value) is not int or value < least
    ]
    if wrong:
        raise ConfigError("\n".join(wrong))
    values, fake = _checked(features, labels, folds)
    order = np.lexsort((fake, *values.T[::-1]))
    values, fake = values[order], fake[order]
    auc, ap = np.empty((repeats, folds)), np.empty((repeats, folds))
    for k in range(repeats):
        fold = _dealt(fake, folds, stream(seed, f"folds {k}"))
        for j in range(folds):
            held = fold == j
            score = _scores(values[~held], fake[~held], values[held], stream(seed, f"forest {k} {j}"), forest or Forest())
            auc[k, j], ap[k, j] = roc_auc(score, fake[held]), average_precision(score, fake[held])
    return Folds(auc, ap, base_rate(fake))


def held_out(
    features: NDArray[Any], labels: NDArray[np.bool_], seed: int = 42, *, share: float = 0.2, forest: Forest | None = None
) -> Folds:
    """Return how well a random forest ranks one share of the rows, drawn without regard to labels: the protocol of He et al. (PNAS 2022).

    With a share of .2 and the seed 42 the rows held back are the very ones of their code, if rows and features stand in its order. One
    split is one draw: `supervised` tells how far it may stray.

    Parameters
    ----------
    features, labels, forest
        As in `supervised`.
    seed : int, default 42
        Of the split and of the forest, as scikit-learn draws them.
    share : float, default .2
        Above 0 and below 1.

    Raises
    ------
    InputError, ConfigError, CollusionError
        As `supervised` does.
    """
    if not 0 < share < 1:
        raise ConfigError(f"share must be above 0 and below 1, not {share!r}")
    values, fake = _checked(features, labels, 2)
    # Not our own generators: the figures to compare with were made with these.
    order = np.random.RandomState(seed).permutation(len(fake))  # see above
    test, train = np.split(order, [int(np.ceil(share * len(fake)))])
    if any(len(np.unique(fake[part])) < 2 for part in (test, train)):
        raise InputError(
            f"of {len(fake):,} rows a share of {share} leaves a part without fake or without genuine ones; take another share or seed"
        )
    score = _scores(values[train], fake[train], values[test], seed, forest or Forest())
    return Folds(np.array([[roc_auc(score, fake[test])]]), np.array([[average_precision(score, fake[test])]]), base_rate(fake[test]))


def features_of(table: pa.Table, names: Iterable[str] | None = None) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return features and labels of a table of products as `collusion.datasets.reading.load` reads it.

    Parameters
    ----------
    table : pyarrow.Table
    names : iterable of str, optional
        All features where not given.

    Raises
    ------
    ConfigError
        When the table has no such feature.
    """
    known = [name for name in table.column_names if name not in ("product_id", "label")]
    chosen = known if names is None else list(names)
    wrong = [f"the table has no feature {name!r}; {did_you_mean(name, known)}" for name in chosen if name not in known]
    if wrong:
        raise ConfigError("\n".join(wrong))
    values = np.column_stack([np.asarray(table.column(name), dtype=np.float64) for name in chosen])
    return values, np.asarray(table.column("label"), dtype=np.bool_)


def _checked(features: NDArray[Any], labels: NDArray[np.bool_], least: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    values, fake = np.asarray(features, dtype=np.float64), np.asarray(labels)
    wrong = []
    if values.ndim != 2 or fake.shape != values.shape[:1] or not values.shape[-1]:
        wrong.append(f"features must be a table with a row a label, not of shape {values.shape} for labels of shape {fake.shape}")
    elif not np.isfinite(values).all():
        rows = np.flatnonzero(~np.isfinite(values).all(axis=1))
        wrong.append(
            f"features must be finite: {len(rows):,} rows hold others, the first is row {rows[0] + 1:,}; leave these rows out or fill them"
        )
    if fake.dtype != np.bool_:
        wrong.append(f"labels must be true or false, not {fake.dtype}")
    elif min(fake.sum(), (~fake).sum()) < least:
        wrong.append(f"{fake.sum():,} fake and {(~fake).sum():,} genuine rows are too few: at least {least} of each are needed")
    if wrong:
        raise InputError(wrong)
    return values, fake


def _dealt(fake: NDArray[np.bool_], folds: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Deal the fake rows and the genuine ones to the folds, each as evenly as can be; return the fold of each row."""
    fold = np.empty(len(fake), dtype=np.int64)
    for kind in (True, False):
        rows = np.flatnonzero(fake == kind)
        # Where they do not come out even, the genuine rows fill up what the fake ones left.
        dealt = np.arange(len(rows)) % folds
        fold[rng.permutation(rows)] = dealt if kind else folds - 1 - dealt
    return fold


def _scores(
    features: NDArray[np.float64], fake: NDArray[np.bool_], held: NDArray[np.float64], seed: int | np.random.Generator, forest: Forest
) -> NDArray[np.float64]:
    """Return the probability of fake of the rows held back."""
    try:
        from sklearn.ensemble import RandomForestClassifier  # type: ignore[import-untyped]  # noqa: PLC0415  # an extra, and slow to load
    except ImportError as error:
        raise CollusionError("scikit-learn is needed to learn from labels; install it with pip install 'collusion[bench]'") from error
    model = RandomForestClassifier(
        forest.trees,
        min_samples_leaf=forest.leaf,
        min_samples_split=forest.split,
        max_depth=forest.depth,
        max_features="sqrt",
        random_state=seed if isinstance(seed, int) else int(seed.integers(2**32)),
        n_jobs=1,
    )
    model.fit(features, fake)
    score: NDArray[np.float64] = model.predict_proba(held)[:, 1]
    return score
