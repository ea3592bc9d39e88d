"""The explorer in notebooks: a click in the page comes back as a value in Python, in JupyterLab and marimo that are really started."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from report.fake_case import make_case, make_log, make_ring
from report.notebook_log import example

import collusion as cl
from collusion.base.errors import CollusionError, InputError
from collusion.report.explorer.data import explored
from collusion.report.explorer.page import script, stylesheet

TESTS = Path(__file__).parents[1]


@pytest.fixture
def widget():
    pytest.importorskip("anywidget")
    return cl.explore(*example())


def test_it_holds_the_module_and_the_data_of_the_page(widget):
    case, ring = example()
    assert widget._esm == script()
    assert widget._css == stylesheet()
    data = json.loads(widget.data)
    assert data | {"texts": {}} == json.loads(json.dumps(explored(case, ring).data))
    assert len(data["texts"]) == ring.n_reviews
    assert json.loads(cl.explore(case, ring, text=False).data)["texts"] == {}


def test_codes_from_the_page_become_ids_and_rows(widget):
    case, ring = example()
    shown = explored(case, ring)
    seen = []
    widget.observe(lambda change: seen.append(change["new"]), "selection")
    widget.picked = {"reviewers": [2], "products": [0, 1], "reviews": [3, 0]}
    assert widget.selection.reviewers == (shown.reviewers[2],)
    assert widget.selection.products == shown.products[:2]
    assert widget.selection.rows == (shown.rows[3], shown.rows[0])
    assert seen == [widget.selection]
    assert list(case.lookup.rows(widget.selection.rows).row) == list(widget.selection.rows)


def test_python_selects_by_id(widget):
    case, ring = example()
    widget.select(reviewers=[ring.reviewers[1]], products=ring.products[:1])
    assert widget.selection.reviewers == ring.reviewers[1:2]
    log = case.lookup.log
    expected = log[(log.reviewer_id == ring.reviewers[1]) | (log.product_id == ring.products[0])]
    assert sorted(widget.selection.rows) == list(expected.index)
    with pytest.raises(InputError) as raised:
        widget.select(["nobody", ring.reviewers[0]], ["\u202enothing"])
    assert [problem.split()[0] for problem in raised.value.problems] == ["nobody", "\\u202enothing"]
    assert widget.selection.reviewers == ring.reviewers[1:2]


@pytest.mark.parametrize("codes", [[-1], [10**9], ["0"], [0.0], [True], "0", None])
def test_codes_that_stand_for_nothing_are_refused(widget, codes):
    import traitlets  # noqa: PLC0415  # an extra

    with pytest.raises(traitlets.TraitError):
        widget.picked = {"reviewers": codes, "products": [], "reviews": []}
    assert widget.selection.reviewers == ()


def test_a_ring_of_another_case_is_an_input_error():
    pytest.importorskip("anywidget")
    case, _ = example()
    log, reviewers, products = make_log(4, 3, n=300, seed=5)
    other = make_ring(log, reviewers, products)
    with pytest.raises(InputError, match="is not a ring of this case"):
        cl.explore(case, other)
    assert cl.explore(make_case(log, [other]), other).selection.rows == ()


def test_without_the_extra_the_error_names_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "collusion.report.explorer.notebook", raising=False)
    # A module set to None raises ModuleNotFoundError with its name, as one that is not installed does.
    with pytest.raises(CollusionError, match=r"pip install anywidget"):
        cl.explore(*example())


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def server(command, folder):
    """A server in a process group of its own, with homes of its own, ended with all it started."""
    paths = [str(TESTS.parent), str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])]
    homes = {
        name: str(folder / "home") for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "XDG_CONFIG_HOME")
    }
    (folder / "home").mkdir()
    environment = os.environ | homes | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONWARNINGS": "ignore"}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def reach(page, url, folder, seconds=40):
    """Open a page of a server that may not be up yet."""
    until = time.monotonic() + seconds
    while True:
        try:
            page.goto(url)
        except Exception as error:
            if time.monotonic() > until:
                raise AssertionError((folder / "server.log").read_text(errors="replace")[-3000:]) from error
            time.sleep(0.3)
        else:
            return


def written(path, seconds=20):
    """What Python wrote, once it has."""
    until = time.monotonic() + seconds
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < until, "no selection came back to Python"
        time.sleep(0.1)
    return json.loads(path.read_text())


def click_a_member(page, path):
    """Click the label of a member in the picture; return the id that was clicked and what Python knows of it."""
    _, ring = example()
    page.wait_for_selector(".collusion-explorer .stage svg circle")
    assert page.locator(".stage circle").count() == len(ring.reviewers)
    label = page.locator(".stage text").filter(has_text=re.compile("^A")).first
    name = label.text_content()
    label.scroll_into_view_if_needed()
    box, at = label.bounding_box(), page.locator(".stage circle").all()
    places = [one.bounding_box() for one in at]
    dot = min(places, key=lambda one: abs(one["y"] + one["height"] / 2 - box["y"] - box["height"] / 2))
    page.mouse.click(dot["x"] + dot["width"] / 2, dot["y"] + dot["height"] / 2)
    page.wait_for_selector(".about .name")
    return name, written(path)


def check(name, value):
    case, ring = example()
    log = case.lookup.log
    assert value["reviewers"] == [name]
    assert value["products"] == []
    assert sorted(value["rows"]) == list(log[(log.reviewer_id == name) & log.product_id.isin(ring.products)].index)


@pytest.mark.slow
def test_jupyterlab_draws_it_and_a_click_reaches_python(tmp_path):
    pytest.importorskip("jupyterlab")
    nbformat = pytest.importorskip("nbformat")
    from report.chromium import browser, tab  # noqa: PLC0415  # skips where there is no browser

    path = tmp_path / "selection.json"
    cells = [f"from report.notebook_log import followed\nwidget = followed({str(path)!r})\nwidget"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, tmp_path / "explore.ipynb")
    port = free_port()
    settings = tmp_path / "home" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}", "--IdentityProvider.token=t", "--allow-root"]
    with browser() as chromium, server([*command, "--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={tmp_path}"], tmp_path):
        settings.mkdir(parents=True)
        (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
        (settings / "themes.jupyterlab-settings").write_text(json.dumps({"theme": "JupyterLab Dark"}))
        with tab(chromium, offline=False, width=1500, height=1200) as (page, heard):
            page.set_default_timeout(40_000)
            reach(page, f"http://127.0.0.1:{port}/lab/tree/explore.ipynb?token=t", tmp_path)
            page.locator(".jp-Notebook .jp-Cell .jp-InputArea-editor").first.click()
            # A cell that is run before the kernel answers is dropped.
            page.get_by_text("| Idle").wait_for()
            page.keyboard.press("Shift+Enter")
            check(*click_a_member(page, path))
            # Keys of the explorer are its own: in JupyterLab's command mode 0 0 restarts the kernel.
            page.keyboard.press("0")
            page.keyboard.press("0")
            assert page.locator(".jp-Dialog").count() == 0
            scheme = "getComputedStyle(document.querySelector('.collusion-explorer')).colorScheme"
            assert page.evaluate(scheme) == "dark"  # as JupyterLab is, whatever the browser asks for
            # What its menu of themes changes; starting it again for the other one takes as long as all of this.
            page.evaluate("document.body.dataset.jpThemeLight = 'true'")
            assert page.evaluate(scheme) == "light"
            shot = os.environ.get("COLLUSION_SHOTS")
            if shot:
                page.screenshot(path=str(Path(shot) / "jupyterlab.png"))
    assert all(url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "blob:", "data:")) for url in heard.requests), heard.requests


@pytest.mark.slow
def test_marimo_draws_it_and_a_click_reaches_python(tmp_path):
    pytest.importorskip("marimo")
    from report.chromium import browser, tab  # noqa: PLC0415  # skips where there is no browser

    path = tmp_path / "selection.json"
    (tmp_path / "explore.py").write_text(
        "import marimo\n\napp = marimo.App(width='full')\n\n\n"
        "@app.cell\ndef _():\n    import marimo as mo\n    from report.notebook_log import followed\n"
        f"    explorer = mo.ui.anywidget(followed({str(path)!r}))\n    explorer\n    return explorer, mo\n\n\n"
        "@app.cell\ndef _(explorer, mo):\n    explorer.value\n"
        "    mo.md('Python has ' + ', '.join(explorer.widget.selection.reviewers))\n    return\n\n\n"
        "if __name__ == '__main__':\n    app.run()\n"
    )
    port = free_port()
    command = [sys.executable, "-m", "marimo", "run", "explore.py", "--headless", "--no-token", "--host", "127.0.0.1", "--port", str(port)]
    with browser() as chromium, server(command, tmp_path), tab(chromium, offline=False, width=1500, height=1200) as (page, _heard):
        page.set_default_timeout(40_000)
        reach(page, f"http://127.0.0.1:{port}", tmp_path)
        name, value = click_a_member(page, path)
        check(name, value)
        # The cell that reads the widget ran again.
        page.get_by_text(f"Python has {name}").wait_for()
        shot = os.environ.get("COLLUSION_SHOTS")
        if shot:
            page.screenshot(path=str(Path(shot) / "marimo.png"))
