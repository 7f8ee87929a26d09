package jupyter

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
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

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
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
