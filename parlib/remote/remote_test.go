package remote

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is far beyond what is normal, so that only a hang fails.
const patience = 30 * time.Second

type point struct{ X, Y int }

// counter is an object with methods of all forms.
type counter struct {
	mu    sync.Mutex
	n     int
	begun chan struct{}
	ended chan error
}

func (c *counter) Add(n int) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n < 0 {
		return 0, errors.New("it only counts up")
	}
	c.n += n
	return c.n, nil
}
func (c *counter) Value() int { c.mu.Lock(); defer c.mu.Unlock(); return c.n }
func (c *counter) Reset()     { c.mu.Lock(); defer c.mu.Unlock(); c.n = 0 }
func (c *counter) Sum(list []int, p *point) (point, error) {
	for _, n := range list {
		p.X += n
	}
	return *p, nil
}
func (c *counter) Panic() error { panic("clumsy") }
func (c *counter) Wait(ctx context.Context) error {
	c.begun <- struct{}{}
	<-ctx.Done()
	c.ended <- context.Cause(ctx)
	return ctx.Err()
}
func (c *counter) Callback(func())      {}
func (c *counter) Many() (int, int)     { return 1, 2 }
func (c *counter) Variadic(list ...int) {}

func serve(t *testing.T) (*Server, *counter) {
	t.Helper()
	s, err := Listen(Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	c := &counter{begun: make(chan struct{}, 1), ended: make(chan error, 1)}
	if err := s.Register("counter", c); err != nil {
		t.Fatal(err)
	}
	return s, c
}

func dial(t *testing.T, s *Server) *Client {
	t.Helper()
	client, err := Dial(t.Context(), s.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func limit(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func TestMethodsOfAllFormsCanBeCalled(t *testing.T) {
	s, _ := serve(t)
	c, ctx := dial(t, s), limit(t)
	if n, err := Call[int](ctx, c, "counter.Add", 3); n != 3 || err != nil {
		t.Error(n, err)
	}
	if n, err := Call[int64](ctx, c, "counter.Value"); n != 3 || err != nil {
		t.Error(n, err)
	}
	if err := c.Do(ctx, "counter.Reset"); err != nil {
		t.Error(err)
	}
	if p, err := Call[point](ctx, c, "counter.Sum", []int{1, 2}, point{1, 5}); p != (point{4, 5}) || err != nil {
		t.Error(p, err)
	}
	want := []string{"counter.Add(int) (int, error)", "counter.Panic() error", "counter.Reset()", "counter.Sum([]int, *remote.point) (remote.point, error)", "counter.Value() int", "counter.Wait() error"}
	if list, err := c.Methods(ctx); err != nil || !slices.Equal(list, want) {
		t.Errorf("methods %q, %v", list, err)
	}
}

func TestManyCallAtOnce(t *testing.T) {
	s, counter := serve(t)
	clients := []*Client{dial(t, s), dial(t, s)}
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			if _, err := Call[int](limit(t), clients[i%2], "counter.Add", 1); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if counter.Value() != 100 {
		t.Errorf("counted %d", counter.Value())
	}
}

func TestStubs(t *testing.T) {
	s, _ := serve(t)
	c, ctx := dial(t, s), limit(t)
	var stub struct {
		Add   func(ctx context.Context, n int) (int, error)
		Value func(ctx context.Context) (int, error)
		Reset func(ctx context.Context) error
	}
	if err := Bind(ctx, c, "counter", &stub); err != nil {
		t.Fatal(err)
	}
	if n, err := stub.Add(ctx, 5); n != 5 || err != nil {
		t.Error(n, err)
	}
	if _, err := stub.Add(ctx, -5); err == nil || !strings.Contains(err.Error(), "counts up") {
		t.Error(err)
	}
	if err := stub.Reset(ctx); err != nil {
		t.Error(err)
	}
	if n, err := stub.Value(ctx); n != 0 || err != nil {
		t.Error(n, err)
	}
	for name, c2 := range map[string]struct {
		stub any
		want string
	}{
		"no such method": {new(struct{ Ad func(context.Context) error }), "no such method"},
		"other types": {new(struct {
			Add func(context.Context, string) (int, error)
		}), "counter.Add(int) (int, error)"},
		"no context":  {new(struct{ Reset func() error }), "context.Context first"},
		"no function": {new(struct{ Add int }), "not an exported function"},
		"no struct":   {new(int), "pointer to a struct"},
		"nothing":     {nil, "pointer to a struct"},
	} {
		if err := Bind(ctx, c, "counter", c2.stub); err == nil || !strings.Contains(err.Error(), c2.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestErrorsSayWhatIsWrong(t *testing.T) {
	s, _ := serve(t)
	c, ctx := dial(t, s), limit(t)
	over, cancel := context.WithCancel(ctx)
	cancel()
	for _, e := range []struct {
		name string
		err  func() error
		want string
	}{
		{"unknown", func() error { return c.Do(ctx, "counter.Ad") }, "counter.Add(int) (int, error)"},
		{"of the method", func() error { return c.Do(ctx, "counter.Add", -1) }, "it only counts up"},
		{"panic", func() error { return c.Do(ctx, "counter.Panic") }, "panic: clumsy"},
		{"number of arguments", func() error { return c.Do(ctx, "counter.Add") }, "takes 1 arguments"},
		{"type of argument", func() error { return c.Do(ctx, "counter.Add", "x") }, "argument 1 is not a int"},
		{"nil", func() error { return c.Do(ctx, "counter.Add", nil) }, "argument 1 is nil"},
		{"cannot be sent", func() error { return c.Do(ctx, "counter.Add", make(chan int)) }, "chan int"},
		{"type of result", func() error { _, err := Call[string](ctx, c, "counter.Value"); return err }, "not a string"},
		{"no result", func() error { _, err := Call[string](ctx, c, "counter.Reset"); return err }, "no result"},
		{"over", func() error { return c.Do(over, "counter.Reset") }, "canceled"},
		{"no context", func() error { return c.Do(nil, "counter.Reset") }, "nil"},
	} {
		t.Run(e.name, func(t *testing.T) {
			if err := e.err(); err == nil || !strings.Contains(err.Error(), e.want) || !strings.HasPrefix(err.Error(), "remote: counter.") {
				t.Errorf("%v; want it to contain %q", err, e.want)
			}
		})
	}
	if !errors.Is(c.Do(ctx, "x.Y"), ErrNoMethod) {
		t.Error("it is not ErrNoMethod")
	}
	if n, err := Call[int](ctx, c, "counter.Value"); n != 0 || err != nil { // the server is still there
		t.Error(n, err)
	}
}

func TestTheMethodsContextEndsWithTheCallers(t *testing.T) {
	s, counter := serve(t)
	c := dial(t, s)
	ctx, cancel := context.WithCancel(limit(t))
	done := make(chan error)
	go func() { done <- c.Do(ctx, "counter.Wait") }()
	<-counter.begun
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	<-counter.ended
	if _, err := Call[int](limit(t), c, "counter.Value"); err != nil { // the connection is still good
		t.Error(err)
	}
}

func TestALostConnectionIsAnErrorOnBothSides(t *testing.T) {
	for name, lose := range map[string]func(*Server, *Client){
		"server closed": func(s *Server, _ *Client) { s.Close() },
		"client closed": func(_ *Server, c *Client) { c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			s, counter := serve(t)
			c := dial(t, s)
			done := make(chan error)
			go func() { done <- c.Do(limit(t), "counter.Wait") }()
			<-counter.begun
			lose(s, c)
			if err := <-done; !errors.Is(err, ErrLost) {
				t.Error(err)
			}
			<-counter.ended
			if err := c.Do(limit(t), "counter.Reset"); !errors.Is(err, ErrLost) {
				t.Errorf("the next call: %v", err)
			}
		})
	}
}

func TestStrangersAreNotWelcome(t *testing.T) {
	s, _ := serve(t)
	_, addr, _ := strings.Cut(s.URL(), "@")
	for _, url := range []string{"tcp://wrong@" + addr, "tcp://@" + addr, "tcp://" + strings.Repeat("x", 1<<16) + "@" + addr} {
		if c, err := Dial(limit(t), url); !errors.Is(err, ErrLost) {
			t.Errorf("%.40s: %v", url, err)
			c.Close()
		}
	}
	conn, err := net.Dial("tcp", addr) // says nothing; Close of the server ends that
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
}

func TestBadInputIsAnError(t *testing.T) {
	s, _ := serve(t)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // a server that never answers
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	soon, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for _, c := range []struct {
		name string
		err  func() error
		want string
	}{
		{"address", func() error { _, err := Listen(Options{Addr: "127.0.0.1"}); return err }, "127.0.0.1"},
		{"open to all", func() error { _, err := Listen(Options{Addr: ":0"}); return err }, "Token"},
		{"token", func() error { _, err := Listen(Options{Token: "a\nb"}); return err }, "Token"},
		{"name", func() error { return s.Register("a.b", &counter{}) }, `"a.b"`},
		{"no object", func() error { return s.Register("x", nil) }, "nil"},
		{"no methods", func() error { return s.Register("x", 5) }, "int"},
		{"no pointer", func() error { return s.Register("x", struct{}{}) }, "&object"},
		{"URL", func() error { _, err := Dial(t.Context(), "127.0.0.1:80"); return err }, "tcp://token@host:port"},
		{"nobody answers", func() error { _, err := Dial(soon, "tcp://x@"+silent.Addr().String()); return err }, "deadline"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.err(); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "remote: ") {
				t.Errorf("%v; want it to contain %q", err, c.want)
			}
		})
	}
}
