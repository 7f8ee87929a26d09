package client

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/warren-go/warren/internal/ipp/engine"
	"github.com/warren-go/warren/internal/ipp/ipptest"
	"github.com/warren-go/warren/internal/ipp/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wait is how long a test waits for anything.
const wait = 30 * time.Second

// actor is an executor whose code is one word, which says what to do, and what to do it with.
type actor struct{ began chan string }

func (a actor) Execute(ctx context.Context, code string, out *engine.Output) (*engine.Result, error) {
	word, rest, _ := strings.Cut(code, " ")
	switch word {
	case "print":
		fmt.Fprint(out.Stdout(), rest)
		return nil, nil
	case "value":
		return &engine.Result{Data: map[string]any{"text/plain": rest}}, nil
	case "wait":
		a.began <- rest
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	return nil, &engine.Failure{Name: "NameError", Value: code, Traceback: []string{"line 1"}}
}

func (a actor) Apply(ctx context.Context, buffers [][]byte, out *engine.Output) ([][]byte, error) {
	slices.Reverse(buffers)
	return buffers, nil
}

func (a actor) Clear(context.Context) error { return nil }

// cluster is a controller of Python with engines in this process.
type cluster struct {
	t      *testing.T
	dir    string
	began  chan string
	stop   []context.CancelFunc // of the engines, in the order in which they were started
	client *Client
	news   chan struct{}
}

func clientFile(dir string) string { return filepath.Join(dir, "ipcontroller-client.json") }

// newCluster has as many engines as said, and a client that knows them.
func newCluster(t *testing.T, engines int) *cluster {
	t.Helper()
	dir, _ := ipptest.Controller(t)
	return join(t, dir, engines)
}

func join(t *testing.T, dir string, engines int) *cluster {
	t.Helper()
	c := &cluster{t: t, dir: dir, began: make(chan string, 10), news: make(chan struct{}, 1)}
	until(t, "the connection files", func() bool {
		_, err := protocol.ReadClientFile(clientFile(dir))
		_, err2 := protocol.ReadEngineFile(filepath.Join(dir, "ipcontroller-engine.json"))
		return err == nil && err2 == nil
	})
	c.client = c.connect()
	for range engines {
		c.add()
	}
	return c
}

// connect makes a client that is closed with the test.
func (c *cluster) connect() *Client {
	c.t.Helper()
	f, err := protocol.ReadClientFile(clientFile(c.dir))
	if err != nil {
		c.t.Fatal(err)
	}
	client, err := Connect(c.t.Context(), f, Options{Timeout: wait, Changed: func() {
		select {
		case c.news <- struct{}{}:
		default:
		}
	}})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { client.Close() })
	return client
}

// add starts an engine and waits until the client knows it.
func (c *cluster) add() {
	c.t.Helper()
	f, err := protocol.ReadEngineFile(filepath.Join(c.dir, "ipcontroller-engine.json"))
	if err != nil {
		c.t.Fatal(err)
	}
	had := len(c.client.Engines())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = engine.Run(ctx, engine.Config{File: f, Executor: actor{c.began}})
	}()
	c.stop = append(c.stop, func() {
		cancel()
		<-done
	})
	c.t.Cleanup(c.stop[len(c.stop)-1])
	until(c.t, "the engine", func() bool { return len(c.client.Engines()) == had+1 })
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(wait); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s did not come", what)
		}
	}
}

// get is the reply to a request, of which one is expected soon.
func get(t *testing.T, f *Future) (Reply, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	defer cancel()
	r, err := f.Wait(ctx)
	if ctx.Err() != nil {
		t.Fatal("no reply came")
	}
	return r, err
}

// outputs collects output as lines.
type outputs struct {
	mu    sync.Mutex
	lines []string
}

func (o *outputs) take(out Output) {
	o.mu.Lock()
	defer o.mu.Unlock()
	line := fmt.Sprintf("%d %s", out.Engine, out.Kind)
	switch out.Kind {
	case "stream":
		line += " " + out.Name + " " + out.Text
	case "execute_result":
		line += " " + string(out.Data["text/plain"])
	case "error":
		line += " " + out.Failure.Name
	}
	o.lines = append(o.lines, line)
}

