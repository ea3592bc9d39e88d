"""The public interface: its names and their signatures, as text, so that no change of them goes unseen."""

import importlib.metadata
import inspect
import typing
from dataclasses import fields
from pathlib import Path

import pytest
from scipy.sparse import csr_array

import collusion as cl
from collusion.base.errors import ConfigError

READING = (
    "map: 'Mapping[str, str] | None' = None, dialect: 'str | None' = None, time_unit: 'str | None' = None, "
    "time_format: 'str | None' = None, delimiter: 'str | None' = None, quote: 'str | None' = None, "
    "columns: 'Sequence[str] | None' = None, link: 'Sequence[str] | None' = None"
)
"""Arguments that say how a log is read: the same wherever one is."""

CALLBACK = "progress: 'Callable[[str, int, int | None], None] | None' = None"

NAMES = "tuple[Sequence[str], Sequence[str]] | None"

FUNCTIONS = {
    "check": f"(source: 'Any', *, {READING}, head: 'int | None' = None, threads: 'int' = 1, {CALLBACK}) -> 'Check'",
    "expand": (
        "(source: 'Any', *, reviewers: 'Sequence[str] | str | None' = None, products: 'Sequence[str] | str | None' = None, "
        "file: 'str | os.PathLike[str] | None' = None, ring: 'Ring | str | int | None' = None, "
        "case: 'Case | str | os.PathLike[str] | None' = None, config: 'ScanConfig | None' = None, "
        f"{CALLBACK}, seed: 'int | None' = None, fdr: 'float | None' = None, replicates: 'int | None' = None, "
        "threads: 'int | None' = None, memory: 'float | None' = None, signals: 'Sequence[str] | None' = None, "
        f"{READING}) -> 'Expansion'"
    ),
    "find_groups": "(method: 'str | Detector', graph: 'ReviewGraph', *, seed: 'int' = 0, **parameters: 'object') -> 'list[Group]'",
    "make_key": "(path: 'str | os.PathLike[str]') -> 'bytes'",
    "make_signing_key": "(path: 'str | os.PathLike[str]') -> 'str'",
    "pseudonymise": "(case: 'Case', key: 'bytes | str | os.PathLike[str]', *, text: 'bool' = False) -> 'Case'",
    "rank": "(method: 'str | Ranker', graph: 'ReviewGraph', *, seed: 'int' = 0, **parameters: 'object') -> 'Scores'",
    "read_case": "(folder: 'str | os.PathLike[str]', log: 'Any' = None) -> 'Case'",
    "read_reviews": f"(source: 'Any', *, {READING}, head: 'int | None' = None, threads: 'int' = 2, {CALLBACK}) -> 'ReviewTable'",
    "scan": (
        f"(source: 'Any', *, config: 'ScanConfig | None' = None, {CALLBACK}, seed: 'int | None' = None, "
        "fdr: 'float | None' = None, replicates: 'int | None' = None, "
        "null_models: \"Sequence[Literal['N0', 'N3']] | None\" = None, threads: 'int | None' = None, memory: 'float | None' = None, "
        "detectors: 'Sequence[str | Detector] | None' = None, detector: 'Mapping[str, Mapping[str, Scalar]] | None' = None, "
        f"signals: 'Sequence[str] | None' = None, max_candidates: 'int | None' = None, "
        f"rank_by: 'RankRule | None' = None, {READING}, since: 'Case | str | os.PathLike[str] | None' = None) -> 'Case'"
    ),
    "verify": (
        "(path: 'str | os.PathLike[str]', public_key: 'str | os.PathLike[str] | None' = None, *, allow_unsigned: 'bool' = False) "
        "-> 'Verification'"
    ),
    "write_case": (
        "(case: 'Case', out: 'str | os.PathLike[str]', formats: 'Sequence[str]' = ('csv', 'json', 'report'), *, "
        "overwrite: 'bool' = False, seen: 'Seen | None' = None, flagged_only: 'bool' = False, "
        "pdf_rings: 'str | Sequence[str]' = 'flagged') -> 'None'"
    ),
}

