"""Kernels written in Go: translated from the session's source, and simulated on the CPU."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.optional("OpenCL")

SAXPY = """
// saxpy adds a multiple of one vector to another.
func saxpy(it opencl.Item, a float32, x, y []float32) {
    i := it.GlobalID(0)
    if i < len(y) {
        y[i] += weight(a) * x[i]
    }
}
"""

RUN = """
k, err := opencl.Compile(saxpy)
if err != nil { panic(err) }
x, y := []float32{1, 2, 3}, []float32{10, 20, 30}
if _, err := k.Launch(nil, opencl.Global(3), float32(2), x, y); err != nil { panic(err) }
z := []float32{10, 20, 30}
if err := opencl.Simulate(opencl.Global(3), saxpy, float32(2), x, z); err != nil { panic(err) }
fmt.Println(y, z)
"""


@pytest.fixture(scope="module", autouse=True)
def device(kernel):
    """Skips the module where this machine has no device."""
    said = kernel.ok("if _, err := opencl.Default(); err != nil { fmt.Print(err) }").stream()
    if said:
        pytest.skip(said)


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_a_kernel_uses_what_other_cells_declare_as_it_is_now(kernel):
    kernel.ok("const factor = 1\nvar unrelated = os.Args\nfunc weight(a float32) float32 { return factor * a }")
    kernel.ok(SAXPY)
    assert kernel.ok(RUN).stream() == "[12 24 36] [12 24 36]\n"
    kernel.ok("func weight(a float32) float32 { return a * 10 + float32(math.Floor(0.5)) }")
    assert kernel.ok(RUN).stream() == "[30 60 90] [30 60 90]\n"
    kernel.ok(SAXPY.replace("+=", "-="))
    assert kernel.ok(RUN).stream() == "[-10 -20 -30] [-10 -20 -30]\n"


def test_types_and_arrays_of_the_session(kernel):
    kernel.ok("type point struct { x, y float32; n [2]int32 }")
    kernel.ok("func move(it opencl.Item, ps []point) {\n    p := &ps[it.GlobalID(0)]\n    p.x++\n}")
    failed = kernel.run("_, err = opencl.Compile(move)\nerr")
    assert re.search(r"cell\[\d+\]:2:10: the address of a variable", plain(failed.result()))
    kernel.ok("func move(it opencl.Item, ps []point) {\n    i := it.GlobalID(0)\n    ps[i].x++\n    ps[i].n[1] = int32(i)\n}")
    said = kernel.ok(
        """
        mk, err := opencl.Compile(move)
        if err != nil { panic(err) }
        ps := make([]point, 2)
        if _, err := mk.Launch(nil, opencl.Global(2), ps); err != nil { panic(err) }
        fmt.Println(ps)
        """
    ).stream()
    assert said == "[{1 0 [0 0]} {1 0 [0 1]}]\n"


def test_buffers_stay_on_the_device(kernel):
    kernel.ok("func double(it opencl.Item, x []int32) { x[it.GlobalID(0)] *= 2 }")
    kernel.ok("dk, err := opencl.Compile(double)\nb, err := opencl.ToDevice([]int32{1, 2, 3})")
    kernel.ok("for range 3 { if _, err := dk.Launch(nil, opencl.Global(3), b); err != nil { panic(err) } }")
    assert kernel.ok("got, err := b.Get(); fmt.Println(got, err)").stream() == "[8 16 24] <nil>\n"


def test_a_fault_names_the_cell_and_line(kernel):
    defined = kernel.ok("func tooFar(it opencl.Item, x []int32) {\n    i := it.GlobalID(0)\n    x[i+1] = 1\n}")
    failed = kernel.ok("fk, err := opencl.Compile(tooFar)\n_, err = fk.Launch(nil, opencl.Global(4), make([]int32, 4))\nfmt.Println(err)")
    assert f"cell[{defined.count}]:3:5: work-item (3, 0, 0) of tooFar: index out of range [4] with length 4 in x[i + 1]" in failed.stream()
    failed = kernel.ok("fmt.Println(opencl.Simulate(opencl.Global(4), tooFar, make([]int32, 4)))")
    assert "work-item (3, 0, 0) of tooFar: runtime error: index out of range [4] with length 4" in failed.stream()


def test_divergent_barriers_are_found(kernel):
    kernel.ok("func apart(it opencl.Item) {\n    if it.LocalID(0) > 0 {\n        it.Barrier()\n    }\n}")
    said = kernel.ok("fmt.Println(opencl.Simulate(opencl.Global(8).Groups(4), apart))").stream()
    assert re.search(r"all of a group reach a barrier, or none", said)


def test_closures_and_methods_are_refused(kernel):
    said = kernel.ok("_, err = opencl.Compile(func(it opencl.Item) {})\nfmt.Println(err)").stream()
    assert "declare it as a function at top level" in said
    kernel.ok("type owner int\nfunc (o owner) run(it opencl.Item) {}")
    said = kernel.ok("_, err = opencl.Compile(owner(1).run)\nfmt.Println(err)").stream()
    assert "declare it as a function at top level" in said


def test_packages_that_a_kernel_cannot_use(kernel):
    defined = kernel.ok('func says(it opencl.Item) { fmt.Println("here") }')
    said = kernel.ok("_, err = opencl.Compile(says)\nfmt.Println(err)").stream()
    assert f"cell[{defined.count}]:1:29: " in said and "fmt" in said
