"""Laws of the configuration: what is written reads back equal; what is wrong is said, all of it at once."""

from __future__ import annotations

import copy
import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collusion.base.config import NULL_MODELS, QUOTES, TIME_UNITS, ScanConfig
from collusion.base.errors import ConfigError

text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
scalars = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | text | st.just("")


@st.composite
def configs(draw):
    detectors = tuple(draw(st.lists(text, min_size=1, max_size=3, unique=True)))
    return ScanConfig(
        seed=draw(st.integers(0, 2**63 - 1)),
        fdr=draw(st.floats(0, 1, exclude_min=True, exclude_max=True)),
        replicates=draw(st.integers(0, 10**6)),
        null_models=tuple(draw(st.lists(st.sampled_from(NULL_MODELS), max_size=2, unique=True))),
        threads=draw(st.integers(1, 64)),
        memory=draw(st.none() | st.floats(0, 1e6, exclude_min=True)),
        detectors=detectors,
        max_candidates=draw(st.integers(0, 10**6)),
        dialect=draw(st.none() | text),
        time_unit=draw(st.none() | st.sampled_from(TIME_UNITS)),
        time_format=draw(st.none() | text),
        delimiter=draw(st.none() | text),
        quote=draw(st.none() | st.sampled_from(QUOTES)),
        columns=tuple(draw(st.lists(text, max_size=3, unique=True))),
        map=draw(st.dictionaries(text, text, max_size=3)),
        link=tuple(draw(st.lists(text, max_size=3, unique=True))),
        detector=draw(st.dictionaries(st.sampled_from(detectors), st.dictionaries(text, scalars, max_size=3), max_size=3)),
    )


@given(configs())
def test_what_is_written_reads_back_equal(tmp_path_factory, config):
    path = tmp_path_factory.mktemp("config") / "scan.toml"
    path.write_bytes(config.to_toml().encode("utf-8"))
    again = ScanConfig.from_toml(path)
    assert again == config
    assert again.to_toml() == config.to_toml()
    assert hash(again) == hash(config)


@given(configs())
def test_a_copy_is_equal_and_provenance_is_json(config):
    assert copy.deepcopy(config) == config
    told = config.provenance()
    assert json.loads(json.dumps(told)) == told
    assert not {"threads", "memory"} & told.keys()


def test_types_of_parameters_survive(tmp_path):
    """A whole float stays a float, a truth value stays a truth value, an empty table keeps its name."""
    path = tmp_path / "scan.toml"
    config = ScanConfig(detectors=("a", "b"), detector={"a": {"x": 1.0, "y": 1, "z": True, "w": ""}, "b": {}})
    path.write_text(config.to_toml(), encoding="utf-8")
    again = ScanConfig.from_toml(path).detector
    assert {key: type(value) for key, value in again["a"].items()} == {"x": float, "y": int, "z": bool, "w": str}
    assert set(again) == {"a", "b"}


def test_an_empty_file_is_the_default(tmp_path):
    path = tmp_path / "scan.toml"
    path.write_bytes(b"")
    assert ScanConfig.from_toml(path) == ScanConfig()
    assert tomllib.loads(ScanConfig().to_toml())["fdr"] == 0.05


def test_all_problems_of_a_file_at_once_with_hints(tmp_path):
    path = tmp_path / "scan.toml"
    path.write_text(
        'sed = 3\nfdr = 1.5\nthreads = 0\nreplicates = true\n[detector.lockstp]\nwindow = 7\n[map]\nrating = ""\n', encoding="utf-8"
    )
    with pytest.raises(ConfigError) as caught:
        ScanConfig.from_toml(path)
    lines = str(caught.value).split("\n")
    assert len(lines) == 6
    assert all(line.startswith(f"{path}: ") for line in lines)
    message = "\n".join(lines)
    assert "unknown key 'sed'; did you mean 'seed'?" in message
    assert "fdr must be a number above 0 and below 1, not 1.5" in message
    assert "threads must be a whole number of at least 1, not 0" in message
    assert "replicates must be a whole number of at least 0, not True" in message
    assert "did you mean 'lockstep'?" in message
    assert "map.rating" in message


WRONG = {
    "seed": [-1, 2**63, 1.0],
    "fdr": [0, 1, float("nan"), "0.05"],
    "replicates": [-1],
    "threads": [0],
    "memory": [0, float("inf"), "4"],
    "max_candidates": [-1],
    "detectors": [(), "lockstep", ("core", "core"), ("",)],
    "dialect": ["", "\ud800"],
    "time_unit": ["weeks"],
    "time_format": [""],
    "delimiter": [""],
    "quote": ["single"],
    "columns": [("a", "a"), "a,b"],
    "map": [{"rating": ""}, ["rating"]],
    "link": ["ip", ("ip", "ip"), ("",), None],
    "detector": [{"core": {}}, {"lockstep": 7}, {"lockstep": {"window": None}}, {"lockstep": {"window": float("inf")}}, 7],
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in WRONG.items() for value in values])
def test_a_wrong_value_is_refused_and_named(key, value):
    with pytest.raises(ConfigError, match=key):
        ScanConfig(**{key: value})


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"seed = ", "is not TOML"), (b'dialect = "\xff"', "is not UTF-8 at byte 11"), (None, "cannot be read")],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path, content, says):
    path = tmp_path / "scan.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=says) as caught:
        ScanConfig.from_toml(path)
    assert str(path) in str(caught.value)


def test_overrides_replace_what_is_given_and_keep_the_rest():
    config = ScanConfig(seed=7, detectors=("core", "lockstep"), detector={"core": {"alpha": 2}, "lockstep": {"window": 3}})
    assert config.with_overrides(fdr=0.1, seed=None) == ScanConfig(seed=7, fdr=0.1, detectors=config.detectors, detector=config.detector)
    assert dict(config.with_overrides(detectors=("core",)).detector) == {"core": {"alpha": 2}}
    with pytest.raises(ConfigError, match="did you mean 'seed'"):
        config.with_overrides(sede=1)
    with pytest.raises(ConfigError, match="fdr"):
        config.with_overrides(fdr=2)


def test_the_configuration_cannot_be_changed_from_outside():
    mapping, table = {"rating": "stars"}, {"window": 7}
    config = ScanConfig(map=mapping, detector={"lockstep": table})
    mapping["rating"], table["window"] = "other", 9
    assert config.map["rating"] == "stars"
    assert config.detector["lockstep"]["window"] == 7
    with pytest.raises(TypeError):
        config.map["rating"] = "other"
    with pytest.raises(TypeError):
        config.detector["lockstep"]["window"] = 9
