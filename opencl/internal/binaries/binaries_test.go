package binaries

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/warren-go/warren/internal/atomicfile"
)

func TestStoreGivesWhatWasPut(t *testing.T) {
	s := In(filepath.Join(t.TempDir(), "not", "there", "yet"))
	if _, ok := s.Get("a"); ok {
		t.Error("an empty store has something")
	}
	s.Put("a", []byte("one"))
	s.Put("a", []byte("two"))
	s.Put("b", nil)
	if got, ok := s.Get("a"); !ok || string(got) != "two" {
		t.Errorf("%q, %v", got, ok)
	}
	if _, ok := s.Get("b"); ok {
		t.Error("a program without bytes was kept")
	}
	s.Drop("a")
	if _, ok := s.Get("a"); ok {
		t.Error("it was dropped")
	}
}

func TestStoreNowhereKeepsNothing(t *testing.T) {
	t.Chdir(t.TempDir())
	s := In("")
	s.Put("a", []byte("one"))
	s.Drop("a")
	if _, ok := s.Get("a"); ok {
		t.Error("kept")
	}
	if left, _ := os.ReadDir("."); len(left) > 0 {
		t.Error(left)
	}
}

func TestDamagedFilesAreForgotten(t *testing.T) {
	good := encode([]byte("program"))
	for i := range good {
		damaged := bytes.Clone(good)
		damaged[i] ^= 1
		checkForgotten(t, damaged)
		checkForgotten(t, good[:i])
	}
}

func checkForgotten(t *testing.T, content []byte) {
	t.Helper()
	s := In(t.TempDir())
	if err := os.WriteFile(s.path("a"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, ok := s.Get("a"); ok {
		t.Errorf("%q gives %q", content, got)
	}
	if _, err := os.Stat(s.path("a")); err == nil {
		t.Errorf("%q was left", content)
	}
}

func TestPruneKeepsWhatIsUsed(t *testing.T) {
	s := In(t.TempDir())
	for _, name := range []string{"old", "older", "newer", "newest"} {
		s.Put(name, make([]byte, 1000))
	}
	s.limit = 2500
	age := func(name string, d time.Duration) {
		if err := os.Chtimes(name, time.Now().Add(-d), time.Now().Add(-d)); err != nil {
			t.Fatal(err)
		}
	}
	age(s.path("older"), 2*time.Hour)
	age(s.path("old"), time.Hour)
	age(s.path("newer"), time.Minute)
	s.Get("older")
	unfinished, other := filepath.Join(s.dir, atomicfile.Prefix+"1"), filepath.Join(s.dir, "README")
	for _, name := range []string{unfinished, other} {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		age(name, 2*keep)
	}
	s.Prune()
	for name, want := range map[string]bool{
		s.path("older"): true, s.path("newest"): true, s.path("newer"): false, s.path("old"): false, unfinished: false, other: true,
	} {
		if _, err := os.Stat(name); (err == nil) != want {
			t.Errorf("%s: there is %v, want %v", filepath.Base(name), err == nil, want)
		}
	}
}

func TestKeysDifferWherePartsDo(t *testing.T) {
	seen := map[string]bool{}
	for _, parts := range [][]string{{}, {""}, {"a"}, {"ab"}, {"a", "b"}, {"", "ab"}, {"a\n1\nb"}} {
		key := Key(parts...)
		if seen[key] {
			t.Errorf("%q has the key of others", parts)
		}
		seen[key] = true
	}
}
