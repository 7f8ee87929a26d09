"""Interrupts of cells that wait for a device, or simulate one."""

from __future__ import annotations

import re
import shutil

import psutil
import pytest

from session import Ran, Session, eventually

pytestmark = pytest.mark.optional("OpenCL")

SPIN = """%%cl_kernel
kernel void spin(volatile global int *stop) { while (stop[0] == 0) ; }
"""


@pytest.fixture(autouse=True)
def device(fresh):
    """Skips where this machine has no device."""
    said = fresh.ok("if _, err := opencl.Default(); err != nil { fmt.Print(err) }").stream()
    if said:
        pytest.skip(said)


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def interrupted(session: Session, code: str) -> Ran:
    """Runs a cell up to its output "go", and interrupts it then."""
    msg_id = session.submit(code)
    session.wait_for(msg_id, "stream")
    session.manager.interrupt_kernel()
    ran = session.finish(msg_id)
    assert ran.reply["content"]["ename"] == "interrupted", ran.reply["content"]
    return ran


def workers(session: Session) -> list[psutil.Process]:
    """The processes of the kernel that run cells, and what these started; gopls goes on beside them."""
    below = psutil.Process(session.manager.provisioner.pid).children(recursive=True)
    return [p for p in below if p.name() != "gopls"]


def running(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def test_an_endless_kernel_is_left_on_the_device(fresh):
    fresh.ok(SPIN)
    fresh.ok("stop, _ := opencl.BufferOf(nil, []int32{0})\nx := make([]int32, 1000)")
    said = plain(interrupted(fresh, 'fmt.Println("go")\nspin(opencl.Global(1), stop)').traceback())
    assert "the device goes on with what it was given (Kernel.Launch: spin)" in said
    assert re.search(r"cell\[\d+\]:2", said)

    # What comes behind it waits, and can be interrupted too; the rest of the session works.
    interrupted(fresh, 'fmt.Println("go")\nstop.Read(x[:1], 0)')
    assert fresh.ok("fmt.Print(len(x))").stream() == "1000"

    # A second interrupt ends the kernel with its process.
    before = workers(fresh)
    fresh.request("interrupt_request", {}, channel="control")
    eventually(lambda: fresh.run("fmt.Print(1 + 1)").stream() == "2", "a new worker")
    eventually(lambda: not running(before), "the end of the processes from before")


def test_a_restart_ends_an_endless_kernel(fresh):
    fresh.ok(SPIN)
    fresh.ok("stop, _ := opencl.BufferOf(nil, []int32{0})")
    interrupted(fresh, 'fmt.Println("go")\nspin(opencl.Global(1), stop)')
    before = workers(fresh)
    fresh.manager.restart_kernel(now=False)
    fresh.client.wait_for_ready(timeout=60)
    eventually(lambda: not running(before), "the end of the processes from before")


def test_a_simulation_is_interrupted_between_items(fresh):
    fresh.ok("func slow(it opencl.Item, x []float32) { x[it.GlobalID(0)%len(x)]++; x[0] += x[it.GlobalID(0)%len(x)] }")
    said = interrupted(fresh, 'fmt.Println("go")\nerr := opencl.Simulate(opencl.Global(1<<40), slow, make([]float32, 10))\nfmt.Println("returned", err)')
    assert "returned" not in said.stream()
    said = interrupted(fresh, 'fmt.Println("go")\nerr := opencl.Simulate(opencl.Global(1<<40).Groups(64), func(it opencl.Item) { it.Barrier() })\nfmt.Println("returned", err)')
    assert "returned" not in said.stream()


@pytest.mark.skipif(not shutil.which("oclgrind-kernel"), reason="Oclgrind is not installed")
def test_an_interrupt_ends_the_simulator(fresh):
    fresh.ok("%%cl_kernel -check\nkernel void spin(volatile global int *stop) { while (stop[0] == 0) ; }")
    fresh.ok("stop, _ := opencl.BufferOf(nil, []int32{0})")
    interrupted(fresh, 'fmt.Println("go")\nspin(opencl.Global(1), stop)')
    assert not [p for p in workers(fresh) if "oclgrind" in p.name()]
