"""Every notebook: text and outputs belong together, a run from a clean state gives what is stored, and a code host can show it."""

import getpass
import re
import struct
import sys
from base64 import b64decode
from pathlib import Path

import nbformat
import notebook_files as kept
import pytest
from nbclient.exceptions import CellExecutionError

NAMES = sorted({path.stem for path in (kept.ROOT / "notebooks").iterdir() if path.suffix in {".py", ".ipynb"}})

MACHINE_PATH = re.compile(
    r"(?<![\w.:/])/(?:home|root|tmp|work|usr|var|opt|mnt|srv|Users|private)\b|site-packages|\b[A-Za-z]:\\|file://|"
    + "|".join(re.escape(str(one)) for one in (Path.home(), Path.cwd(), sys.prefix, kept.ROOT) if str(one) != "/")
    + rf"|[/\\]{re.escape(getpass.getuser())}\b"
)

MOST_BYTES = 1_000_000
WIDEST = 1400
"""Pixels of a picture; code hosts show about a thousand."""

jupyter_warns = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)  # of its own
each = pytest.mark.parametrize("name", NAMES)


def stored(name):
    return nbformat.read(kept.ROOT / "notebooks" / f"{name}.ipynb", as_version=4)


def written(name):
    return kept.read(kept.ROOT / "notebooks" / f"{name}.py")


def outputs(notebook):
    return [output for cell in notebook.cells for output in kept.settled(cell)]


def told(cell):
    """What is compared: text as it is; of a picture only that it is there, since its bytes differ between versions of fonts."""
    shown = [
        {output.name: output.text} if output.output_type == "stream" else {**output.get("data", {"error": ""})}
        for output in kept.settled(cell)
    ]
    varies = kept.VARIES in cell.metadata.get("tags", ())
    return [{form: "" if varies or form == "image/png" else said for form, said in one.items()} for one in shown]


def texts(output):
    if output.output_type == "stream":
        return [output.text]
    return [said for form, said in output.get("data", {}).items() if form != "image/png"]


def test_what_differs_from_run_to_run_is_compared_by_its_kind_alone():
    def cell(text, **metadata):
        printed = nbformat.v4.new_output("stream", name="stdout", text=text)
        return nbformat.v4.new_code_cell("f()", outputs=[printed], metadata=metadata)

    assert told(cell("1.2 s")) != told(cell("1.3 s"))
    assert told(cell("1.2 s", tags=[kept.VARIES])) == told(cell("1.3 s", tags=[kept.VARIES]))
    assert told(cell("1.2 s", tags=[kept.VARIES])) != []


def test_there_are_notebooks():
    assert NAMES


@each
def test_text_and_outputs_hold_the_same_cells(name):
    of_outputs, of_text = (
        [(cell.cell_type, cell.source, cell.metadata.get("tags", [])) for cell in notebook.cells]
        for notebook in (stored(name), written(name))
    )
    assert of_outputs == of_text


@each
def test_the_stored_outputs_are_of_one_run_from_top_to_bottom(name):
    code = [cell for cell in stored(name).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))


@each
def test_a_code_host_can_show_the_outputs(name):
    path = kept.ROOT / "notebooks" / f"{name}.ipynb"
    assert path.stat().st_size < MOST_BYTES
    shown = outputs(stored(name))
    assert shown
    for output in shown:
        assert output.output_type in {"stream", "display_data", "execute_result"}, "an error is stored"
        assert output.get("name") != "stderr", output
        for form, said in output.get("data", {}).items():
            assert form in kept.SHOWN
            assert "<script" not in said
            if form == "image/png":
                width, height = struct.unpack(">II", b64decode(said)[16:24])
                assert 100 < width <= WIDEST
                assert 50 < height <= 2 * WIDEST


@each
def test_no_output_names_a_place_on_a_machine(name):
    assert [found[0] for output in outputs(stored(name)) for text in texts(output) if (found := MACHINE_PATH.search(text))] == []


@pytest.mark.parametrize("text", ["/tmp/x", "in /home/ann/log.csv", str(Path.cwd() / "a"), r"C:\logs", "lib/site-packages/numpy", "'/srv'"])
def test_places_on_a_machine_are_known(text):
    assert MACHINE_PATH.search(text)


@pytest.mark.parametrize("text", ["../data/market/reviews.csv.gz", "https://example.org/home/tmp", "and/or", "10:\n"])
def test_what_is_no_place_on_a_machine_passes(text):
    assert not MACHINE_PATH.search(text)


@pytest.mark.slow
@jupyter_warns
@each
def test_a_run_from_a_clean_state_gives_what_is_stored(name, tmp_path, request):
    """From the text, in a copy of the folders that holds nothing else; a notebook that is out of date fails here."""
    if kept.needs_data(kept.ROOT / "notebooks" / f"{name}.py"):
        request.getfixturevalue("real_data")
    place = kept.clean_place(tmp_path / "project")
    before = sorted(place.parent.rglob("*"))
    ran = kept.run(written(name), place, tmp_path / "settings")
    assert sorted(place.parent.rglob("*")) == before, "it leaves files behind"
    for now, then in zip(ran.cells, stored(name).cells, strict=True):
        assert told(now) == told(then), now.source


@pytest.mark.slow
@jupyter_warns
@pytest.mark.parametrize("name", [name for name in NAMES if kept.needs_data(kept.ROOT / "notebooks" / f"{name}.py")])
@pytest.mark.parametrize("folder", [None, "an empty one"])
def test_without_the_data_a_notebook_says_how_to_get_it(name, folder, tmp_path):
    if folder is not None:
        folder = str(tmp_path / folder)
        Path(folder).mkdir()
    notebook = written(name)
    with pytest.raises(CellExecutionError):
        kept.run(notebook, kept.clean_place(tmp_path / "project"), tmp_path / "settings", COLLUSION_DATA=folder)
    (error,) = [output for output in outputs(notebook) if output.output_type == "error"]
    said = "\n".join(error.traceback)
    assert "COLLUSION_DATA" in said
    assert "https://" in said
    assert "Traceback" not in said
    assert said.count("\n") < 8


@pytest.mark.slow
@jupyter_warns
@pytest.mark.parametrize("line", ["urllib.request.urlopen('http://localhost:9/')", "socket.create_connection(('127.0.0.1', 9))"])
def test_a_notebook_that_opens_a_connection_fails(line, tmp_path):
    cells = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(f"import socket, urllib.request\n{line}")])
    with pytest.raises(CellExecutionError, match="opens no connection"):
        kept.run(cells, tmp_path, tmp_path / "settings")
