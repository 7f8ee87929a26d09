"""OpenCL in a session: devices, cells of OpenCL C, the check of kernels, and kernels that end the worker."""

from __future__ import annotations

import re
import shutil

import pytest

from session import Session

pytestmark = pytest.mark.optional("OpenCL")

SCALE = """%%cl_kernel -o "-D FACTOR=3"
// scale multiplies the first n elements.
kernel void scale(global float *x, int n)
{
    int i = get_global_id(0);
    if (i < n)
        x[i] *= FACTOR;
}
"""

MAKE = "x, err := opencl.ToDevice([]float32{1, 2, 3, 4}); err"
SHOW = "h, err := x.Get(); fmt.Println(h, err)"


@pytest.fixture(scope="module", autouse=True)
def device(kernel):
    """Skips the module where this machine has no device."""
    said = kernel.ok("if _, err := opencl.Default(); err != nil { fmt.Print(err) }").stream()
    if said:
        pytest.skip(said)


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def names(session: Session, code: str) -> list[str]:
    reply, _ = session.request("complete_request", {"code": code, "cursor_pos": len(code)})
    return reply["matches"]


def test_devices_are_shown_as_a_table(kernel):
    (shown,) = kernel.ok("devices, err := opencl.Devices()\ndevices").contents("execute_result")
    assert "<table" in shown["data"]["text/html"]
    assert "OpenCL" in shown["data"]["text/plain"]


def test_a_cell_of_kernels_makes_functions(kernel):
    assert kernel.ok(SCALE).stream() == "func scale(r opencl.Range, x opencl.MemoryOf[float32], n int32) *opencl.Event\n"
    kernel.ok(MAKE)
    kernel.ok("scale(opencl.Global(4), x, 3);")
    assert kernel.ok(SHOW).stream() == "[3 6 9 4] <nil>\n"


def test_the_functions_are_completed(kernel):
    kernel.ok(SCALE)
    assert "scale" in names(kernel, "sca")
    assert "%%cl_kernel" in names(kernel, "%%cl_")


def test_wrong_arguments_do_not_compile(kernel):
    kernel.ok(SCALE)
    ran = kernel.run('y, _ := opencl.ToDevice([]int32{1})\nscale(opencl.Global(1), y, 1)')
    assert ran.status == "error"
    assert "opencl.MemoryOf[float32]" in plain(ran.traceback())
    assert re.search(r"cell\[\d+\]:2:25", plain(ran.traceback()))


def test_mistakes_in_a_kernel_are_shown_in_their_lines(kernel):
    ran = kernel.run("%%cl_kernel\n\nkernel void broken(global float *x)\n{\n    x[0] = y;\n}")
    report = plain(ran.traceback())
    assert re.search(r"cell\[\d+\]:5:12: use of undeclared identifier 'y'\n {8}x\[0\] = y;\n {15}\^", report), report
    assert kernel.run("broken").status == "error"


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("%%cl_kernel", "the cell is empty"),
        ("%%cl_kernel\nint f() { return 1; }", "there is no kernel here"),
        ("%%cl_kernel\nkernel void f(image2d_t i) {}", "images and pipes cannot be passed"),
    ],
)
def test_cells_without_a_usable_kernel_say_so(kernel, cell, wanted):
    assert wanted in plain(kernel.run(cell).traceback())


@pytest.mark.skipif(not shutil.which("oclgrind-kernel"), reason="Oclgrind is not installed")
def test_a_checked_kernel_is_not_run_where_it_would_write_elsewhere(kernel):
    kernel.ok("%%cl_kernel -check\nkernel void shift(global float *x, int n)\n{\n    x[get_global_id(0) + n] = 0;\n}")
    kernel.ok(MAKE)
    report = plain(kernel.run("shift(opencl.Global(4), x, 2)").traceback())
    assert "4:29: Invalid write" in report
    assert "x[4], and x has 4 elements" in report
    assert kernel.ok(SHOW).stream() == "[1 2 3 4] <nil>\n"


def test_a_kernel_that_ends_the_worker_is_named(fresh):
    kind = fresh.ok("c, _ := opencl.Default()\nfmt.Print(c.Device().Type())").stream()
    if kind != "CPU":
        pytest.skip("a GPU survives kernels that write elsewhere")
    fresh.ok("%%cl_kernel\nkernel void wild(global float *x, int n) { x[get_global_id(0) + n] = 1; }")
    fresh.ok(MAKE)
    report = plain(fresh.run("\nwild(opencl.Global(4), x, 1<<29)").traceback())
    assert re.search(r"The OpenCL kernel wild was running over \[4\], launched at cell\[\d+\]:2\.", report), report
    assert "lost are the values of" in report
    assert fresh.ok("fmt.Print(1 + 1)").stream() == "2"
