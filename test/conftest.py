"""End-to-end tests of the installed kernel: over the protocol, over notebooks, and in a browser."""

from __future__ import annotations

import pytest

from session import Session


@pytest.fixture(scope="module")
def kernel():
    """A kernel that the tests of a module share. Each uses names of its own."""
    with Session.start() as session:
        yield session


@pytest.fixture
def fresh():
    """A kernel for one test, which may wreck it."""
    with Session.start() as session:
        yield session


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Nothing is skipped here but what is marked as optional: a test that skips itself, as jupyter_kernel_test's do when told too
    little, fails."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and not item.get_closest_marker("optional"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which is not allowed here: {report.longrepr}"
    return report
