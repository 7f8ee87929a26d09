//go:build cgo && linux

package openblas

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fake is a library with the names of OpenBLAS's routines, of which only the products compute.
const fake = `
#ifndef NAME
#define NAME(x) x
#endif
#ifndef CONFIG
#define CONFIG "OpenBLAS 9.9.9 MAX_THREADS=4"
#endif
#define GEMM(name, R) \
	void NAME(name)(int order, int ta, int tb, I m, I n, I k, R alpha, const R *a, I lda, const R *b, I ldb, R beta, R *c, I ldc) { \
		for (I i = 0; i < m; i++) for (I j = 0; j < n; j++) { \
			R sum = 0; \
			for (I p = 0; p < k; p++) sum += a[i*lda + p] * b[p*ldb + j]; \
			c[i*ldc + j] = alpha * sum + WRONG; \
		} \
	}
GEMM(cblas_dgemm, double)
GEMM(cblas_sgemm, float)
#define OTHERS(t) \
	void NAME(cblas_##t##trsm)(void) {} void NAME(cblas_##t##trmm)(void) {} void NAME(cblas_##t##gemv)(void) {} \
	void NAME(cblas_##t##symv)(void) {} void NAME(cblas_##t##ger)(void) {}
OTHERS(d)
#ifndef WITHOUT_SINGLE
OTHERS(s)
#endif
#ifndef NO_OPENBLAS
void NAME(openblas_set_num_threads)(int n) {}
const char *NAME(openblas_get_config)(void) { return CONFIG; }
#endif
`

// library compiles fake with definitions for the preprocessor.
func library(t *testing.T, definitions ...string) string {
	t.Helper()
	gcc, err := exec.LookPath("gcc")
	if err != nil {
		t.Skip(err)
	}
	path := filepath.Join(t.TempDir(), "libfake.so")
	args := []string{"-shared", "-fPIC", "-O1", "-x", "c", "-", "-o", path}
	given := "-D" + strings.Join(definitions, " -D")
	if !strings.Contains(given, "-DI=") {
		definitions = append(definitions, "I=int")
	}
	if !strings.Contains(given, "WRONG=") {
		definitions = append(definitions, "WRONG=0")
	}
	for _, d := range definitions {
		args = append(args, "-D"+d)
	}
	cmd := exec.Command(gcc, args...)
	cmd.Stdin = strings.NewReader(fake)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
	return path
}

// Builds differ in the names of their symbols and in the width of their integers, and the one does not tell the other.
func TestBuildsOfOpenBLASAreTold(t *testing.T) {
	const wideConfig = `CONFIG="OpenBLAS 9.9.9 USE64BITINT MAX_THREADS=4"`
	for _, c := range []struct {
		name        string
		definitions []string
		wide        bool
	}{
		{"plain", nil, false},
		{"plain, 64-bit integers", []string{"I=long", wideConfig}, true},
		{"suffix", []string{"NAME(x)=x##64_", "I=long", wideConfig}, true},
		{"wheel of scipy-openblas32", []string{"NAME(x)=scipy_##x"}, false},
		{"wheel of NumPy", []string{"NAME(x)=scipy_##x##64_", "I=long", wideConfig}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := Open(library(t, c.definitions...))
			if err != nil {
				t.Fatal(err)
			}
			if l.Version() != "9.9.9" || (l.Float64.kind.wide != 0) != c.wide || (l.Float32.kind.wide != 0) != c.wide || l.Lapack != nil {
				t.Errorf("version %s, 64-bit integers %v, LAPACK %v; want 9.9.9, %v, none", l.Version(), l.Float64.kind.wide, l.Lapack, c.wide)
			}
		})
	}
}

// A library that cannot be used is an error that names the file and what is wrong with it.
func TestUselessLibrariesAreRefused(t *testing.T) {
	for _, c := range []struct {
		name        string
		definitions []string
		want        string
	}{
		{"another BLAS", []string{"NO_OPENBLAS"}, "not OpenBLAS"},
		{"routines missing", []string{"WITHOUT_SINGLE"}, "there is no cblas_s"},
		{"wrong product", []string{"WRONG=1"}, "computes a wrong product"},
		{"other names", []string{"NAME(x)=mine_##x"}, "has no cblas_dgemm"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := library(t, c.definitions...)
			if _, err := Open(path); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v; want %q and the path", err, c.want)
			}
		})
	}
}
