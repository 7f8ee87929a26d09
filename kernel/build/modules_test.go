package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func openTestWorkspace(t *testing.T) *Workspace {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	w, err := Open(t.Context(), Options{Source: root, CacheDir: os.Getenv("WARREN_TEST_CACHE")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func TestModulesOfOneSessionDoNotDisturbAnother(t *testing.T) {
	one, other := openTestWorkspace(t), openTestWorkspace(t)
	shared := filepath.Join(one.Dir, "go.mod")
	before, err := os.ReadFile(shared)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := one.AddModules(t.Context(), "go.uber.org/goleak"); err != nil {
		t.Fatal(err)
	}
	if err := one.Require(t.Context(), "go.uber.org/goleak"); err != nil {
		t.Error(err)
	}
	if got := one.Named("goleak"); len(got) != 1 || got[0] != "go.uber.org/goleak" {
		t.Errorf("in its own session the package named goleak is %q", got)
	}
	if got := other.Named("goleak"); len(got) != 0 {
		t.Errorf("in another session the package named goleak is %q", got)
	}
	if after, err := os.ReadFile(shared); err != nil || string(after) != string(before) {
		t.Errorf("the workspace's go.mod changed (%v):\n%s", err, after)
	}
	if err := other.UseModules(one); err != nil {
		t.Fatal(err)
	}
	if got := other.Named("goleak"); len(got) != 1 {
		t.Errorf("a session that takes over the modules does not know goleak: %q", got)
	}
}

func TestAChangeOfModulesThatFailsIsTakenBack(t *testing.T) {
	w := openTestWorkspace(t)
	file, err := w.ModFile()
	if err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(file)
	held := filepath.Join(t.TempDir(), "sync")
	if err := writeFiles(held, map[string]string{"go.mod": "module golang.org/x/sync\n", "errgroup/e.go": "package errgroup\n", "semaphore/s.go": "package semaphore\n", "singleflight/s.go": "package singleflight\n"}); err != nil {
		t.Fatal(err)
	}
	err = w.ChangeModules(t.Context(), func() error {
		_, err := command(t.Context(), w.Dir, nil, w.Go, "mod", "edit", "-modfile="+file, "-replace=golang.org/x/sync="+held)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "would change golang.org/x/sync") {
		t.Errorf("a module that the worker holds may change: %v", err)
	}
	if after, _ := os.ReadFile(file); string(after) != string(before) {
		t.Errorf("the session's go.mod stays changed:\n%s", after)
	}
}
