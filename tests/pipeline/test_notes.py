"""What a case says of its log and its run: the option that helps is in the form of whoever asked, and the rest is the same."""

import json

import pytest

import collusion as cl
from collusion import cli
from collusion.base.hints import for_command_line
from markets import frame, market


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A log without times, ratings and categories, of which nothing can be flagged."""
    path = tmp_path_factory.mktemp("log") / "log.csv"
    frame(market(6_000, 7, [(8, 6, 1.0)])[0])[["reviewer_id", "product_id"]].to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def case(log):
    return cl.scan(log, replicates=0)


def test_from_python_notes_propose_python(case):
    said = "\n".join(case.notes)
    assert "--" not in said
    for option in ('`map={"timestamp": "COLUMN"}`', '`map={"category": "COLUMN"}`', '`link=["ip", "device"]`'):
        assert option in said


def test_from_the_command_line_they_propose_its_options_and_all_else_is_equal(case, log, tmp_path, capsys):
    assert cli.main(["scan", str(log), "--out", str(tmp_path / "cli"), "--replicates", "0", "--format", "csv,json", "--json"]) == 0
    shown = capsys.readouterr()
    cl.write_case(case, tmp_path / "python", ("csv", "json"))
    trees = [json.loads((tmp_path / name / "case.json").read_text()) for name in ("cli", "python")]
    notes = [tree.pop("notes") for tree in trees]
    assert trees[0] == trees[1]
    assert notes[0] == list(map(for_command_line, notes[1])) == json.loads(shown.out)["notes"]
    for option in ("--map timestamp=COLUMN", "--map category=COLUMN", "--link ip,device"):
        assert option in shown.err
        assert option in "\n".join(notes[0])


def test_what_was_left_out_is_counted():
    log = frame(market(12_000, 7, [(12, 6, 0.9), (6, 4, 1.0)])[0]).drop(columns="seller")
    every, few = (cl.scan(log, replicates=0, max_candidates=most) for most in (10**6, 0))
    left = len(every.rings) - len(few.rings)
    assert left > 1
    assert f"{left:,} weaker groups are not listed (raise max_candidates, now 0, to list more)." in few.notes
    assert not any("not listed" in note for note in every.notes)


def test_too_few_replicates_are_named(log):
    notes = "\n".join(cl.scan(log, replicates=4, fdr=0.05).notes)
    assert "With 4 replicates a single ring reaches no q-value below 0.25" in notes
    assert "run at least 20" in notes


def test_flags_of_a_log_without_sellers_and_categories_come_with_a_warning():
    log = frame(market(12_000, 7, [(12, 6, 0.9)])[0])
    for left_out, warned in (([], False), (["category"], False), (["seller"], False), (["seller", "category"], True)):
        case = cl.scan(log.drop(columns=left_out), replicates=20, seed=1)
        assert case.flagged
        assert any("neither sellers nor categories" in note for note in case.notes) is warned, left_out
