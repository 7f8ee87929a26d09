"""A real JupyterLab on the loopback address, and a notebook in it as a person sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

PATIENCE = 120_000  # milliseconds; Playwright counts in them

# What JupyterLab would ask, or load from outside, on a first start. The notebook's cells are all in the page, seen or not.
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "extensionmanager-extension/plugin": {"disclaimed": False, "enabled": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}


@contextmanager
def serve(root: Path, home: Path) -> Iterator[str]:
    """Runs JupyterLab on the folder root, with its settings and state in home, and yields its address with token."""
    for name, settings in SETTINGS.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    log = home / "jupyterlab.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--notebook-dir={root}"],
            env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
        )  # fmt: skip
    try:
        yield wait_until_served(server, home / "runtime", log)
    finally:
        server.terminate()
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:
            server.kill()


def wait_until_served(server: subprocess.Popen, runtime: Path, log: Path) -> str:
    """The server writes address and token to a file, then begins to answer."""
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline and server.poll() is None:
        for file in runtime.glob("jpserver-*.json"):
            try:
                info = json.loads(file.read_text())
                address = f"{info['url']}lab?token={info['token']}"
                urllib.request.urlopen(address, timeout=10).close()
                return address
            except (OSError, ValueError):
                pass  # not written to the end, or not yet listening
        time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()}")


def wait_until_connected(address: str, notebook: str) -> None:
    """JupyterLab shows a notebook before its kernel is there, and asks which one to use when told to run a cell then."""
    sessions = address.replace("/lab?", "/api/sessions?")
    deadline = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < deadline:
        with urllib.request.urlopen(sessions, timeout=10) as answer:
            for session in json.load(answer):
                kernel = session["kernel"]
                if session["path"] == notebook and kernel["connections"] > 0 and kernel["execution_state"] == "idle":
                    return
        time.sleep(0.2)
    raise RuntimeError(f"no kernel was started for {notebook}")


class Notebook:
    """A notebook open in JupyterLab."""

    def __init__(self, page: Page, address: str, name: str, workspace: str):
        """Opens the notebook in a workspace of its own: JupyterLab would bring back what was open in a used one."""
        self.page = page
        page.goto(address.replace("/lab?", f"/lab/workspaces/{workspace}/tree/{name}?"), timeout=PATIENCE)
        self.panel = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        self.cells = self.panel.locator(".jp-Cell")
        wait_until_connected(address, name)
        self.wait_until_idle()

    def wait_until_idle(self) -> None:
        """Waits until the kernel is idle and no cell waits for its turn."""
        indicator = self.panel.locator(".jp-Notebook-ExecutionIndicator")
        expect(indicator).to_have_attribute("data-status", "idle", timeout=PATIENCE)
        expect(self.panel.get_by_text("[*]:", exact=True)).to_have_count(0, timeout=5 * PATIENCE)

    def run_all(self) -> None:
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

    def press_button(self, name: str) -> None:
        """Presses a button of the notebook's toolbar: "interrupt", "restart"…"""
        self.panel.locator(f'[data-jp-item-name="{name}"] jp-button').click()

    def edit(self, number: int) -> Locator:
        """Puts the cursor at the end of a cell (counted from 0)."""
        editor = self.cells.nth(number).locator(".cm-content")
        editor.click()
        self.page.keyboard.press("Control+End")
        return editor

    def run(self, number: int) -> None:
        """Runs a cell: presses the keys until JupyterLab has noticed, which it may not do while it still lays out the
        page."""
        prompt = self.prompt(number)
        for _ in range(3):
            self.edit(number)
            self.page.keyboard.press("Control+Enter")
            try:
                expect(prompt).not_to_have_text("[ ]:", timeout=5_000)
                return
            except AssertionError:
                continue
        raise AssertionError(f"cell {number} does not start")

    def prompt(self, number: int) -> Locator:
        return self.cells.nth(number).locator(".jp-InputPrompt")

    def output(self, number: int) -> Locator:
        return self.cells.nth(number).locator(".jp-Cell-outputArea")
