"""Laws of `collusion detectors`."""

from __future__ import annotations

import json

import pytest

from collusion import cli
from collusion.base.config import ScanConfig
from collusion.base.errors import ConfigError
from collusion.detect import detector_class, detector_names, make_detector, make_ranker, parameters
from collusion.pipeline import scan


def listed(capsys):
    assert cli.main(["detectors", "--json"]) == 0
    return json.loads(capsys.readouterr().out)["detectors"]


def test_json_lists_every_method_with_parameters_it_takes(capsys):
    told = listed(capsys)
    assert sorted(one["name"] for one in told) == sorted(detector_names())
    for one in told:
        assert one["parameters"] == json.loads(json.dumps(parameters(detector_class(one["name"]))))
        make = make_detector if one["kind"] == "detector" else make_ranker
        assert make(one["name"], one["parameters"]).name == one["name"]
        assert one["summary"]


def test_json_says_what_each_finds_or_scores_detectors_first(capsys):
    told = listed(capsys)
    kinds = [one["kind"] for one in told]
    assert kinds == sorted(kinds)
    assert {*kinds} == {"detector", "ranker"}
    gives = {one["name"]: one["gives"] for one in told}
    assert gives["lockstep"] == ["groups"]
    assert gives["speagle"] == ["reviewers", "products", "reviews"]
    assert gives["footprint"] == ["products"]


def test_the_table_names_every_method_its_kind_and_its_parameters(capsys):
    assert cli.main(["detectors"]) == 0
    shown = capsys.readouterr().out
    assert "ranker" in shown
    for name in detector_names():
        assert name in shown
        assert all(key in shown for key in parameters(detector_class(name)))


@pytest.mark.parametrize("name", detector_names())
def test_one_method_is_shown_in_full(name, capsys):
    """Every parameter has a type and a meaning; what is computed after a paper names it."""
    assert cli.main(["detectors", name, "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["detectors"]
    assert one["parameters"].keys() == one["parameter_types"].keys() == one["parameter_meanings"].keys()
    assert all([*one["parameter_types"].values(), *one["parameter_meanings"].values()])
    assert one["references"] or name in {"degree", "minus-degree", "random"}
    assert cli.main(["detectors", name]) == 0
    shown = capsys.readouterr().out
    assert all(one in shown for one in (name, *one["parameters"]))


def test_a_name_that_is_none_is_refused_with_the_nearest(capsys):
    assert cli.main(["detectors", "lockstap"]) == 2
    assert "did you mean 'lockstep'" in capsys.readouterr().err


def test_a_scan_that_is_given_a_ranker_says_so_and_where_to_use_it(tmp_path, capsys):
    """Exit code 2, one problem, and nothing written; the same from Python."""
    log = tmp_path / "log.csv"
    log.write_text("reviewer_id,product_id\na,x\n", encoding="utf-8")
    assert cli.main(["scan", str(log), "--out", str(tmp_path / "out"), "--detector", "lockstep,birdnest"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "'birdnest' is a ranker: it scores reviewers and products and finds no groups" in shown.err
    assert "rank('birdnest', graph)" in shown.err
    assert not (tmp_path / "out").exists()
    with pytest.raises(ConfigError, match="'degree' is a ranker"):
        scan(log, config=ScanConfig(detectors=("degree",)))
