"""Laws of `collusion warmup`."""

import json

from collusion import cli


def test_there_is_nothing_to_do(capsys):
    assert cli.main(["warmup", "--json"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"compiled": 0}
    assert "Nothing to do" in shown.err
