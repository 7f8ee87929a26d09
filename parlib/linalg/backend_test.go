package linalg

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestEnvironmentChoosesBackend(t *testing.T) {
	if b := automatic(environment(Variable, "go")); b.about.Name != "Go" || b.about.Kernel == "" {
		t.Errorf("%q chooses %v", "go", b.about)
	}
	missing := filepath.Join(t.TempDir(), "libopenblas.so.0")
	if b := automatic(environment(Variable, missing)); b.about.Name != "Go" || !strings.Contains(b.about.Missing, missing) {
		t.Errorf("a library that is not there chooses %v, for the reason %q", b.about, b.about.Missing)
	}
	if _, err := openBackend(environment(Variable, missing)); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("error for a library that is not there: %v", err)
	}
}

// A file that is no library, or a library that is no BLAS, is an error that names it.
func TestOtherLibrariesAreRefused(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text.so")
	if err := os.WriteFile(text, []byte("not a library"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{text, "libc.so.6"} {
		if _, err := openBackend(environment(Variable, path)); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestUsingSaysWhatIsInForce(t *testing.T) {
	eachBackend(t, func(t *testing.T) {
		want := t.Name()[strings.LastIndex(t.Name(), "/")+1:]
		if got := Using(); got.Name != want || !strings.HasPrefix(got.String(), want+" ") || got.Kernel == "" {
			t.Errorf("in force is %+v, %q; want %s", got, got.String(), want)
		}
	})
}

// With OpenBLAS and the fastest kernels of this package each does what it is faster at, and both get products right.
func TestOpenBLASSharesWithFastKernels(t *testing.T) {
	b := automatic(os.Getenv)
	if b.about.Large == "" {
		t.Skipf("not here: %v", b.about)
	}
	if s := b.about.String(); !strings.Contains(s, "large products by Go ("+goBackend().about.Kernel) {
		t.Errorf("it says %q", s)
	}
	if _, small := forProduct(b.double, 20, 20, 20).(shared[float64]); small {
		t.Error("a small product is not OpenBLAS's")
	}
	if _, large := forProduct(b.double, 200, 200, 200).(shared[float64]); !large {
		t.Error("a large product is OpenBLAS's")
	}
	before := chosen.current()
	t.Cleanup(func() { chosen.set(before) })
	chosen.set(b)
	for _, n := range []int{20, 130} {
		x, y := dense(n, n+3), dense(n+3, n)
		got, err := MatMul(x, y)
		if err != nil || !mat.EqualApprox(got, byFormula(x, y), 1e-11) {
			t.Errorf("%d rows: the product differs from the formula, error %v", n, err)
		}
	}
}