func TestRequestsReachEnginesAndRepliesReturn(t *testing.T) {
	c := newCluster(t, 2)
	engines := c.client.Engines()
	ctx := t.Context()
	one := func(code string, send func(Request) *Future) ([]string, error) {
		var out outputs
		f := send(Execute(code, false, out.take))
		_, err := get(t, f)
		f.Drain()
		out.mu.Lock()
		defer out.mu.Unlock()
		return out.lines, err
	}
	direct := func(r Request) *Future { return c.client.Direct(ctx, engines[1], r) }
	balanced := func(r Request) *Future {
		return c.client.Balanced(ctx, Task{Targets: []string{engines[0].UUID}}, r)
	}
	broadcast := func(r Request) *Future { return c.client.Broadcast(ctx, engines[1:], r)[0] }
	for _, p := range []struct {
		name, code string
		send       func(Request) *Future
		want       []string
		failure    string
	}{
		{"stream", "print hé", direct, []string{"1 execute_input", "1 stream stdout hé"}, ""},
		{"value", "value 42", direct, []string{"1 execute_input", `1 execute_result "42"`}, ""},
		{"failure", "bad", direct, []string{"1 execute_input", "1 error NameError"}, "engine 1: NameError: bad"},
		{"balanced", "print x", balanced, []string{"0 execute_input", "0 stream stdout x"}, ""},
		{"balanced failure", "bad", balanced, []string{"0 execute_input", "0 error NameError"}, "engine 0: NameError: bad"},
		{"broadcast", "print x", broadcast, []string{"1 execute_input", "1 stream stdout x"}, ""},
		{"broadcast failure", "bad", broadcast, []string{"1 execute_input", "1 error NameError"}, "engine 1: NameError: bad"},
	} {
		t.Run(p.name, func(t *testing.T) {
			lines, err := one(p.code, p.send)
			if !slices.Equal(lines, p.want) {
				t.Errorf("output %q, want %q", lines, p.want)
			}
			if text := fmt.Sprint(err); err == nil != (p.failure == "") || err != nil && text != p.failure {
				t.Errorf("error %v, want %q", err, p.failure)
			}
		})
	}
	t.Run("apply", func(t *testing.T) {
		f := c.client.Direct(ctx, engines[0], Apply([][]byte{[]byte("a"), []byte("b")}, nil))
		r, err := get(t, f)
		if err != nil || len(r.Buffers) != 2 || string(r.Buffers[0]) != "b" {
			t.Errorf("%q, %v", r.Buffers, err)
		}
		times := f.Times()
		if times.Started.IsZero() || times.Completed.Before(times.Started) || f.Engine() != engines[0] {
			t.Errorf("times %+v of %v", times, f.Engine())
		}
	})
	t.Run("control", func(t *testing.T) {
		f := c.client.Direct(ctx, engines[0], Execute("wait first", true, nil))
		<-c.began
		next := c.client.Direct(ctx, engines[0], Execute("wait second", true, nil))
		abort := protocol.AbortRequest{IDs: protocol.Strings{next.ID(), f.ID()}}
		if _, err := get(t, c.client.Control(ctx, engines[0], "abort_request", abort)); err != nil {
			t.Error(err)
		}
		for _, f := range []*Future{f, next} {
			if _, err := get(t, f); !errors.Is(err, ErrAborted) {
				t.Errorf("error %v, want %v", err, ErrAborted)
			}
		}
	})
	t.Run("what JSON cannot hold", func(t *testing.T) {
		if _, err := get(t, c.client.Direct(ctx, engines[0], Request{Type: "x", Content: func() {}})); err == nil {
			t.Error("no error")
		}
	})
}

func TestEnginesThatGoFailWhatTheyHad(t *testing.T) {
	c := newCluster(t, 2)
	e := c.client.Engines()[0]
	other := c.connect()
	f := c.client.Direct(t.Context(), e, Execute("wait here", true, func(Output) {}))
	<-c.began
	g := other.Direct(t.Context(), e, Execute("print", true, nil))
	c.stop[0]()
	for _, f := range []*Future{f, g} {
		if _, err := get(t, f); err == nil {
			t.Error("no error")
		}
	}
	select {
	case <-f.Drained():
	case <-time.After(wait):
		t.Error("its output does not end")
	}
	until(t, "the news", func() bool { return len(c.client.Engines()) == 1 && len(other.Engines()) == 1 })
	if _, err := get(t, c.client.Direct(t.Context(), e, Execute("print", true, nil))); !errors.Is(err, ErrEngineLost) {
		t.Errorf("a request to it gives %v, want %v", err, ErrEngineLost)
	}
}

func TestEndsFailRequests(t *testing.T) {
	dir, process := ipptest.Controller(t)
	c := join(t, dir, 1)
	e := c.client.Engines()[0]
	other := c.connect()
	f := other.Direct(t.Context(), e, Execute("wait 1", true, nil))
	<-c.began
	other.Close()
	if _, err := get(t, f); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
	if _, err := get(t, other.Direct(t.Context(), e, Execute("print", true, nil))); !errors.Is(err, ErrClosed) {
		t.Errorf("a request after Close: %v", err)
	}
	f = c.client.Direct(t.Context(), e, Execute("wait 2", true, nil))
	_ = syscall.Kill(-process.Pid, syscall.SIGKILL)
	if _, err := get(t, f); !errors.Is(err, ErrControllerGone) {
		t.Errorf("without controller: %v", err)
	}
	if err := c.client.Err(); !errors.Is(err, ErrControllerGone) {
		t.Errorf("the client ended with %v", err)
	}
}

func TestConnectSaysWhatIsWrong(t *testing.T) {
	dir, _ := ipptest.Controller(t)
	c := join(t, dir, 0)
	f, err := protocol.ReadClientFile(clientFile(c.dir))
	if err != nil {
		t.Fatal(err)
	}
	wrong := f
	wrong.Key = "wrong"
	scheme := f
	scheme.Scheme = "hmac-md5"
	nobody := f
	nobody.Mux = 1
	for _, p := range []struct {
		name string
		file protocol.ClientFile
		want string
	}{
		{"wrong key", wrong, "Does the connection file hold the key"},
		{"unknown scheme", scheme, "hmac-md5"},
		{"nobody listens", nobody, "Is the controller alive"},
	} {
		t.Run(p.name, func(t *testing.T) {
			c, err := Connect(t.Context(), p.file, Options{Timeout: 5 * time.Second})
			if err == nil {
				c.Close()
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), p.want) {
				t.Errorf("%v, want %q", err, p.want)
			}
		})
	}
	if _, err := protocol.ReadClientFile(filepath.Join(dir, "none.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestManyRequestsAtOnce(t *testing.T) {
	const n = 500
	c := newCluster(t, 1)
	e := c.client.Engines()[0]
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			var futures []*Future
			for j := range n {
				futures = append(futures, c.client.Direct(t.Context(), e, Apply([][]byte{fmt.Append(nil, i, j), nil}, nil)))
			}
			for j, f := range futures {
				r, err := get(t, f)
				if err != nil || string(r.Buffers[1]) != fmt.Sprint(i, j) {
					t.Errorf("%d %d: %q, %v", i, j, r.Buffers, err)
					return
				}
			}
		})
	}
	all.Wait()
}
