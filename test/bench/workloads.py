"""Programs that are timed both in a cell and as "go build" builds them. They are in the Go of 2022, so that gophernotes
understands them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Workload:
    """A computation, as statements from which a function or a top-level cell is made."""

    name: str
    body: str  # the statements that are timed
    result: str  # an expression: what they computed
    returns: str  # its type
    setup: str = ""  # statements before; they make the arguments
    params: str = ""
    args: str = ""
    types: str = ""  # declarations

    def function(self) -> str:
        """The computation as a function. It is not inlined, or "go build" would compile it for the one size that the
        program calls it with, and what is compared would be no longer the same function."""
        return f"{self.types}\n//go:noinline\nfunc work({self.params}) {self.returns} {{\n{self.body}\nreturn {self.result}\n}}\n"

    def calls(self, repeats: int) -> str:
        """Statements that print, for each call of the function, nanoseconds and result."""
        return f"""for r := 0; r < {repeats}; r++ {{
started := time.Now()
got := work({self.args})
took := time.Since(started)
fmt.Println(took.Nanoseconds(), got)
}}
"""

    def top_level(self) -> str:
        """The same computation as a cell without a function. The types are those of an earlier cell."""
        return f"""started := time.Now()
{self.body}
took := time.Since(started)
fmt.Println(took.Nanoseconds(), {self.result})
"""

    def program(self, repeats: int) -> str:
        imports = 'import (\n"fmt"\n"time"\n)\n'
        return f"package main\n{imports}{self.function()}func main() {{\n{self.setup}\n{self.calls(repeats)}}}\n"


WORKLOADS = [
    Workload(
        "dot product",
        setup="a, b := make([]float64, 1<<14), make([]float64, 1<<14)\n"
        "for i := range a {\na[i], b[i] = float64(i), 1/float64(i+1)\n}",
        params="a, b []float64", args="a, b", returns="float64", result="sum",
        body="""sum := 0.0
for r := 0; r < 256; r++ {
    for i := range a {
        sum += a[i] * b[i]
    }
}""",
    ),
    Workload(
        "sieve",
        returns="int", result="count",
        body="""composite := make([]bool, 1<<20)
count := 0
for i := 2; i < len(composite); i++ {
    if composite[i] {
        continue
    }
    count++
    for j := 2 * i; j < len(composite); j += i {
        composite[j] = true
    }
}""",
    ),
    Workload(
        "Mandelbrot",
        returns="int", result="total",
        body="""total := 0
for py := 0; py < 128; py++ {
    for px := 0; px < 128; px++ {
        cx, cy := float64(px)/48-2, float64(py)/48-1.33
        x, y := 0.0, 0.0
        n := 0
        for n < 200 && x*x+y*y < 4 {
            x, y = x*x-y*y+cx, 2*x*y+cy
            n++
        }
        total += n
    }
}""",
    ),
    Workload(
        "naive matmul",
        setup="const n = 160\na, b, c := make([]float64, n*n), make([]float64, n*n), make([]float64, n*n)\n"
        "for i := range a {\na[i], b[i] = float64(i%7), float64(i%5)\n}",
        params="a, b, c []float64", args="a, b, c", returns="float64", result="c[len(c)-1]",
        body="""for i := 0; i < 160; i++ {
    for j := 0; j < 160; j++ {
        sum := 0.0
        for k := 0; k < 160; k++ {
            sum += a[i*160+k] * b[k*160+j]
        }
        c[i*160+j] = sum
    }
}""",
    ),
    Workload(
        "map inserts",
        returns="int", result="len(m)",
        body="""m := map[int]int{}
for i := 0; i < 100000; i++ {
    m[i*7919] = i
}""",
    ),
    Workload(
        "allocation",
        types="type point struct {\nx, y int\n}",
        returns="int", result="kept[999].x",
        body="""kept := make([]*point, 1000)
for i := 0; i < 200000; i++ {
    kept[i%1000] = &point{x: i, y: i}
}""",
    ),
]  # fmt: skip
