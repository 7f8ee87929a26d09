package linalg

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
	if b := automatic(environment(Variable, missing)); b.about.Name != "Go" {
		t.Errorf("a library that is not there chooses %v", b.about)
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
