"""Every notebook of the course runs from top to bottom. The cells tagged raises-exception fail, and no others."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from session import KERNEL

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
FILES = sorted(p for p in NOTEBOOKS.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
ANSI = re.compile(r"\x1b\[[0-9;]*m")
CELL_PATIENCE = 300  # seconds

# What cells must show, as far as no cell can check it itself: notebook, id of the cell, regular expression.
SHOWS = {
    "05-races-locks-deadlock": {
        "detect-raced": r"^1 data race in",
        "detect-steps": r"^No data race was seen",
        "detect-repairs": r"^No data race was seen",
        "detect-order": r"^No data race was seen",
        "trap-err-race": r"^1 data race in",
        "exercise-2-race": r"^No data race was seen",
        "deadlock": r"^deadlock(.|\n)*sync\.Mutex\.Lock.*\n.*to\.mu\.Lock\(\)",
    },
    "06-synchronisation-toolbox": {"smooth-race": r"^No data race was seen"},
    "07-pipelines-csp": {"film-race": r"^No data race was seen"},
    "10-mpi-collectives": {
        "variable": r"answer is a variable of the session",
        "deadlock": r"rank 0 of 3 waits since 1s in Ssend of 1 elements to rank 1, tag 1, called at cell\[\d+\]:7\n(.|\n)*^time-out: the 3 ranks",
    },
    "17-opencl-reduction": {"exercise-2-launch": r"Invalid read of size 4 in global memory|apt-get install oclgrind"},
}


# Notebooks that need what not every machine has, by a part of their names: how it is called, and what says in the first cell that
# fails that it is missing.
OPTIONAL = {
    "-opencl-": ("OpenCL", "pocl-opencl-icd"),
    "-mpi-": ("MPI", "libopenmpi-dev"),
    "-three-ways": ("MPI", "libopenmpi-dev"),
}


def test_there_are_notebooks():
    assert FILES


def needs(file):
    """What of OPTIONAL a notebook needs, or nothing."""
    return next((need for part, need in OPTIONAL.items() if part in file.stem), None)


def parameter(file):
    need = needs(file)
    return pytest.param(file, id=file.stem, marks=[pytest.mark.optional(need[0])] if need else [])


@pytest.mark.parametrize("file", [parameter(f) for f in FILES])
def test_notebook_runs(file, tmp_path):
    notebook = nbformat.read(file, as_version=4)
    (tmp_path / "texts").symlink_to(NOTEBOOKS / "texts")
    client = NotebookClient(
        notebook, kernel_name=KERNEL, timeout=CELL_PATIENCE, allow_errors=True, resources={"metadata": {"path": tmp_path}}
    )
    client.execute()
    if (need := needs(file)) and (missing := said_missing(notebook, need[1])):
        pytest.skip(missing)
    errors = [
        f"cell {number}:\n{cell.source}\n{text_of(cell)}"
        for number, cell in enumerate(notebook.cells, 1)
        if fails(cell) != ("raises-exception" in cell.metadata.get("tags", []))
    ]
    assert not errors, "\n\n".join(errors)
    assert any(cell.get("outputs") for cell in notebook.cells), "no cell showed anything"
    cells = {cell.id: cell for cell in notebook.cells}
    for name, pattern in SHOWS.get(file.stem, {}).items():
        assert re.search(pattern, text_of(cells[name]), re.MULTILINE), f"{name} does not show {pattern}:\n{text_of(cells[name])}"


def said_missing(notebook, package):
    """What the first cell that fails says where it names a package to install."""
    said = text_of(next(filter(fails, notebook.cells), {}))
    return said if package in said else ""


def fails(cell):
    return any(output.output_type == "error" for output in cell.get("outputs", []))


def text_of(cell):
    """What a cell showed, as plain text."""
    return "\n".join(map(text_of_output, cell.get("outputs", [])))


def text_of_output(output):
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return ANSI.sub("", "\n".join(output.traceback))
    return output.data.get("text/plain", "")
