package comm

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

// front is what the other side of a hub has heard.
type front struct {
	heard []string
	err   error
}

func (f *front) take(p Packet) error {
	f.heard = append(f.heard, strings.TrimSpace(p.Kind+" "+p.Target)+" "+string(p.Data))
	return f.err
}

func newPair() (*hub, *front) {
	f := &front{}
	return newHub(f.take), f
}

func packet(kind, id, target, data string) Packet {
	return Packet{Kind: kind, ID: id, Target: target, Data: json.RawMessage(data)}
}

func TestAFrontEndOpensSendsAndCloses(t *testing.T) {
	h, f := newPair()
	var said []string
	h.register("t", func(c *Comm, m Message) {
		said = append(said, c.ID()+" of "+c.Target())
		c.OnMessage(func(m Message) {
			said = append(said, m.Data["x"].(string)+string(m.Buffers[0]))
			c.Send(map[string]int{"n": len(said)}, m.Buffers...)
		})
		c.OnClose(func(Message) {
			said = append(said, "closed")
			if err := c.Send(nil); !errors.Is(err, ErrClosed) {
				t.Errorf("a closed comm sends: %v", err)
			}
		})
	})
	m := packet("msg", "1", "", `{"x":"a"}`)
	m.Buffers = [][]byte{[]byte("b")}
	for _, p := range []Packet{packet("open", "1", "t", `{}`), m, packet("close", "1", "", "")} {
		if err := h.deliver(p); err != nil {
			t.Errorf("%s: %v", p.Kind, err)
		}
	}
	if want := []string{"1 of t", "ab", "closed"}; !slices.Equal(said, want) {
		t.Errorf("handlers said %q, want %q", said, want)
	}
	if want := []string{`msg {"n":2}`}; !slices.Equal(f.heard, want) {
		t.Errorf("the front end heard %q, want %q", f.heard, want)
	}
	if h.deliver(m) != ErrUnheard {
		t.Error("a closed comm takes a message")
	}
}

func TestWhatNobodyTakes(t *testing.T) {
	h, _ := newPair()
	h.register("gone", func(*Comm, Message) { t.Error("called") })
	h.register("gone", nil)
	for _, p := range []Packet{
		packet("open", "1", "gone", "{}"), packet("msg", "1", "", "{}"), packet("close", "1", "", ""), packet("other", "1", "", ""), {},
	} {
		if err := h.deliver(p); !errors.Is(err, ErrUnheard) {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

func TestATargetThatPanicsLeavesNoComm(t *testing.T) {
	h, f := newPair()
	h.register("bad", func(*Comm, Message) { panic("bad") })
	func() {
		defer func() {
			if recover() != "bad" {
				t.Error("the panic is lost")
			}
		}()
		h.deliver(packet("open", "1", "bad", "{}"))
	}()
	if len(h.comms) != 0 || !slices.Equal(f.heard, []string{"close {}"}) {
		t.Errorf("%d comms are open, the front end heard %q", len(h.comms), f.heard)
	}
}

func TestMessagesBeforeTheirHandlerAreKeptInOrder(t *testing.T) {
	h, f := newPair()
	c, err := h.open("w", map[string]int{"a": 1}, nil)
	if err != nil || !slices.Equal(f.heard, []string{`open w {"a":1}`}) {
		t.Fatalf("%q, %v", f.heard, err)
	}
	var got []any
	for _, data := range []string{`{"n":1}`, `{"n":2}`} {
		h.deliver(packet("msg", c.ID(), "", data))
	}
	c.OnMessage(func(m Message) {
		got = append(got, m.Data["n"])
		if len(got) == 1 { // one that comes meanwhile waits for its turn
			h.deliver(packet("msg", c.ID(), "", `{"n":3}`))
		}
	})
	h.deliver(packet("msg", c.ID(), "", `{"n":4}`))
	if !slices.Equal(got, []any{1.0, 2.0, 3.0, 4.0}) {
		t.Errorf("got %v", got)
	}
	for range 2 * earlyLimit {
		c.OnMessage(nil)
		h.deliver(packet("msg", c.ID(), "", `{}`))
	}
	if len(c.early) != earlyLimit {
		t.Errorf("%d messages are kept", len(c.early))
	}
}

func TestWhatDataMayBe(t *testing.T) {
	type point struct{ X, Y int }
	h, f := newPair()
	c, _ := h.open("w", nil, nil)
	for _, test := range []struct {
		data any
		want string // or the error
	}{
		{nil, `msg {}`},
		{point{1, 2}, `msg {"X":1,"Y":2}`},
		{map[string]any(nil), `msg {}`},
		{Message{Data: map[string]any{"a": "ü"}}, `msg {"a":"ü"}`},
		{Message{}, `msg {}`},
		{packet("msg", "", "", `{"sent":"on"}`).message(), `msg {"sent":"on"}`},
		{[]int{1}, "no object"},
		{"text", "no object"},
		{math.NaN(), "unsupported value"},
		{func() {}, "unsupported type"},
		{Message{Metadata: map[string]any{"f": math.Inf(1)}}, "metadata"},
	} {
		f.heard = nil
		err := c.Send(test.data)
		got := strings.Join(f.heard, "")
		if err != nil {
			got = err.Error()
		}
		if got != test.want && (err == nil || !strings.Contains(got, test.want)) {
			t.Errorf("%v: %s, want %s", test.data, got, test.want)
		}
	}
}

func TestDataReceived(t *testing.T) {
	var v struct{ Method string }
	if err := packet("msg", "", "", `{"method":"update"}`).message().Decode(&v); err != nil || v.Method != "update" {
		t.Errorf("decoded %+v, %v", v, err)
	}
	m := packet("msg", "", "", `[1,2]`).message()
	var list []int
	if err := m.Decode(&list); err != nil || m.Data != nil || len(list) != 2 {
		t.Errorf("%v, %v, %v", m.Data, list, err)
	}
	if err := m.Decode(&v); err == nil || !strings.Contains(err.Error(), "data of the message") {
		t.Errorf("an array as a struct: %v", err)
	}
	for _, raw := range []string{"", "null"} {
		if err := packet("msg", "", "", raw).message().Decode(&v); err != nil {
			t.Errorf("no data: %v", err)
		}
	}
}

func TestACommThatCannotBeSentIsNotOpen(t *testing.T) {
	h, f := newPair()
	f.err = errors.New("too large")
	if c, err := h.open("w", nil, nil); c != nil || !errors.Is(err, f.err) || len(h.comms) != 0 {
		t.Errorf("%v, %v, %d comms", c, err, len(h.comms))
	}
}

func TestListeningIsWhenAMessageCouldDoSomething(t *testing.T) {
	h, _ := newPair()
	c, _ := h.open("w", nil, nil)
	if h.listening() {
		t.Error("with a comm that has no handler")
	}
	c.OnMessage(func(Message) {})
	if !h.listening() {
		t.Error("not with a handler")
	}
	c.Close()
	if h.listening() {
		t.Error("with a closed comm")
	}
	h.register("t", func(*Comm, Message) {})
	if !h.listening() {
		t.Error("not with a target")
	}
}
