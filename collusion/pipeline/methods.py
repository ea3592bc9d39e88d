"""One method on one graph: a detector or a ranker by its name, without a scan around it."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from collusion.base.errors import ConfigError
from collusion.detect import Context, Detector, Ranker, make_detector, make_ranker
from collusion.detect import find_groups as find_in
from collusion.graph.graph import ReviewGraph

if TYPE_CHECKING:
    from collusion.base.model import Group, Scores

__all__ = ["find_groups", "rank"]


def find_groups(method: str | Detector, graph: ReviewGraph, *, seed: int = 0, **parameters: object) -> list[Group]:
    """Run one detector on a graph.

    Parameters
    ----------
    method : str or Detector
        Name of a detector (``collusion detectors`` lists them), or a detector of your own.
    graph : ReviewGraph
        Made by `ReviewGraph.from_scipy`, for example.
    seed : int, default 0
        The groups are those that the same detector finds in a scan with this seed.
    **parameters
        Parameters of the detector, where it is given by name.

    Returns
    -------
    list of Group
        Candidate groups, best first, with reviewers and products as codes of the graph. They are not tested: `scan` does that.

    Raises
    ------
    ConfigError
        When there is no such detector or parameter, the name is a ranker's, or ``graph`` is not a ReviewGraph.

    Examples
    --------
    >>> import numpy as np
    >>> import collusion as cl
    >>> from scipy.sparse import csr_array
    >>> graph = cl.ReviewGraph.from_scipy(csr_array(np.kron(np.eye(2), np.ones((8, 6)))))
    >>> [len(group.reviewers) for group in cl.find_groups("fraudar", graph)]
    [16]
    """
    _check(graph, method, Detector, parameters, seed)
    detector = make_detector(method, parameters) if isinstance(method, str) else method
    return find_in(detector, graph, _random(seed, detector.name), Context())


def rank(method: str | Ranker, graph: ReviewGraph, *, seed: int = 0, **parameters: object) -> Scores:
    """Run one ranker on a graph.

    Parameters
    ----------
    method : str or Ranker
        Name of a ranker (``collusion detectors`` lists them), or a ranker of your own.
    graph : ReviewGraph
        Made by `ReviewGraph.from_scipy`, for example.
    seed : int, default 0
    **parameters
        Parameters of the ranker, where it is given by name.

    Returns
    -------
    Scores
        One number per reviewer, product or review, higher for the more suspicious.

    Raises
    ------
    ConfigError
        When there is no such ranker or parameter, the name is a detector's, or ``graph`` is not a ReviewGraph.

    Examples
    --------
    >>> import collusion as cl
    >>> from scipy.sparse import csr_array
    >>> graph = cl.ReviewGraph.from_scipy(csr_array([[1, 1, 0], [0, 0, 1]]))
    >>> cl.rank("degree", graph).reviewers.argmax()
    np.int64(0)
    """
    _check(graph, method, Ranker, parameters, seed)
    ranker = make_ranker(method, parameters) if isinstance(method, str) else method
    return ranker.score(graph, _random(seed, ranker.name))


def _check(graph: object, method: object, kind: type[Detector | Ranker], parameters: object, seed: object) -> None:
    wrong = []
    if isinstance(method, type) or not isinstance(method, (str, kind)):
        what = "detector with a name and find(graph, rng)" if kind is Detector else "ranker with a name, ranks and score(graph, rng)"
        hint = f"; give an object, {method.__name__}()" if isinstance(method, type) else ""
        wrong.append(f"{method!r} is neither the name of a method nor a {what}{hint}")
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        wrong.append(f"seed must be a whole number from 0 on, not {seed!r}")
    if not isinstance(graph, ReviewGraph):
        wrong.append(
            f"graph is of type {type(graph).__name__}; make a ReviewGraph of it with from_scipy, from_networkx, from_igraph or from_pandas"
        )
    if parameters and not isinstance(method, str):
        wrong.append("parameters go with the name of a method; a method that is given itself has its own")
    if wrong:
        raise ConfigError("\n".join(wrong))


def _random(seed: int, name: str) -> np.random.Generator:
    # As a scan draws for the log itself; shuffled logs are numbered from 1.
    return np.random.default_rng([seed, zlib.crc32(name.encode()), 0])
