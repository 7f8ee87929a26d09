package magic

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/warren-go/warren/internal/relay"
	"github.com/warren-go/warren/kernel/engine"
)

// ranksRecorder is a ranksOutput over a recorder, without a session.
func ranksRecorder(grouped bool) (*ranksOutput, *recorder) {
	r := &recorder{}
	c := &execution{Interpreter: &Interpreter{engine: &engine.Engine{}}, out: r}
	return newRanksOutput(c, mpiRun{ranks: 2, grouped: grouped}), r
}

func TestALineIsShownThoughTheNextIsNotComplete(t *testing.T) {
	o, out := ranksRecorder(false)
	here, there := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		o.receive(1, relay.Stdout, there)
	}()
	io.WriteString(here, "one\ntwo\nthr")
	for out.String() == "" && t.Context().Err() == nil {
		time.Sleep(time.Millisecond) // the test's own time limit ends this
	}
	if got := out.String(); got != "[1] one\n[1] two\n" {
		t.Errorf("shown at once: %q", got)
	}
	io.WriteString(here, "ee")
	here.Close()
	<-done
	if got := out.String(); got != "[1] one\n[1] two\n[1] three\n" {
		t.Errorf("shown in the end: %q", got)
	}
}

// text is a stream that somebody has written already.
func text(s string) io.ReadWriter {
	return struct {
		io.Reader
		io.Writer
	}{strings.NewReader(s), io.Discard}
}

func TestRanksThatPrintTooMuchAreCutShort(t *testing.T) {
	o, out := ranksRecorder(true)
	o.receive(0, relay.Stdout, text("first\n"+strings.Repeat(strings.Repeat("x", longestLine-1)+"\n", mostKept/longestLine+1)))
	o.flush()
	got := out.String()
	if !strings.HasPrefix(got, "rank 0:\nfirst\n") || !strings.HasSuffix(got, "x\n…\n") || len(got) > mostKept+100 {
		t.Errorf("%d bytes: %.20q … %q", len(got), got, got[max(0, len(got)-20):])
	}
	o, out = ranksRecorder(false)
	o.receive(1, relay.Stdout, text(strings.Repeat("y", 2*longestLine)+"\xff\n"))
	if got := out.String(); len(got) < 2*longestLine || strings.Count(got, "[1] ") < 2 || !strings.HasSuffix(got, "\uFFFD\n") {
		t.Errorf("a long line is shown as %d bytes, %q", len(got), got[max(0, len(got)-20):])
	}
}

func TestWhatFailedRanksSayIsUnderstood(t *testing.T) {
	const dump = "goroutine 1 [running]:\nmain.f()\n\t/x/cell[0123456789]:3 +0x1\n"
	for _, c := range []struct{ text, name, message, dump string }{
		{"mpi: rank 1 of 4: panic: boom\n" + dump, "panic", "boom", dump},
		{"mpi: rank 1 of 4: no such file\n", "error", "no such file", ""},
		{"panic: a\n\tpanic: b\n\n" + dump, "panic", "a\n\tpanic: b", dump},
		{"fatal error: concurrent map writes\n\n" + dump, "fatal error", "concurrent map writes", dump},
		{"mpi: rank 0 of 1: ", "error", "it did not say why", ""},
	} {
		if name, message, dump := takeApart(c.text); name != c.name || message != c.message || dump != c.dump {
			t.Errorf("%q: %q, %q, %q", c.text, name, message, dump)
		}
	}
}

func TestRanksAreListedInWords(t *testing.T) {
	for want, ranks := range map[string][]int{"rank 3": {3}, "ranks 1 and 2": {1, 2}, "ranks 1, 2 and 3": {1, 2, 3}} {
		if got := numbered(ranks); got != want {
			t.Error(fmt.Sprint(got, ", want ", want))
		}
	}
}
