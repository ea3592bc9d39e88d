"""How notebooks are kept: cells as text (``NN_name.py``, percent cells), and beside it the same with what came out (``NN_name.ipynb``).

As a command it runs the texts named (all where none is) and writes the files with outputs: ``python tests/notebook_files.py 02 03``.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]

TEXTS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.py"))

VARIES = "varies"
"""Tag of a cell that shows what differs from run to run, such as seconds: that it shows something is compared, not what."""

SHOWN = ("text/html", "image/png", "text/plain")
"""Forms of an output that a code host shows, the best first; widgets, scripts and vector pictures it leaves out."""

REFUSE_NETWORK = """
import sys
def refuse(event, args):
    if event == "socket.getaddrinfo" or (event in {"socket.connect", "socket.sendto"} and not isinstance(args[1], (str, bytes))):
        raise OSError(f"a notebook opens no connection ({event})")
sys.addaudithook(refuse)
"""
"""Run in the kernel before the first cell. Local sockets have a path for an address; those to us are not Python's."""


def needs_data(text: Path) -> bool:
    """Whether a notebook asks for the folder that ``COLLUSION_DATA`` names."""
    return re.search(r"env.*COLLUSION_DATA", text.read_text(encoding="utf-8")) is not None


def clean_place(folder: Path) -> Path:
    """Make a folder with ``data`` and ``notebooks`` as in the project, the notebooks empty, and return the latter: where notebooks run."""
    shutil.copytree(ROOT / "data", folder / "data")
    (folder / "notebooks").mkdir()
    return folder / "notebooks"


def run(cells: nbformat.NotebookNode, place: Path, settings: Path, **environment: str | None) -> nbformat.NotebookNode:
    """Run a notebook from top to bottom in a new kernel without network, and return it with its outputs.

    Parameters
    ----------
    cells : NotebookNode
        Changed in place.
    place : path
        The working directory.
    settings : path
        A folder for the settings and the history of the kernel, so that the user's do not matter.
    **environment : str or None
        Variables to set, or to take away.
    """
    startup = settings / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-refuse-network.py").write_text(REFUSE_NETWORK, encoding="utf-8")
    variables = {**os.environ, "IPYTHONDIR": str(settings), "MPLBACKEND": "module://matplotlib_inline.backend_inline", **environment}
    client = NotebookClient(cells, timeout=300, kernel_name="python3", record_timing=False, resources={"metadata": {"path": str(place)}})
    return client.execute(env={name: value for name, value in variables.items() if value is not None})


def read(text: Path) -> nbformat.NotebookNode:
    """Read the text of a notebook; ids of cells are numbers, so that they make no difference between two runs."""
    cells = jupytext.read(text, fmt="py:percent")
    for number, cell in enumerate(cells.cells):
        cell.id = f"cell-{number}"
        cell.metadata = nbformat.from_dict({name: told for name, told in cell.metadata.items() if name == "tags"})
    cells.metadata = nbformat.from_dict(
        {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}
    )
    cells.nbformat, cells.nbformat_minor = 4, 5
    return cells


def settled(cell: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Return the outputs of a cell: each in the best form that a code host shows and no other, what is printed in a row as one."""
    found: list[nbformat.NotebookNode] = []
    for output in cell.get("outputs", ()):
        if output.output_type == "stream":
            if found and found[-1].output_type == "stream" and found[-1].name == output.name:
                found[-1].text += output.text
            else:
                found.append(nbformat.v4.new_output("stream", name=output.name, text=output.text))
        elif output.output_type == "error":
            found.append(output)
        else:
            data = {form: output.data[form] for form in SHOWN if form in output.data}
            data = dict([next(iter(data.items()))]) if data else dict(output.data)
            number = {"execution_count": output.execution_count} if output.output_type == "execute_result" else {}
            found.append(nbformat.v4.new_output(output.output_type, data=data, **number))
    return found


def make(text: Path) -> Path:
    """Run a text and write the notebook with its outputs beside it."""
    with tempfile.TemporaryDirectory() as folder:
        cells = run(read(text), clean_place(Path(folder)), Path(folder) / "settings")
    for cell in cells.cells:
        if cell.cell_type == "code":
            cell.outputs = settled(cell)
    written = text.with_suffix(".ipynb")
    nbformat.write(cells, written)
    return written


if __name__ == "__main__":
    wanted = sys.argv[1:]
    for one in TEXTS:
        if not wanted or any(one.name.startswith(start) for start in wanted):
            sys.stdout.write(f"{make(one).relative_to(ROOT)}\n")
