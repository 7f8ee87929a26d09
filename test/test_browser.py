"""JupyterLab in a real browser, used as a student uses it. Pictures of what was seen go to test-results/."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import TimeoutError, expect, sync_playwright

from lab import PATIENCE, Notebook, serve
from session import KERNEL

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "test-results"
COURSE = "02-benchmark.ipynb"
PLAYGROUND = "playground.ipynb"

# Cells of the playground, by what the tests do there.
CELLS = {
    "variable": "x := 41", "use": "x + 1", "complete": "fmt.Print", "tooltip": "fmt.Println", "endless": "for {}",
    "profile": "%prun for start := time.Now(); time.Since(start) < 300*time.Millisecond; {}",
}  # fmt: skip
AT = {name: number for number, name in enumerate(CELLS)}

CHROMIUM_FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def chromium_path() -> str:
    names = ["chromium", "chromium-browser", "google-chrome"]
    path = os.environ.get("WARREN_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    assert path, "no browser: run install/prepare.sh test, or set WARREN_CHROMIUM to one's path"
    return path


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """JupyterLab on a copy of the course and a playground."""
    root, home = tmp_path_factory.mktemp("notebooks"), tmp_path_factory.mktemp("jupyter")
    shutil.copy(ROOT / "notebooks" / COURSE, root)
    spec = {"name": KERNEL, "display_name": "Go (Warren)", "language": "go"}
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS.values()]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec}), root / PLAYGROUND)
    with serve(root, home) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, request):
    """A browser window of its own for each test; its last sight is kept."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    yield page
    RESULTS.mkdir(exist_ok=True)
    page.screenshot(path=RESULTS / f"{request.node.name}.png")
    context.close()


@pytest.fixture
def playground(page, address, request):
    return Notebook(page, address, PLAYGROUND, workspace=request.node.name)


def test_lab_runs_and_shows_its_plot(page, address):
    lab = Notebook(page, address, COURSE, workspace="lab")
    lab.run_all()
    last = lab.cells.last
    expect(last.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=5 * PATIENCE)
    lab.wait_until_idle()
    expect(lab.panel.locator('[data-mime-type="application/vnd.jupyter.error"]')).to_have_count(0)
    plot = last.locator(".jp-OutputArea-output").locator("svg, canvas, img").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box["width"] > 200 and box["height"] > 100, box


def test_run_shows_the_result(playground):
    for name in ("variable", "use"):
        playground.run(AT[name])
    expect(playground.output(AT["use"])).to_contain_text("42", timeout=PATIENCE)


def test_tab_offers_completions(playground):
    item = playground.page.locator(".jp-Completer:not(.lm-mod-hidden) .jp-Completer-item").filter(has_text="Println")
    playground.edit(AT["complete"])
    playground.page.locator(".jp-mod-completer-enabled").wait_for()
    # JupyterLab gives up on a kernel that is silent for a second, as one may be that was just started.
    press_until_visible(playground.page, "Tab", item.first)


def test_shift_tab_shows_signature_and_doc(playground):
    playground.edit(AT["tooltip"])
    tooltip = playground.page.locator(".jp-Tooltip")
    press_until_visible(playground.page, "Shift+Tab", tooltip)
    expect(tooltip).to_contain_text("Println(a ...any)")
    expect(tooltip).to_contain_text("standard output")


def test_a_profile_names_functions_on_the_left(playground):
    playground.run(AT["profile"])
    table = playground.output(AT["profile"]).locator(".warren-profile table")
    expect(table.locator("td.wp-code").first).to_have_css("text-align", "left")
    expect(table.locator("td.wp-num").first).to_have_css("text-align", "right")


def test_the_stop_button_stops_an_endless_loop(playground):
    playground.run(AT["variable"])
    playground.run(AT["endless"])
    expect(playground.prompt(AT["endless"])).to_have_text("[*]:")
    playground.page.wait_for_timeout(1000)
    playground.press_button("interrupt")
    expect(playground.output(AT["endless"])).to_contain_text("interrupt")
    playground.run(AT["use"])
    expect(playground.output(AT["use"])).to_contain_text("42")


def test_restart_clears_the_session(playground):
    playground.run(AT["variable"])
    playground.wait_until_idle()
    playground.press_button("restart")
    playground.page.locator(".jp-Dialog .jp-mod-accept").click()
    playground.wait_until_idle()
    playground.run(AT["use"])
    expect(playground.output(AT["use"])).to_contain_text("undefined: x")


def press_until_visible(page, key, locator):
    for _ in range(PATIENCE // 5000):
        page.keyboard.press(key)
        try:
            locator.wait_for(state="visible", timeout=5000)
            return
        except TimeoutError:
            continue
    raise AssertionError(f"{key} showed nothing")
