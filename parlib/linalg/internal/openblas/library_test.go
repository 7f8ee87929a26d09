package openblas

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

func TestCandidatesComeFromSystemAndPython(t *testing.T) {
	active, first := t.TempDir(), t.TempDir()
	touch := func(parts ...string) string {
		t.Helper()
		path := filepath.Join(parts...)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ofActive := touch(active, "lib/python3.12/site-packages/scipy.libs/libscipy_openblas-1a.so")
	touch(first, "bin/python3")
	pure := touch(first, "lib/python3.11/site-packages/scipy_openblas32/lib/libscipy_openblas.so")
	ofFirst := touch(first, "lib/python3.11/site-packages/numpy.libs/libscipy_openblas64_-2b.so")
	touch(first, "lib/python3.11/site-packages/numpy.libs/libgfortran-3c.so")
	env := map[string]string{"VIRTUAL_ENV": active, "PATH": t.TempDir() + ":" + filepath.Join(first, "bin")}
	want := append([]string{ofActive, pure, ofFirst}, systemNames...)
	if got := Candidates(func(name string) string { return env[name] }); !slices.Equal(got, want) {
		t.Errorf("candidates are %q; want %q", got, want)
	}
	env["VIRTUAL_ENV"] = first
	if got := Candidates(func(name string) string { return env[name] }); !slices.Equal(got, append([]string{pure, ofFirst}, systemNames...)) {
		t.Errorf("an environment that is active and first on PATH: candidates are %q", got)
	}
	if got := Candidates(func(string) string { return "" }); !slices.Equal(got, systemNames) {
		t.Errorf("without an environment candidates are %q", got)
	}
}

func TestLibrarySaysItsVersion(t *testing.T) {
	for config, want := range map[string]string{
		"OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH": "0.3.21", "OpenBLAS": "of unknown version", "": "of unknown version",
	} {
		if got := (&Library{Config: config}).Version(); got != want {
			t.Errorf("%q: version %q; want %q", config, got, want)
		}
	}
}

func TestOldKernelsAreSlowOnNewProcessors(t *testing.T) {
	for core, old := range map[string]bool{"Prescott": true, "prescott": true, "Sandybridge": true, "Haswell": false, "SkylakeX": false, "Zen": false} {
		if got, want := (&Library{Core: core}).Slow(), old && bestCore() != ""; got != want {
			t.Errorf("%s kernels slow: %v; want %v", core, got, want)
		}
	}
}

// An OpenBLAS that does not know the processor is told what it can do.
func TestOpenedLibraryIsFast(t *testing.T) {
	for _, path := range Candidates(os.Getenv) {
		l, err := Open(path)
		if err != nil {
			continue
		}
		if l.Slow() {
			t.Errorf("%s uses kernels for %s", path, l.Core)
		}
		return
	}
	t.Skip("no OpenBLAS here")
}

func TestPlacesAreNoMoreThanBuffers(t *testing.T) {
	for config, most := range map[string]int{"OpenBLAS 0.3.31 SkylakeX MAX_THREADS=1": 1, "OpenBLAS 0.3.21 MAX_THREADS=64": 64, "OpenBLAS": 32, "MAX_THREADS=x": 32, "OpenBLAS 0.3.21 Haswell SINGLE_THREADED": 1} {
		if got, want := cap((&Library{Config: config}).newPlaces()), min(most, runtime.NumCPU()); got != want {
			t.Errorf("%q: %d places; want %d", config, got, want)
		}
	}
}
