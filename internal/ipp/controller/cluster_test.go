package controller

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	ippengine "github.com/warren-go/warren/internal/ipp/engine"
	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/wire"
)

// wait is how long a test waits for anything.
const wait = 20 * time.Second

type fields = map[string]any

// cluster is a controller and its engines.
type cluster struct {
	*Controller
	t       testing.TB
	engines []*testEngine
}

func start(t testing.TB, change ...func(*Options)) *cluster {
	t.Helper()
	var o Options
	for _, f := range change {
		f(&o)
	}
	c, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &cluster{Controller: c, t: t}
}

// testEngine runs in this process. Its code is a word that says what to do, and what to do it with.
type testEngine struct {
	id      int
	started chan string   // code that begins to run and then waits
	release chan struct{} // lets it end
	kill    context.CancelFunc
	ended   chan error
}

func (c *cluster) engine(change ...func(*ippengine.Config)) *testEngine {
	c.t.Helper()
	ctx, kill := context.WithCancel(context.Background())
	e := &testEngine{started: make(chan string, 1000), release: make(chan struct{}), kill: kill, ended: make(chan error, 1)}
	joined := make(chan int, 1)
	config := ippengine.Config{File: c.EngineInfo(), Executor: e, JoinTime: wait, Joined: func(id int) { joined <- id }}
	for _, f := range change {
		f(&config)
	}
	go func() { e.ended <- ippengine.Run(ctx, config) }()
	c.t.Cleanup(func() {
		kill()
		e.ended <- <-e.ended
	})
	select {
	case e.id = <-joined:
	case err := <-e.ended:
		e.ended <- err
		c.t.Fatal(err)
	}
	c.until("the engine is registered", func() bool {
		own := c.registry.byID[e.id]
		return own != nil && own.state == serving
	})
	c.engines = append(c.engines, e)
	return e
}

// until waits until something is so. f has the controller's lock.
func (c *cluster) until(what string, f func() bool) {
	c.t.Helper()
	for end := time.Now().Add(wait); ; time.Sleep(time.Millisecond) {
		c.mu.Lock()
		is := f()
		c.mu.Unlock()
		if is {
			return
		}
		if time.Now().After(end) {
			c.t.Fatalf("not yet: %s", what)
		}
	}
}

func (c *cluster) uuid(id int) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.registry.byID[id]; e != nil {
		return e.uuid
	}
	return ""
}

func (e *testEngine) Execute(ctx context.Context, code string, out *ippengine.Output) (*ippengine.Result, error) {
	word, rest, _ := strings.Cut(code, " ")
	switch word {
	case "print":
		_, err := fmt.Fprint(out.Stdout(), rest)
		return nil, err
	case "value":
		return &ippengine.Result{Data: map[string]any{"text/plain": rest}}, nil
	case "fail":
		return nil, &ippengine.Failure{Name: "Bad", Value: rest, Traceback: []string{"line 1"}}
	case "unmet": // on all engines but that with the id
		if rest != strconv.Itoa(e.id) {
			return nil, ippengine.ErrUnmetDependency
		}
		return nil, nil
	case "wait":
		e.started <- rest
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-e.release:
			return nil, nil
		}
	}
	return nil, fmt.Errorf("no word %q", word)
}

// Apply gives the buffers back, in reverse.
func (e *testEngine) Apply(_ context.Context, buffers [][]byte, _ *ippengine.Output) ([][]byte, error) {
	if len(buffers) == 0 {
		return nil, errors.New("nothing to apply")
	}
	back := make([][]byte, 0, len(buffers))
	for i := range buffers {
		back = append(back, buffers[len(buffers)-1-i])
	}
	return back, nil
}

func (e *testEngine) Clear(context.Context) error { return nil }

// began waits until the engine runs a "wait".
func (e *testEngine) began(t testing.TB) string {
	t.Helper()
	select {
	case code := <-e.started:
		return code
	case <-time.After(wait):
		t.Fatalf("engine %d does not begin", e.id)
		return ""
	}
}

// client is a raw one: it sees every message.
type client struct {
	t     testing.TB
	codec *wire.Codec
	links map[string]*wire.Link
}

func (c *cluster) client() *client {
	c.t.Helper()
	return newClient(c.t, c.ClientInfo())
}

