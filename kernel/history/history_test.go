package history

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestGlob(t *testing.T) {
	tests := []struct {
		pattern, text string
		want          bool
	}{
		{"*", "a/b\nc", true}, {"a*c", "a\n/c", true}, {"a?c", "aüc", true}, {"a?c", "ac", false}, {"a", "ab", false},
		{"[ab]x", "bx", true}, {"[^ab]x", "bx", false}, {"a.c", "abc", false}, {"f(x)*", "f(x) + 1", true}, {"[", "[", true},
		{"ü*", "üx", true}, {"[z-a]", "[z-a]", true}, {"", "", true}, {"\xff", "x", false},
	}
	for _, test := range tests {
		if got := glob(test.pattern).MatchString(test.text); got != test.want {
			t.Errorf("%q on %q: %v", test.pattern, test.text, got)
		}
	}
}

func log() *slog.Logger { return slog.New(slog.DiscardHandler) }

func inputsOf(entries []Entry) string {
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "%d.%d %s;", e.Session, e.Line, e.Input)
	}
	return b.String()
}

func TestHistoryIsFoundAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "h.jsonl")
	first := Open(path, log())
	first.Add(1, "a", nil)
	first.Add(2, "b", nil)
	if err := os.WriteFile(path, append(must(os.ReadFile(path)), `{"session":1,"line":3,"inp`...), 0o600); err != nil {
		t.Fatal(err) // a line cut short by a crash
	}
	h := Open(path, log())
	for i, code := range []string{"a", "c", "a"} {
		h.Add(i+1, code, nil)
	}
	tests := map[string]struct {
		got  []Entry
		want string
	}{
		"tail":               {Last(h.All(), 2), "2.2 c;2.3 a;"},
		"more than there is": {Last(h.All(), 99), "1.1 a;1.2 b;2.1 a;2.2 c;2.3 a;"},
		"fewer than none":    {Last(h.All(), -1), ""},
		"range of this":      {h.Between(0, 1, 2), "2.1 a;"},
		"range of last":      {h.Between(-1, 0, 0), "1.1 a;1.2 b;"},
		"range of session":   {h.Between(1, 2, 0), "1.2 b;"},
		"search":             {h.Search("a", false), "1.1 a;2.1 a;2.3 a;"},
		"search unique":      {h.Search("*", true), "1.2 b;2.2 c;2.3 a;"},
	}
	for name, test := range tests {
		if got := inputsOf(test.got); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestHistoryOfKernelsSideBySide(t *testing.T) {
	path := filepath.Join(t.TempDir(), "h.jsonl")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			h := Open(path, log())
			for i := range 20 {
				h.Add(i+1, strings.Repeat("x", 5000), nil)
			}
		})
	}
	all.Wait()
	lines := map[int]int{}
	records, _ := Open(path, log()).load()
	for _, e := range records {
		if e.Input != nil {
			lines[e.Session]++
		}
	}
	for session := 1; session <= 8; session++ {
		if lines[session] != 20 {
			t.Errorf("session %d has %d lines, want 20", session, lines[session])
		}
	}
}

func TestHistoryWithoutDisk(t *testing.T) {
	for _, path := range []string{"", "/dev/null/h.jsonl"} {
		h := Open(path, log())
		h.Add(1, "a", nil)
		if got := inputsOf(h.All()); got != "1.1 a;" {
			t.Errorf("%q: %s", path, got)
		}
	}
}
