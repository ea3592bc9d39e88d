"""Laws of `collusion signals`."""

from __future__ import annotations

import json

import pytest

from collusion import cli
from collusion.evidence.signal import info_of, signal_class, signal_names
from collusion.inference.statements import FIRST_QUESTION, REMARKS


def listed(capsys, *name):
    assert cli.main(["signals", *name, "--json"]) == 0
    return json.loads(capsys.readouterr().out)["signals"]


def test_json_lists_whatever_a_case_can_hold_once_and_in_the_order_of_a_report(capsys):
    found = listed(capsys)
    names = [one["name"] for one in found]
    assert names == [*(one.name for one in FIRST_QUESTION), *signal_names(), *(one.name for one in REMARKS)]
    assert len(names) == len({*names})
    for one in found:
        assert one["question"].endswith("?")
    for name in signal_names():
        (one,) = [one for one in found if one["name"] == name]
        info = info_of(signal_class(name))
        assert (one["kind"], one["needs"], one["null"]) == (info.kind, [*info.needs], info.null)
        assert one["about"]


def test_the_table_names_every_signal_and_its_kind(capsys):
    assert cli.main(["signals"]) == 0
    shown = capsys.readouterr().out
    for name in signal_names():
        # A narrow terminal breaks a line between words.
        assert all(word in shown for word in name.split())
    assert all(kind in shown for kind in ("acts together", "behaves like paid", "remark"))


@pytest.mark.parametrize("name", ["clock", "independent arrival", "co-reviews", "robustness"])
def test_one_signal_is_shown_by_name(capsys, name):
    (one,) = listed(capsys, name)
    assert one["name"] == name
    assert cli.main(["signals", name]) == 0
    assert name in capsys.readouterr().out


def test_in_full_it_says_against_what_and_where_it_is_dangerous(capsys):
    assert cli.main(["signals", "clock"]) == 0
    shown = capsys.readouterr().out
    for said in ("clock (behaves like paid)", "minutes apart?", "permuted", "Dangerous", "Needs: timestamp, time of day"):
        assert said in shown


def test_an_unknown_name_is_refused_with_the_nearest(capsys):
    assert cli.main(["signals", "clok"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "no signal is called 'clok'; did you mean 'clock'" in shown.err
