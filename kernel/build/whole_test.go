package build

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestArchivesOfAnUnknownFormatStayWhole(t *testing.T) {
	real := openTestWorkspace(t)
	for _, c := range []struct {
		name  string
		to    string // the release that the archives say they are of
		whole bool
	}{
		{"a known release", real.Version, false},
		{"a release to come", strings.Replace(real.Version, "go1.2", "go1.9", 1), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &Workspace{Toolchain: real.Toolchain, Dir: t.TempDir(), Worker: real.Worker, opts: real.opts}
			text, err := os.ReadFile(compiled(t, w))
			if err != nil {
				t.Fatal(err)
			}
			text = bytes.ReplaceAll(text, []byte(real.Version+" "), []byte(c.to+" "))
			from, to := filepath.Join(w.Dir, "from.a"), filepath.Join(w.Dir, "to.a")
			if err := os.WriteFile(from, text, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := w.keepArchives(map[string]string{to: from}); err != nil {
				t.Fatal(err)
			}
			kept, err := os.ReadFile(to)
			if err != nil {
				t.Fatal(err)
			}
			if w.Whole != c.whole || isFile(filepath.Join(w.Dir, wholeNote)) != c.whole || (w.Notice() != "") != c.whole {
				t.Errorf("whole: %v, not %v; notice %q", w.Whole, c.whole, w.Notice())
			}
			if c.whole && !bytes.Equal(kept, text) {
				t.Error("the archive is not what it was")
			}
		})
	}
}

// compiled returns the archive of a small package.
func compiled(t *testing.T, w *Workspace) string {
	t.Helper()
	if err := writeFiles(w.Dir, map[string]string{"p.go": "package p\n\nfunc F() int { return 1 }\n"}); err != nil {
		t.Fatal(err)
	}
	if _, err := command(t.Context(), w.Dir, nil, w.tool("compile"), "-p", "p", "-pack", "-o", "p.a", "p.go"); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(w.Dir, "p.a")
}
