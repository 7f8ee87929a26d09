package proto

import (
	"bytes"
	"io"
	"math"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/warren-go/warren/kernel/display"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMessagesArriveAsSent(t *testing.T) {
	a, b := net.Pipe()
	from, to := NewConn(a), NewConn(b)
	sent := []Message{
		{Kind: Run, ID: 7, Unit: "u", Text: "<\n\x00é>"},
		{Kind: Ack, Seq: 3, Blob: []byte{0, 255}, Names: []string{"a", "b"}},
		{Kind: Done, ID: 7, Failure: &Failure{Kind: "panic", Value: strings.Repeat("x", 2<<20)}},
		{Kind: Apply, Buffers: [][]byte{[]byte("small\n"), nil, bytes.Repeat([]byte("\n"), 3<<20), {7}}},
		{Kind: Hello},
	}
	go func() {
		for _, m := range sent {
			from.Send(m)
		}
		from.Close()
	}()
	for _, want := range sent {
		got, err := to.Receive()
		if err != nil || got.Kind != want.Kind || got.ID != want.ID || got.Text != want.Text || string(got.Blob) != string(want.Blob) ||
			!slices.EqualFunc(got.Buffers, want.Buffers, bytes.Equal) {
			t.Errorf("%+v arrived as %+v, %v", want.Kind, got.Kind, err)
		}
	}
	if _, err := to.Receive(); err != io.EOF {
		t.Errorf("after the end: %v", err)
	}
	to.Close()
}

// discard accepts everything.
type discard struct{ n int }

func (d *discard) Write(b []byte) (int, error) { d.n += len(b); return len(b), nil }
func (d *discard) Read([]byte) (int, error)    { return 0, io.EOF }
func (d *discard) Close() error                { return nil }

// A peer that ends in the middle of a message, or sends none, is an error, and never a crash.
func FuzzReceive(f *testing.F) {
	f.Add([]byte("{\"kind\":\"done\",\"sizes\":[2]}\nab"))
	f.Add([]byte("{\"sizes\":[-1]}\n"))
	f.Add([]byte("null\n[]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.Contains(text, []byte("sizes")) && regexp.MustCompile(`\d{8}`).Match(text) {
			t.Skip("it would take gigabytes")
		}
		c := NewConn(&given{Reader: bytes.NewReader(text)})
		for range text {
			if _, err := c.Receive(); err != nil {
				return
			}
		}
		if _, err := c.Receive(); err == nil {
			t.Error("more messages than bytes")
		}
	})
}

// given is a peer that has said all it will.
type given struct{ *bytes.Reader }

func (*given) Write(b []byte) (int, error) { return len(b), nil }
func (*given) Close() error                { return nil }

func TestWhatCannotBeSentIsAnErrorAndLeavesNothingBehind(t *testing.T) {
	out := &discard{}
	c := NewConn(out)
	c.limit = 1 << 20
	bad := &display.Data{Data: display.MIMEMap{"text/plain": math.NaN()}}
	if err := c.Send(Message{Kind: Display, Data: bad}); err == nil {
		t.Error("NaN was sent")
	}
	if err := c.Send(Message{Kind: Display, Text: strings.Repeat("x", c.limit)}); err == nil || !strings.Contains(err.Error(), "MB") {
		t.Errorf("a message beyond the limit: %v", err)
	}
	if out.n != 0 {
		t.Errorf("%d bytes were sent", out.n)
	}
	if err := c.Send(Message{Kind: Hello}); err != nil || out.n == 0 {
		t.Errorf("the next message: %v", err)
	}
}
