package engine

import (
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestPumpDeliversWholeCharactersAndTheRestAtTheEnd(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	p, err := newPump("stdout", r, func(_, text string) { got.WriteString(text) })
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct{ write, sofar string }{
		{"abc", "abc"}, {"\xc3", "abc"}, {"\xa9\xe2\x82", "abcé"}, {"\xac!", "abcé€!"}, {"\xff", "abcé€!\uFFFD"}, {"\xe2", "abcé€!\uFFFD"},
	} {
		w.WriteString(step.write)
		p.drain()
		p.mu.Lock()
		if got.String() != step.sofar {
			t.Errorf("after %q: %q", step.write, got.String())
		}
		p.mu.Unlock()
	}
	p.finish() // though w is still open, as a daemon may hold it
	if want := "abcé€!\uFFFD\uFFFD"; got.String() != want {
		t.Errorf("at the end: %q", got.String())
	}
	w.Close()
}
