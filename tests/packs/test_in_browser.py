"""The pages of a pack in a real browser: they ask for nothing, run nothing of the log, and fit on a narrow screen."""

import subprocess
from dataclasses import replace

import pytest
from packs.packs import KEY
from report.chromium import browser, settle, tab
from report.hostile import HOSTILE, hostile_case
from report.test_pages_in_browser import INTRUDERS

import collusion as cl
from collusion.packs.fields import FIELDS

pytestmark = pytest.mark.slow


def test_pages_of_a_hostile_log_run_nothing_and_request_nothing(tmp_path):
    case = replace(hostile_case(), journal=tmp_path / "j.jsonl")
    case.decide(case.rings[0], "confirmed", note="".join(one for one in HOSTILE if "\ud800" not in one), by="Ann")
    fields = dict(zip(FIELDS, (one for one in HOSTILE if one.strip()), strict=False))
    cl.pack(case, "1", tmp_path / "r.zip", real_ids=True, fields=fields)
    cl.pack(case, "1", tmp_path / "a.zip", addressee="account-holder", who="</script><script>alert(1)</script>", key=KEY)
    with browser() as chromium:
        for name in ("r", "a"):
            subprocess.run(["unzip", "-q", f"{name}.zip", "-d", name], cwd=tmp_path, check=True)
            for page in sorted((tmp_path / name).rglob("*.html")):
                with tab(chromium, width=390) as (shown, heard):
                    shown.on("dialog", lambda dialog, page=page: pytest.fail(f"{page} opened {dialog.message}"))
                    shown.goto(page.as_uri())
                    settle(shown)
                    assert heard.complaints == []
                    assert heard.requests == [page.as_uri()]
                    assert shown.evaluate(INTRUDERS) == []
                    assert shown.evaluate("document.scripts.length") == 0
                    assert shown.evaluate("document.scrollingElement.scrollWidth") <= 390, page
