"""Every notebook of the course runs from top to bottom without an error."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from session import KERNEL

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
FILES = sorted(p for p in NOTEBOOKS.rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
CELL_PATIENCE = 300  # seconds


def test_there_are_notebooks():
    assert FILES


@pytest.mark.parametrize("file", FILES, ids=lambda p: p.stem)
def test_notebook_runs(file, tmp_path):
    notebook = nbformat.read(file, as_version=4)
    client = NotebookClient(
        notebook, kernel_name=KERNEL, timeout=CELL_PATIENCE, allow_errors=True, resources={"metadata": {"path": tmp_path}}
    )
    client.execute()
    errors = [
        f"cell {number}:\n{cell.source}\n" + "\n".join(output.traceback)
        for number, cell in enumerate(notebook.cells, 1)
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    assert not errors, "\n\n".join(errors)
    assert any(cell.get("outputs") for cell in notebook.cells), "no cell showed anything"