METHODS = {
    "Case.__getitem__": "(self, ring_id: 'str') -> 'Ring'",
    "Case.ask": "(self, id: 'str', role: 'Role | None' = None, log: 'Any' = None) -> 'Answer'",
    "Case.context": "(self, ring: 'Ring') -> 'Context'",
    "Case.decide": "(self, ring: 'Ring | str', status: 'DecisionStatus', *, note: 'str' = '', by: 'str | None' = None) -> 'RingStatus'",
    "Case.filter": (
        "(self, *, status: 'Status | Collection[Status] | None' = None, detector: 'str | None' = None, "
        "min_score: 'float | None' = None, max_q_value: 'float | None' = None, reviewer: 'str | None' = None, "
        "product: 'str | None' = None) -> 'tuple[Ring, ...]'"
    ),
    "Case.reviews": "(self, ring: 'Ring') -> 'pd.DataFrame'",
    "Case.operation": "(self, operation_id: 'str') -> 'Operation'",
    "Case.to_frame": ("(self, what: \"Literal['rings', 'operations', 'operation_links']\" = 'rings') -> 'pd.DataFrame'"),
    "Case.to_networkx": "(self, ring: 'Ring | None' = None) -> 'nx.Graph[Any]'",
    "Case.with_journal": "(self, journal: 'str | os.PathLike[str]') -> 'Case'",
    "Detector.find": "(self, graph: 'ReviewGraph', rng: 'np.random.Generator') -> 'list[Group]'",
    "Ranker.score": "(self, graph: 'ReviewGraph', rng: 'np.random.Generator') -> 'Scores'",
    "ReviewGraph.from_igraph": "(network: 'igraph.Graph') -> 'ReviewGraph'",
    "ReviewGraph.from_networkx": "(network: 'nx.Graph[Any]') -> 'ReviewGraph'",
    "ReviewGraph.from_pandas": f"(frame: 'pd.DataFrame', names: '{NAMES}' = None) -> 'ReviewGraph'",
    "ReviewGraph.from_scipy": "(matrix: 'Any', **attributes: 'Any') -> 'ReviewGraph'",
    "ReviewGraph.to_igraph": f"(self, names: '{NAMES}' = None) -> 'igraph.Graph'",
    "ReviewGraph.to_networkx": f"(self, names: '{NAMES}' = None) -> 'nx.Graph[Any]'",
    "ReviewGraph.to_pandas": f"(self, names: '{NAMES}' = None) -> 'pd.DataFrame'",
    "ReviewGraph.to_scipy": "(self, attribute: 'str | None' = None) -> 'csr_array'",
    "Ring.compare": (
        "(self, other: 'Ring | None' = None, *, null: 'bool' = False, picture: 'str' = 'adjacency', ax: 'Axes | None' = None) -> 'Axes'"
    ),
    "Ring.reviews": "(self) -> 'pd.DataFrame'",
    "Ring.to_igraph": "(self) -> 'igraph.Graph'",
    "Ring.to_networkx": "(self) -> 'nx.Graph[Any]'",
    "Signal.test": "(self, group: 'GroupFacts') -> 'Evidence | None'",
    **{
        f"Ring.{name}": "(self, ax: 'Axes | None' = None) -> 'Axes'"
        for name in ("waterfall", "adjacency", "timeline", "coreview", "rating_impact")
    },
}

TYPES = {
    "Case",
    "Detector",
    "Evidence",
    "Expansion",
    "Group",
    "Ranker",
    "ReviewGraph",
    "ReviewTable",
    "Ring",
    "ScanConfig",
    "Scores",
    "Signal",
}
ERRORS = {"BudgetError", "CollusionError", "ConfigError", "InputError", "OutputError"}
NOTEBOOK = {"explore", "reveal", "pack"}
"""As long as a page: their signatures are with their tests."""


def test_the_names():
    assert set(cl.__all__) == {*FUNCTIONS, *TYPES, *ERRORS, *NOTEBOOK, "plot", "__version__"}
    assert dir(cl) == sorted(cl.__all__)
    assert [name for name in cl.__all__ if not hasattr(cl, name)] == []
    with pytest.raises(AttributeError, match="has no attribute 'scna'"):
        _ = cl.scna


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_signatures_of_functions(name):
    assert str(inspect.signature(getattr(cl, name))) == FUNCTIONS[name]


@pytest.mark.parametrize("name", METHODS)
def test_the_signatures_of_methods(name):
    owner, _, method = name.partition(".")
    assert str(inspect.signature(getattr(getattr(cl, owner), method))) == METHODS[name]


def test_a_scan_takes_every_field_of_its_configuration_and_no_other():
    """A parameter that the configuration has and the signature has not would be one that completion does not know."""
    taken = set(inspect.signature(cl.scan).parameters) - {"source", "config", "progress", "since"}
    assert taken == {field.name for field in fields(cl.ScanConfig)}


def test_the_version_is_that_of_the_package():
    assert cl.__version__ == importlib.metadata.version("collusion")


def test_type_hints_of_the_stub_name_what_is_there():
    """What type checkers see (imports under TYPE_CHECKING) is what users get."""
    source = Path(cl.__file__).read_text(encoding="utf-8")
    seen = {
        part.split(" as ")[-1].strip(" ,()")
        for line in source.splitlines()
        if " import " in line
        for part in line.split(" import ")[1].split(",")
    }
    assert [name for name in cl.__all__ if name != "__version__" and name not in seen] == []


# One method on a bare matrix


BLOCKS = csr_array([[1] * 6 + [0] * 6] * 8 + [[0] * 6 + [1] * 6] * 8)


def test_a_detector_and_a_ranker_run_on_a_bare_matrix_in_two_lines():
    graph = cl.ReviewGraph.from_scipy(BLOCKS)
    assert [group.reviewers.tolist() for group in cl.find_groups("fraudar", graph)] == [list(range(16))]
    assert cl.rank("degree", graph).reviewers.tolist() == [6.0] * 16


def test_their_parameters_seed_and_names_are_checked():
    graph = cl.ReviewGraph.from_scipy(BLOCKS)
    assert len(cl.find_groups("fraudar", graph, blocks=1)) == 1
    assert cl.rank("random", graph, seed=1).reviewers.tolist() != cl.rank("random", graph, seed=2).reviewers.tolist()
    for call, said in (
        (lambda: cl.find_groups("fraudr", graph), "did you mean 'fraudar'"),
        (lambda: cl.find_groups("fraudar", graph, block=1), "did you mean 'blocks'"),
        (lambda: cl.find_groups("degree", graph), "is a ranker"),
        (lambda: cl.rank("fraudar", graph), "is a detector"),
        (lambda: cl.rank("degree", BLOCKS), r"graph is of type csr_array; make a ReviewGraph of it with from_scipy"),
    ):
        with pytest.raises(ConfigError, match=said):
            call()


def test_a_method_that_is_given_itself_takes_no_parameters():
    graph = cl.ReviewGraph.from_scipy(BLOCKS)
    with pytest.raises(ConfigError, match="parameters go with the name"):
        cl.find_groups(typing.cast("cl.Detector", object()), graph, least=1)
