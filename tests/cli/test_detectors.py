"""Laws of `collusion detectors`."""

from __future__ import annotations

import json

from collusion import cli
from collusion.detect import detector_class, detector_names, make_detector, parameters


def test_json_lists_every_detector_with_parameters_it_takes(capsys):
    assert cli.main(["detectors", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["detectors"]
    assert [one["name"] for one in told] == list(detector_names())
    for one in told:
        assert one["parameters"] == json.loads(json.dumps(parameters(detector_class(one["name"]))))
        assert make_detector(one["name"], one["parameters"]).name == one["name"]
        assert one["summary"]


def test_the_table_names_every_detector_and_parameter(capsys):
    assert cli.main(["detectors"]) == 0
    shown = capsys.readouterr().out
    for name in detector_names():
        assert name in shown
        assert all(key in shown for key in parameters(detector_class(name)))
