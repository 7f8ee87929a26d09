package engine

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// loops are computations that run once as a cell's statements and once as a function's.
var loops = []struct{ name, result, setup, body string }{
	{"dot product", "sum", "a, b := make([]float64, 1<<16), make([]float64, 1<<16)\nfor i := range a { a[i], b[i] = float64(i), 2 }",
		"sum := 0.0\nfor r := 0; r < 200; r++ {\n\tfor i := range a {\n\t\tsum += a[i] * b[i]\n\t}\n}"},
	{"sieve", "count", "n := 5_000_000",
		"composite := make([]bool, n+1)\ncount := 0\nfor i := 2; i <= n; i++ {\n\tif composite[i] {\n\t\tcontinue\n\t}\n\tcount++\n\tfor j := i * 2; j <= n; j += i {\n\t\tcomposite[j] = true\n\t}\n}"},
	{"Mandelbrot", "inside", "size := 200",
		"inside := 0\nfor py := 0; py < size; py++ {\n\tfor px := 0; px < size; px++ {\n\t\tcx, cy := 3*float64(px)/float64(size)-2, 2*float64(py)/float64(size)-1\n\t\tx, y, n := 0.0, 0.0, 0\n\t\tfor ; n < 200 && x*x+y*y < 4; n++ {\n\t\t\tx, y = x*x-y*y+cx, 2*x*y+cy\n\t\t}\n\t\tif n == 200 {\n\t\t\tinside++\n\t\t}\n\t}\n}"},
	{"matrix product", "z", "n := 256\nx, y, z := make([]float64, n*n), make([]float64, n*n), make([]float64, n*n)",
		"for i := 0; i < n; i++ {\n\tfor j := 0; j < n; j++ {\n\t\ts := 0.0\n\t\tfor k := 0; k < n; k++ {\n\t\t\ts += x[i*n+k] * y[k*n+j]\n\t\t}\n\t\tz[i*n+j] = s\n\t}\n}"},
	{"map inserts", "m", "n := 200_000", "m := map[int]int{}\nfor i := 0; i < n; i++ {\n\tm[i*7] = i\n}"},
	{"allocation", "head", "type node struct{ next *node; v int }\nn := 300_000", "var head *node\nfor i := 0; i < n; i++ {\n\thead = &node{head, i}\n}"},
	{"Fibonacci", "p", "n := 50_000_000", "p, q := 0, 1\nfor i := 0; i < n; i++ {\n\tp, q = q, p+q\n}"},
	{"integer sum", "total", "", "total := 0\nfor i := range 50_000_000 {\n\ttotal += i ^ (i >> 3)\n}"},
}

// TestTopLevelLoopsAreAsFastAsInFunctions measures. Load from elsewhere makes single measurements useless, so the best
// of several counts, and only a factor that a missing optimization makes is an error.
func TestTopLevelLoopsAreAsFastAsInFunctions(t *testing.T) {
	if testing.Short() {
		t.Skip("measures times")
	}
	e := semanticEngine(t)
	for _, l := range loops {
		t.Run(l.name, func(t *testing.T) {
			if err := e.Restart(context.Background()); err != nil {
				t.Fatal(err)
			}
			cells := []string{l.setup, "func inFunction() {\n" + l.body + "\nruntime.KeepAlive(" + l.result + ")\n}", "began := time.Now()\n" + l.body + "\nfmt.Println(time.Since(began).Nanoseconds())",
				"began := time.Now()\ninFunction()\nfmt.Println(time.Since(began).Nanoseconds())"}
			best := [2]time.Duration{time.Hour, time.Hour}
			for round := range 4 {
				for i, c := range cells {
					if round > 0 && i < 2 {
						continue
					}
					got := runSemantic(context.Background(), e, c, i+1)
					if got["error"] != "" {
						t.Fatalf("%s\n%s", c, got["error"])
					}
					var d time.Duration
					if i >= 2 {
						fmt.Sscan(got["stdout"], &d)
						best[i-2] = min(best[i-2], d)
					}
				}
			}
			ratio := float64(best[0]) / float64(best[1])
			t.Logf("top level %v, in a function %v: %.2f", best[0], best[1], ratio)
			if ratio > 2.5 {
				t.Errorf("a top-level loop takes %.2f times as long as in a function", ratio)
			}
		})
	}
}
