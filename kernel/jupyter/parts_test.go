package jupyter

import (
	"bytes"
	"encoding/json"
	"math"
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
