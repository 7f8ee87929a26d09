package jupyter

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/warren-go/warren/kernel/display"
)

func TestCursorsCountCodePoints(t *testing.T) {
	const code = "aü€😀z" // 1, 2, 3, 4 and 1 bytes
	for position, offset := range []int{0, 1, 3, 6, 10, 11} {
		if got := byteOffset(code, &position); got != offset {
			t.Errorf("position %d: byte %d, want %d", position, got, offset)
		}
		if got := codepoints(code, offset); got != position {
			t.Errorf("byte %d: position %d, want %d", offset, got, position)
		}
	}
	for _, outside := range []int{-5, 99} {
		if got := byteOffset(code, &outside); got != min(max(outside, 0), len(code)) {
			t.Errorf("position %d: byte %d", outside, got)
		}
	}
	if byteOffset(code, nil) != len(code) || codepoints(code, 99) != 5 || codepoints(code, -1) != 0 {
		t.Error("what lies outside is not moved to the ends")
	}
}

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

func inputsOf(entries []entry) string {
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "%d.%d %s;", e.Session, e.Line, *e.Input)
	}
	return b.String()
}

func TestHistoryIsFoundAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "h.jsonl")
	first := openHistory(path, log())
	first.add(1, "a", nil)
	first.add(2, "b", nil)
	if err := os.WriteFile(path, append(must(os.ReadFile(path)), `{"session":1,"line":3,"inp`...), 0o600); err != nil {
		t.Fatal(err) // a line cut short by a crash
	}
	h := openHistory(path, log())
	for i, code := range []string{"a", "c", "a"} {
		h.add(i+1, code, nil)
	}
	two := 2
	tests := map[string]struct {
		q    historyRequest
		want string
	}{
		"tail":             {historyRequest{Access: "tail", N: &two}, "2.2 c;2.3 a;"},
		"range of this":    {historyRequest{Access: "range", Start: 1, Stop: &two}, "2.1 a;"},
		"range of last":    {historyRequest{Access: "range", Session: -1}, "1.1 a;1.2 b;"},
		"range of session": {historyRequest{Access: "range", Session: 1, Start: 2}, "1.2 b;"},
		"search":           {historyRequest{Access: "search", Pattern: "a"}, "1.1 a;2.1 a;2.3 a;"},
		"search unique":    {historyRequest{Access: "search", Pattern: "*", Unique: true}, "1.2 b;2.2 c;2.3 a;"},
		"search last":      {historyRequest{Access: "search", Pattern: "*", Unique: true, N: &two}, "2.2 c;2.3 a;"},
	}
	for name, test := range tests {
		if got := inputsOf(accesses[test.q.Access](h, test.q)); got != test.want {
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
			h := openHistory(path, log())
			for i := range 20 {
				h.add(i+1, strings.Repeat("x", 5000), nil)
			}
		})
	}
	all.Wait()
	lines := map[int]int{}
	entries, _ := openHistory(path, log()).load()
	for _, e := range entries {
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
		h := openHistory(path, log())
		h.add(1, "a", nil)
		if got := inputsOf(h.all()); got != "1.1 a;" {
			t.Errorf("%q: %s", path, got)
		}
	}
}

func TestBundleIsAlwaysJSON(t *testing.T) {
	got := bundle(display.MIMEMap{
		"text/html": []byte("<b>"), "image/svg+xml": []byte("<svg/>"), "image/png": []byte{1, 2}, "application/json": []int{1},
	})
	const want = `{"application/json":[1],"image/png":"AQI=","image/svg+xml":"\u003csvg/\u003e","text/html":"\u003cb\u003e"}`
	if text := must(json.Marshal(got)); string(text) != want {
		t.Errorf("got %s", text)
	}
	for _, odd := range []any{math.NaN(), make(chan int)} {
		if text := must(json.Marshal(bundle(display.MIMEMap{"application/json": odd}))); !bytes.Contains(text, []byte("cannot show application/json")) {
			t.Errorf("got %s", text)
		}
	}
}

func TestCoalescerKeepsOrderAndBounds(t *testing.T) {
	var sent []string
	largest := 0
	c := newCoalescer(func(parent json.RawMessage, name, text string) {
		sent = append(sent, string(parent)+" "+name+" "+text[:min(3, len(text))])
		largest = max(largest, len(text))
	})
	c.add(json.RawMessage("1"), "stdout", "a")
	c.add(json.RawMessage("1"), "stdout", "b")
	c.add(json.RawMessage("1"), "stderr", "c")
	c.flush(json.RawMessage("2"))
	c.add(json.RawMessage("2"), "stderr", "d")
	c.close()
	c.add(json.RawMessage("2"), "stderr", "lost")
	if want := []string{"1 stdout ab", "1 stderr c", "2 stderr d"}; !slices.Equal(sent, want) {
		t.Errorf("got %q, want %q", sent, want)
	}
	c = newCoalescer(c.send)
	for range 10_000 {
		c.add(nil, "stdout", strings.Repeat("é", 500))
	}
	c.close()
	if largest > streamLimit+1000 {
		t.Errorf("%d bytes waited", largest)
	}
}

func FuzzWhole(f *testing.F) {
	f.Add([]byte("a\xc3"))
	f.Add([]byte("\xf0\x9f\x98"))
	f.Fuzz(func(t *testing.T, text []byte) {
		n := whole(text)
		if n < len(text)-3 || n > len(text) {
			t.Errorf("%q: %d", text, n)
		}
	})
}