func newClient(t testing.TB, f protocol.ClientFile) *client {
	t.Helper()
	codec, err := wire.NewCodec(f.Scheme, f.Key, "client")
	if err != nil {
		t.Fatal(err)
	}
	k := &client{t: t, codec: codec, links: map[string]*wire.Link{}}
	t.Cleanup(k.close)
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	hold := func(name string, l *wire.Link, err error) {
		if err != nil {
			t.Fatal(name, err)
		}
		k.links[name] = l
	}
	ports := map[string]int{"hub": f.Registration, "mux": f.Mux, "control": f.Control, "broadcast": f.Broadcast, "task": f.Task}
	for name, port := range ports {
		l, err := wire.DialDealer(ctx, f.Address(port), "")
		hold(name, l, err)
	}
	for name, port := range map[string]int{"iopub": f.IOPub, "notification": f.Notification} {
		l, err := wire.DialSubscriber(ctx, f.Address(port), "")
		hold(name, l, err)
	}
	return k
}

func (k *client) close() {
	for _, l := range k.links {
		l.Close()
	}
}

// message is one that is to be sent.
type message struct {
	to       string // a uuid, or ""
	kind     string
	metadata fields
	content  any
	buffers  [][]byte
}

func execute(code string) message {
	return message{kind: "execute_request", content: fields{"code": code, "silent": true}}
}

func (m message) on(uuid string) message {
	m.to = uuid
	return m
}

func (m message) with(metadata fields) message {
	m.metadata = metadata
	return m
}

// send returns the message's id.
func (k *client) send(link string, s message) string {
	k.t.Helper()
	m, err := k.codec.New(s.kind, nil, s.content)
	if err != nil {
		k.t.Fatal(err)
	}
	if s.metadata != nil {
		if m.Metadata, err = json.Marshal(s.metadata); err != nil {
			k.t.Fatal(err)
		}
	}
	m.Buffers = s.buffers
	if s.to != "" {
		m.Idents = [][]byte{[]byte(s.to)}
	}
	frames, err := k.codec.Encode(m)
	if err != nil {
		k.t.Fatal(err)
	}
	k.raw(link, frames)
	return m.Header.ID
}

func (k *client) raw(link string, frames [][]byte) {
	k.t.Helper()
	if err := k.links[link].Send(k.t.Context(), frames); err != nil {
		k.t.Fatal(err)
	}
}

// reply is an answer, taken apart.
type reply struct {
	kind     string
	parent   string
	content  fields
	metadata fields
	buffers  [][]byte
}

func (k *client) next(link string) reply {
	k.t.Helper()
	return k.read(k.frames(link))
}

func (k *client) frames(link string) [][]byte {
	k.t.Helper()
	select {
	case frames, ok := <-k.links[link].Messages():
		if !ok {
			k.t.Fatalf("%s: the connection has ended", link)
		}
		return frames
	case <-time.After(wait):
		k.t.Fatalf("%s: no message came", link)
		return nil
	}
}

func (k *client) read(frames [][]byte) reply {
	k.t.Helper()
	m, err := k.codec.Decode(frames)
	if err != nil {
		k.t.Fatal(err)
	}
	r := reply{kind: m.Header.Type, parent: parentID(m), buffers: m.Buffers}
	if err := errors.Join(json.Unmarshal(m.Content, &r.content), json.Unmarshal(m.Metadata, &r.metadata)); err != nil {
		k.t.Fatal(err)
	}
	return r
}

// ask sends a request and waits for its reply, which has to be the next message.
func (k *client) ask(link string, m message) reply {
	k.t.Helper()
	id := k.send(link, m)
	r := k.next(link)
	if r.parent != id {
		k.t.Fatalf("%s: the reply is to %s, not to %s: %v", link, r.parent, id, r.content)
	}
	return r
}

// failed checks that a reply is a failure.
func (r reply) failed(t testing.TB, name, text string) {
	t.Helper()
	value, _ := r.content["evalue"].(string)
	if r.content["status"] != "error" || r.content["ename"] != name || !strings.Contains(value, text) {
		t.Errorf("got %v, want %s: ...%s...", r.content, name, text)
	}
}

func (r reply) ok(t testing.TB) {
	t.Helper()
	if r.content["status"] != "ok" {
		t.Errorf("got %v", r.content)
	}
}

// quiet takes output and notices, and forgets them.
func (k *client) quiet() {
	for _, name := range []string{"iopub", "notification"} {
		go func() {
			for range k.links[name].Messages() {
			}
		}()
	}
}
