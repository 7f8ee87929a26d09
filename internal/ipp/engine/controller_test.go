package engine

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wait is how long a test waits for anything.
const wait = 20 * time.Second

// controller is as much of one as a single engine needs: the test is its only client, and sees every message.
type controller struct {
	t       *testing.T
	codec   *wire.Codec
	file    protocol.EngineFile
	routers map[string]*wire.Router
	pings   *wire.Publisher
	outputs *wire.Collector
	sockets []io.Closer
	ended   chan error // what Run returned
	uuid    string
}

const key = "secret"

func listen(t *testing.T) (net.Listener, int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l, l.Addr().(*net.TCPAddr).Port
}

// newController listens at all sockets.
func newController(t *testing.T) *controller {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	c := &controller{t: t, routers: map[string]*wire.Router{}, ended: make(chan error, 1)}
	c.file.Base = protocol.Base{Interface: "tcp://127.0.0.1", Key: key, Scheme: "hmac-sha256", Pack: "json", Unpack: "json"}
	c.file.Broadcast = make([]int, 1)
	ports := map[string]*int{
		"registration": &c.file.Registration, "control": &c.file.Control, "mux": &c.file.Mux, "task": &c.file.Task,
		"broadcast": &c.file.Broadcast[0], "pong": &c.file.Pong,
	}
	for name, port := range ports {
		var l net.Listener
		l, *port = listen(t)
		c.routers[name] = wire.NewRouter(l, log)
		c.sockets = append(c.sockets, c.routers[name])
	}
	var l net.Listener
	l, c.file.Ping = listen(t)
	c.pings = wire.NewPublisher(l, log, func(string) [][][]byte { return [][][]byte{{[]byte("1.5")}} })
	c.sockets = append(c.sockets, c.pings)
	l, c.file.IOPub = listen(t)
	c.outputs = wire.NewCollector(l, log)
	c.sockets = append(c.sockets, c.outputs)
	codec, err := wire.NewCodec("hmac-sha256", key, "client")
	if err != nil {
		t.Fatal(err)
	}
	c.codec = codec
	t.Cleanup(c.close)
	return c
}

func (c *controller) close() {
	for _, s := range c.sockets {
		s.Close()
	}
	c.sockets = nil
}

// start runs an engine and registers it as number 7.
func start(t *testing.T, x Executor, change ...func(*Config)) *controller {
	t.Helper()
	return startWithPeriod(t, time.Second, x, change...)
}

// startWithPeriod announces pings in a period, of which only the first ever comes.
func startWithPeriod(t *testing.T, period time.Duration, x Executor, change ...func(*Config)) *controller {
	t.Helper()
	c := newController(t)
	config := Config{File: c.file, Executor: x, JoinTime: wait}
	for _, f := range change {
		f(&config)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.ended <- Run(ctx, config)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	ask := c.next("registration")
	if ask.Header.Type != "registration_request" {
		t.Fatalf("the engine begins with %s", ask.Header.Type)
	}
	var content protocol.RegistrationRequest
	c.read(ask.Content, &content)
	if content.UUID != string(ask.Idents[0]) || content.UUID != ask.Header.Session {
		t.Errorf("uuid %q, identity %q, session %q: all should be the same", content.UUID, ask.Idents[0], ask.Header.Session)
	}
	c.uuid = content.UUID
	c.send("registration", "registration_reply", ask.Raw, nil, protocol.RegistrationReply{Status: "ok", ID: 7, Period: int(period.Milliseconds())}, nil)
	return c
}

// send sends to the engine. Idents are those that the engine has to return.
func (c *controller) send(socket, kind string, parent json.RawMessage, metadata, content any, buffers [][]byte) string {
	c.t.Helper()
	m, err := c.codec.New(kind, parent, content)
	if err != nil {
		c.t.Fatal(err)
	}
	if metadata != nil {
		if m.Metadata, err = json.Marshal(metadata); err != nil {
			c.t.Fatal(err)
		}
	}
	m.Idents, m.Buffers = [][]byte{[]byte(c.uuid)}, buffers
	if socket != "registration" {
		m.Idents = append(m.Idents, []byte("client"))
	}
	frames, err := c.codec.Encode(m)
	if err != nil {
		c.t.Fatal(err)
	}
	for until := time.Now().Add(wait); !c.routers[socket].Send(frames); { // the engine may know of the connection first
		if time.Now().After(until) {
			c.t.Fatalf("the engine is not connected to %s", socket)
		}
		time.Sleep(time.Millisecond)
	}
	return m.Header.ID
}

// ask sends a request without metadata.
func (c *controller) ask(socket, kind string, content any, buffers ...[]byte) string {
	c.t.Helper()
	return c.send(socket, kind, nil, nil, content, buffers)
}

// beating waits for the first beat: by then the engine is connected everywhere.
func (c *controller) beating() *controller {
	c.t.Helper()
	frames := c.take(c.routers["pong"].Messages())
	if string(frames[0]) != c.uuid || string(frames[1]) != "1.5" {
		c.t.Errorf("the heart says %q", frames)
	}
	return c
}

func (c *controller) take(from <-chan [][]byte) [][]byte {
	c.t.Helper()
	select {
	case frames := <-from:
		return frames
	case err := <-c.ended:
		c.ended <- err
		c.t.Fatalf("no message came, and the engine ended: %v", err)
		return nil
	case <-time.After(wait):
		c.t.Fatal("no message came")
		return nil
	}
}

func (c *controller) decode(frames [][]byte) wire.Message {
	c.t.Helper()
	m, err := c.codec.Decode(frames)
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

func (c *controller) next(socket string) wire.Message {
	c.t.Helper()
	return c.decode(c.take(c.routers[socket].Messages()))
}

func (c *controller) read(text json.RawMessage, to any) {
	c.t.Helper()
	if err := json.Unmarshal(text, to); err != nil {
		c.t.Fatalf("%v in %s", err, text)
	}
}

// fields are the content or metadata of a message.
type fields = map[string]any

func (c *controller) fields(text json.RawMessage) fields {
	c.t.Helper()
	var f fields
	c.read(text, &f)
	return f
}

// reply is the answer at a socket to the request id: its content and the whole message.
func (c *controller) reply(socket, id string) (fields, wire.Message) {
	c.t.Helper()
	m := c.next(socket)
	if parent := c.fields(m.Parent)["msg_id"]; parent != id {
		c.t.Fatalf("the answer is to %v, not to %v", parent, id)
	}
	if len(m.Idents) != 2 || string(m.Idents[1]) != "client" {
		c.t.Errorf("the answer goes to %q", m.Idents)
	}
	return c.fields(m.Content), m
}

// untilIdle is what the engine publishes for a request: topics, kinds, and text where there is any.
func (c *controller) untilIdle(id string) (all []string) {
	c.t.Helper()
	for {
		m := c.decode(c.take(c.outputs.Messages()))
		content := c.fields(m.Content)
		if c.fields(m.Parent)["msg_id"] != id {
			continue
		}
		line := string(m.Idents[0]) + " " + m.Header.Type
		for _, key := range []string{"execution_state", "text", "code", "evalue"} {
			if v, ok := content[key].(string); ok {
				line += " " + v
			}
		}
		all = append(all, line)
		if content["execution_state"] == "idle" {
			return all
		}
	}
}

// end waits until Run has returned.
func (c *controller) end() error {
	c.t.Helper()
	select {
	case err := <-c.ended:
		return err
	case <-time.After(wait):
		c.t.Fatal("the engine does not end")
		return nil
	}
}
