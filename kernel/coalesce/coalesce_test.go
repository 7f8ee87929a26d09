package coalesce

import (
	"slices"
	"strings"
	"testing"
)

func TestStreamsKeepOrderAndBounds(t *testing.T) {
	var sent []string
	largest := 0
	c := New(func(parent []byte, name, text string) {
		sent = append(sent, string(parent)+" "+name+" "+text[:min(3, len(text))])
		largest = max(largest, len(text))
	})
	c.Add([]byte("1"), "stdout", "a")
	c.Add([]byte("1"), "stdout", "b")
	c.Add([]byte("1"), "stderr", "c")
	c.Flush([]byte("2"))
	c.Add([]byte("2"), "stderr", "d")
	c.Close()
	c.Add([]byte("2"), "stderr", "lost")
	if want := []string{"1 stdout ab", "1 stderr c", "2 stderr d"}; !slices.Equal(sent, want) {
		t.Errorf("got %q, want %q", sent, want)
	}
	c = New(c.send)
	for range 10_000 {
		c.Add(nil, "stdout", strings.Repeat("é", 500))
	}
	c.Close()
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
