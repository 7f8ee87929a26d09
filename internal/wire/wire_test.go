package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"
	"go.uber.org/goleak"
)

// The client sockets of zmq4, used only by tests, leave a goroutine behind when closed with messages unread.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/go-zeromq/zmq4.(*qreader).listen"))
}

func codec(t testing.TB) *Codec {
	t.Helper()
	c, err := NewCodec("hmac-sha256", "secret", "me")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// frames is a good message with one change: part i of signature, header, parent, metadata, content becomes text, and it
// is signed after that unless the part is the signature.
func frames(t testing.TB, c *Codec, i int, text string) [][]byte {
	t.Helper()
	parts := [][]byte{[]byte(`{"msg_id":"1","msg_type":"x"}`), []byte("{}"), []byte("{}"), []byte("{}")}
	if i > 0 {
		parts[i-1] = []byte(text)
	}
	signature := c.sign(parts)
	if i == 0 {
		signature = []byte(text)
	}
	return append([][]byte{[]byte("client"), delimiter, signature}, parts...)
}

func TestDecodeRefuses(t *testing.T) {
	c := codec(t)
	tests := map[string]struct {
		frames [][]byte
		want   error
	}{
		"nothing":             {nil, ErrFrames},
		"no delimiter":        {[][]byte{[]byte("a"), []byte("b")}, ErrFrames},
		"delimiter alone":     {[][]byte{delimiter}, ErrFrames},
		"no content":          {frames(t, c, 4, "{}")[:6], ErrFrames},
		"empty signature":     {frames(t, c, 0, ""), ErrSignature},
		"another signature":   {frames(t, c, 0, strings.Repeat("0", 64)), ErrSignature},
		"header not JSON":     {frames(t, c, 1, "{"), ErrJSON},
		"header a list":       {frames(t, c, 1, "[]"), ErrJSON},
		"header null":         {frames(t, c, 1, "null"), ErrJSON},
		"header without type": {frames(t, c, 1, `{"msg_id":"1"}`), ErrJSON},
		"header of numbers":   {frames(t, c, 1, `{"msg_id":1,"msg_type":2}`), ErrJSON},
		"parent empty":        {frames(t, c, 2, ""), ErrJSON},
		"metadata a string":   {frames(t, c, 3, `"x"`), ErrJSON},
		"content cut":         {frames(t, c, 4, `{"a":`), ErrJSON},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := c.Decode(test.frames); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestMessageSurvivesTheWire(t *testing.T) {
	c, peer := codec(t), codec(t)
	m, err := c.New("status", json.RawMessage(`{"msg_id":"p","odd":[1]}`), map[string]string{"a": "ü"})
	if err != nil {
		t.Fatal(err)
	}
	m.Idents, m.Buffers = [][]byte{[]byte("topic")}, [][]byte{{0, 1}}
	f, err := c.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	got, err := peer.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	if got.Header != m.Header || string(got.Parent) != string(m.Parent) || string(got.Content) != `{"a":"ü"}` ||
		!bytes.Equal(got.Buffers[0], m.Buffers[0]) || string(got.Idents[0]) != "topic" {
		t.Errorf("got %+v", got)
	}
	if _, err := peer.Decode(f); !errors.Is(err, ErrReplay) {
		t.Errorf("the same message again: %v, want %v", err, ErrReplay)
	}
}

func TestHeadersOfAnyTextAreJSON(t *testing.T) {
	for _, s := range []string{"", "plain", `"\`, "ü\n<&>", "a\xffb"} {
		h := Header{ID: s, Session: s, User: s, Date: s, Type: s, Version: s}
		text := h.appendTo(nil)
		var got, want Header
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%q: %v in %s", s, err, text)
		}
		s = strings.ToValidUTF8(s, "\ufffd")
		if want = (Header{s, s, s, s, s, s}); got != want || readHeader(text) != want {
			t.Errorf("got %+v and %+v, want %+v", got, readHeader(text), want)
		}
	}
}

// The expected value is that of Python's hmac module, which jupyter_client uses.
func TestSignatureIsThatOfOtherKernels(t *testing.T) {
	got := string(codec(t).sign([][]byte{[]byte("{}"), []byte("{}"), []byte("{}"), []byte("{}")}))
	const want = "34982f0bfec60e7b933ffde06c1ecab0fba073717a95ab943d1dd06f82c2d5e4"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestReplayMemoryIsBounded(t *testing.T) {
	c := codec(t)
	for i := range seenLimit + 10 {
		parts := [][]byte{fmt.Append(nil, i)}
		if err := c.verify(c.sign(parts), parts); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.seen) != seenLimit || len(c.ring) != seenLimit {
		t.Errorf("%d signatures in the map, %d in the ring, want %d", len(c.seen), len(c.ring), seenLimit)
	}
}

func FuzzDecode(f *testing.F) {
	c := codec(f)
	good := bytes.Join(frames(f, c, 0, string(c.sign([][]byte{[]byte(`{"msg_id":"1","msg_type":"x"}`), []byte("{}"), []byte("{}"), []byte("{}")}))), []byte("\n"))
	f.Add(good)
	f.Add([]byte("<IDS|MSG>\n\n{}\n{}\n{}\n{}"))
	unsigned, err := NewCodec("", "", "")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, c := range []*Codec{codec(t), unsigned} {
			m, err := c.Decode(bytes.Split(text, []byte("\n")))
			if err == nil && (m.Header.ID == "" || m.Header.Type == "" || !json.Valid(m.Content)) {
				t.Errorf("accepted %q as %+v", text, m)
			}
		}
	})
}

func TestUnknownSchemeIsRefused(t *testing.T) {
	if _, err := NewCodec("hmac-md9", "a", "me"); err == nil {
		t.Error("an unknown signature_scheme was taken")
	}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func openRouter(t *testing.T) *Router {
	t.Helper()
	r := NewRouter(listen(t), quiet())
	t.Cleanup(func() { r.Close() })
	return r
}

func openPublisher(t *testing.T) *Publisher {
	t.Helper()
	p := NewPublisher(listen(t), quiet(), func(topic string) [][][]byte {
		return [][][]byte{{[]byte(topic), []byte("welcome")}}
	})
	t.Cleanup(sync.OnceFunc(func() { p.Close() }))
	return p
}

// Whatever a stranger sends, and also if it sends nothing, others are served.
func TestStrangersDoNoHarm(t *testing.T) {
	greet := make([]byte, greeting)
	greet[0], greet[9], greet[10] = 0xff, 0x7f, 3
	copy(greet[12:], "NULL")
	ready := []byte("\x04\x26\x05READY\x0bSocket-Type\x00\x00\x00\x06DEALER\x08Identity\x00\x00\x00\x00")
	ready[1] = byte(len(ready) - 2)
	named := append(bytes.Clone(ready[:len(ready)-1]), "\x05\x00\x00\x00\x00\x01"...)
	named[1] = byte(len(named) - 2)
	huge := []byte{flagLong, 0x3f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	strangers := map[string][]byte{
		"silent":            nil,
		"http":              []byte(strings.Repeat("GET / HTTP/1.1\r\n\r\n", 20)),
		"huge handshake":    append(bytes.Clone(greet), huge...),
		"broken property":   append(bytes.Clone(greet), "\x04\x07\x05READY\xff"...),
		"huge message":      append(append(bytes.Clone(greet), ready...), huge...),
		"endless message":   append(append(bytes.Clone(greet), ready...), bytes.Repeat([]byte{flagMore, 0}, small.frames+1)...),
		"name of others":    append(bytes.Clone(greet), named...),
		"commands, no ping": append(append(bytes.Clone(greet), ready...), "\x04\x03\x02ab\x04\x00\x04\x05\x04PING"...),
	}
	r := openRouter(t)
	for name, bytes := range strangers {
		c, err := net.Dial("tcp", r.Addr().String())
		if err != nil {
			t.Fatal(name, err)
		}
		defer c.Close()
		if _, err := c.Write(bytes); err != nil {
			t.Fatal(name, err)
		}
		if strings.HasPrefix(name, "huge") || name == "http" || name == "name of others" {
			if err := c.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s: the connection stays open", name)
			}
		}
	}
	echo(t, r, "after")
}

// echo sends a message through the shell and back.
func echo(t *testing.T, r *Router, word string) {
	t.Helper()
	dealer := zmq4.NewDealer(context.Background(), zmq4.WithID(zmq4.SocketIdentity("me")))
	defer dealer.Close()
	if err := dealer.Dial("tcp://" + r.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if err := dealer.Send(zmq4.NewMsgFrom([]byte(word), nil)); err != nil {
		t.Fatal(err)
	}
	select {
	case m := <-r.Messages():
		r.Send(m)
	case <-time.After(5 * time.Second):
		t.Fatal("no message came")
	}
	got, err := dealer.Recv()
	if err != nil || len(got.Frames) != 2 || string(got.Frames[0]) != word {
		t.Errorf("got %v, %v", got, err)
	}
}

// A client that lost its connection comes back under its name before the old connection is known to be lost.
func TestNameIsTakenOver(t *testing.T) {
	r := openRouter(t)
	for i := range 3 {
		echo(t, r, fmt.Sprint(i))
	}
}

func TestSubscriberIsWelcomedThenServed(t *testing.T) {
	pub := openPublisher(t)
	sub := zmq4.NewSub(context.Background())
	defer sub.Close()
	if err := sub.Dial("tcp://" + pub.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if err := sub.SetOption(zmq4.OptionSubscribe, "a"); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"a welcome", "ab 1"} {
		if i == 1 {
			pub.Publish([][]byte{[]byte("b"), []byte("0")})
			pub.Publish([][]byte{[]byte("ab"), []byte("1")})
		}
		m, err := sub.Recv()
		if got := string(bytes.Join(m.Frames, []byte(" "))); err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
}

// What is said last, such as the reply to a shutdown, arrives before the sockets close.
func TestCloseSendsWhatIsQueued(t *testing.T) {
	pub := openPublisher(t)
	sub := zmq4.NewSub(context.Background())
	defer sub.Close()
	if err := sub.Dial("tcp://" + pub.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if err := sub.SetOption(zmq4.OptionSubscribe, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := sub.Recv(); err != nil {
		t.Fatal(err)
	}
	big := bytes.Repeat([]byte("x"), 1<<20)
	for range 8 {
		pub.Publish([][]byte{[]byte("t"), big})
	}
	go pub.Close()
	for range 8 {
		if m, err := sub.Recv(); err != nil || len(m.Frames) != 2 || len(m.Frames[1]) != len(big) {
			t.Fatalf("a message is lost: %v", err)
		}
	}
}
