package trace

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// open makes a file and opens it.
func open(t testing.TB) (*Log, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trace")
	if err := Create(path); err != nil {
		t.Fatal(err)
	}
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return l, path
}

// running gives the kernels that a file says run.
func running(t testing.TB, path string) []string {
	t.Helper()
	launches, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, l := range launches {
		names = append(names, l.Kernel)
	}
	return names
}

func TestNotesTellWhatRuns(t *testing.T) {
	l, path := open(t)
	a := l.Begin(Launch{Kernel: "a"})
	b := l.Begin(Launch{Kernel: "b", Range: "[64] in groups of [8]", File: "cell[7]", Line: 3})
	c := l.Begin(Launch{Kernel: "c"})
	if got := running(t, path); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Error(got)
	}
	a.End()
	c.End()
	launches, err := Read(path)
	if err != nil || len(launches) != 1 || launches[0].String() != "b [64] in groups of [8], launched at cell[7]:3" {
		t.Error(launches, err)
	}
	b.End()
	if got := running(t, path); len(got) != 0 {
		t.Error(got)
	}
}

func TestOldNotesAreForgotten(t *testing.T) {
	l, path := open(t)
	first := l.Begin(Launch{Kernel: "first"})
	for range slots {
		l.Begin(Launch{Kernel: "later"})
	}
	first.End() // its slot belongs to another now
	if got := running(t, path); len(got) != slots || slices.Contains(got, "first") {
		t.Error(got)
	}
}

func TestLongNamesAreCut(t *testing.T) {
	l, path := open(t)
	l.Begin(Launch{Kernel: strings.Repeat("k", 10_000), Range: strings.Repeat("\x01", 1000), File: strings.Repeat("ü", 10_000) + "/cell.go", Line: 12})
	launches, err := Read(path)
	if err != nil || len(launches) != 1 {
		t.Fatal(launches, err)
	}
	if got := launches[0]; !strings.HasPrefix(got.Kernel, "kkkk") || !strings.HasSuffix(got.File, "/cell.go") || got.Line != 12 {
		t.Errorf("%+v", got)
	}
}

func TestManyGoroutinesNote(t *testing.T) {
	l, path := open(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 1000 {
				l.Begin(Launch{Kernel: "k"}).End()
			}
		})
	}
	group.Wait()
	if got := running(t, path); len(got) != 0 {
		t.Error(got)
	}
}

func TestOtherFilesAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trace")
	if _, err := Open(path); err == nil {
		t.Error("a missing file is opened")
	}
	if _, err := Read(path); err == nil {
		t.Error("a missing file is read")
	}
	if err := os.WriteFile(path, []byte("notes"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil {
		t.Error("another file is opened")
	}
	if _, err := Read(path); err == nil {
		t.Error("another file is read")
	}
	if err := Create(filepath.Join(path, "below")); err == nil {
		t.Error("a file below a file is made")
	}
}

// The notes are there after the process was killed.
func TestNotesOutliveTheProcess(t *testing.T) {
	if path := os.Getenv(Variable); path != "" {
		l, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		l.Begin(Launch{Kernel: "harmless"}).End()
		l.Begin(Launch{Kernel: "culprit"})
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	path := filepath.Join(t.TempDir(), "trace")
	if err := Create(path); err != nil {
		t.Fatal(err)
	}
	victim := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	victim.Env = append(os.Environ(), Variable+"="+path)
	if out, err := victim.CombinedOutput(); err == nil {
		t.Fatalf("it was not killed: %s", out)
	}
	if got := running(t, path); !slices.Equal(got, []string{"culprit"}) {
		t.Error(got)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("\x01\x00\x00\x00\x00\x00\x00\x00{\"Kernel\":\"k\"}"))
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff{\"Kernel\":\"k\"}"))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "trace")
		whole := make([]byte, fileSize)
		copy(whole, content)
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err != nil {
			t.Error(err)
		}
	})
}
