package taskq

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/warren-go/warren/parlib/taskq/broker"
	"github.com/warren-go/warren/parlib/taskq/internal/bus"
)

func TestMain(m *testing.M) {
	becomeOther()
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for what must happen: far beyond what is normal, so that only a hang fails.
const patience = 90 * time.Second

func limit(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// openQueue opens a queue in a broker of its own, if no other is named.
func openQueue(t testing.TB, opts Options) *Queue {
	t.Helper()
	if opts.URL == "" && opts.Broker == nil && opts.Dir == "" {
		opts.Broker = startBroker(t, t.TempDir())
	}
	q := must[*Queue](t)(Open(limit(t), opts))
	t.Cleanup(func() {
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	})
	return q
}

func startBroker(t testing.TB, dir string) *broker.Broker {
	t.Helper()
	b := must[*broker.Broker](t)(broker.Start(broker.Options{Dir: dir}))
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func must[T any](t testing.TB) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func get[T any](t testing.TB, r *Result[T]) T {
	t.Helper()
	return must[T](t)(r.Get(limit(t)))
}

type pair struct{ A, B int }

func add(_ context.Context, p pair) (int, error) { return p.A + p.B, nil }

func square(_ context.Context, n int) (int, error) { return n * n, nil }

func sum(_ context.Context, list []int) (total int, err error) {
	for _, n := range list {
		total += n
	}
	return total, nil
}

// until waits until a condition holds.
func until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it did not come to this: %s", what)
		}
	}
}

func TestTasksRunAndGiveTheirResults(t *testing.T) {
	q := openQueue(t, Options{})
	task := Define(q, "add", add)
	must[*Worker](t)(q.Work(t.Context(), 4))
	var results []*Result[int]
	for i := range 50 {
		results = append(results, must[*Result[int]](t)(task.Submit(t.Context(), pair{i, 1})))
	}
	for i, r := range results {
		if got := get(t, r); got != i+1 {
			t.Errorf("task %d gave %d", i, got)
		}
	}
	info := must[Info](t)(results[0].Info(t.Context()))
	if info.Status != Done || info.Attempt != 1 || info.Failures != 0 || info.Task != "add" || info.Progress != 1 {
		t.Errorf("info: %+v", info)
	}
	if list := must[[]Info](t)(q.List(t.Context(), Done)); len(list) != 50 {
		t.Errorf("%d tasks are done", len(list))
	}
}

func TestOneIDRunsOnce(t *testing.T) {
	q := openQueue(t, Options{})
	var runs atomic.Int32
	task := Define(q, "count", func(_ context.Context, n int) (int, error) { runs.Add(1); return n, nil })
	must[*Worker](t)(q.Work(t.Context(), 4))
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if r, err := task.Submit(t.Context(), 7, ID("once")); err != nil {
				t.Error(err)
			} else if n, err := r.Get(limit(t)); n != 7 || err != nil {
				t.Error(n, err)
			}
		})
	}
	wg.Wait()
	if runs.Load() != 1 {
		t.Errorf("it ran %d times", runs.Load())
	}
	if _, err := task.Submit(t.Context(), 8, ID("once")); err == nil || !strings.Contains(err.Error(), "other work") {
		t.Errorf("another input under the same ID: %v", err)
	}
	if err := q.Forget(t.Context(), "once"); err != nil {
		t.Fatal(err)
	}
	if n := get(t, must[*Result[int]](t)(task.Submit(t.Context(), 8, ID("once")))); n != 8 || runs.Load() != 2 {
		t.Errorf("after Forget: %d, ran %d times", n, runs.Load())
	}
}

func TestDuplicateMessagesRunNothingTwice(t *testing.T) {
	q := openQueue(t, Options{})
	var runs atomic.Int32
	task := Define(q, "count", func(_ context.Context, n int) (int, error) { runs.Add(1); time.Sleep(time.Millisecond); return n, nil })
	end := Define(q, "end", square)
	var results []*Result[int]
	for i := range 10 {
		r := must[*Result[int]](t)(task.Submit(t.Context(), i))
		results = append(results, r)
		for range 2 {
			if err := q.bus.Publish(t.Context(), "count", "", []byte(r.ID())); err != nil {
				t.Fatal(err)
			}
		}
	}
	must[*Worker](t)(q.Work(t.Context(), 4))
	for _, r := range results {
		get(t, r)
	}
	get(t, must[*Result[int]](t)(end.Submit(t.Context(), 1)))
	until(t, "no message is left", func() bool {
		info, err := q.bus.(*bus.NATS).Stream.Info(t.Context())
		return err == nil && info.State.Msgs == 0
	})
	if runs.Load() != 10 {
		t.Errorf("10 tasks ran %d times", runs.Load())
	}
}

func TestFailuresAreTriedAgainAsOftenAsAsked(t *testing.T) {
	q := openQueue(t, Options{})
	var mu sync.Mutex
	runs := map[string]int{}
	task := Define(q, "shaky", func(ctx context.Context, fails int) (int, error) {
		info, _ := Current(ctx)
		mu.Lock()
		runs[info.ID]++
		n := runs[info.ID]
		mu.Unlock()
		if n != info.Attempt {
			t.Errorf("ID %s: run %d is called attempt %d", info.ID, n, info.Attempt)
		}
		switch {
		case fails < 0:
			return 0, Permanent(errors.New("hopeless"))
		case fails == 100:
			panic("clumsy")
		case n <= fails:
			return 0, fmt.Errorf("failure %d", n)
		}
		return n, nil
	})
	must[*Worker](t)(q.Work(t.Context(), 4))
	for _, c := range []struct {
		name       string
		fails      int
		retry      Option
		runs       int
		want       string // part of the error
		afterwards Status
	}{
		{"mended", 2, Retry(3, time.Millisecond), 3, "", Done},
		{"once-too-often", 3, Retry(2, time.Millisecond), 3, "failure 3", Dead},
		{"no-retry", 1, nil, 1, "failure 1", Dead},
		{"permanent", -1, Retry(5, time.Millisecond), 1, "hopeless", Dead},
		{"panic", 100, Retry(1, 0), 2, "panic: clumsy", Dead},
	} {
		t.Run(c.name, func(t *testing.T) {
			opts := []Option{ID(c.name)}
			if c.retry != nil {
				opts = append(opts, c.retry)
			}
			r := must[*Result[int]](t)(task.Submit(t.Context(), c.fails, opts...))
			_, err := r.Get(limit(t))
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v; want %q", err, c.want)
			}
			var said *Error
			if err != nil && (!errors.As(err, &said) || said.Task != "shaky" || said.ID != c.name || said.Attempt != c.runs) {
				t.Errorf("the error does not say which task it was: %#v", err)
			}
			info := must[Info](t)(r.Info(t.Context()))
			mu.Lock()
			defer mu.Unlock()
			if runs[c.name] != c.runs || info.Status != c.afterwards {
				t.Errorf("%d runs, %s; want %d, %s", runs[c.name], info.Status, c.runs, c.afterwards)
			}
		})
	}
	if dead := must[[]Info](t)(q.List(t.Context(), Dead)); len(dead) != 4 {
		t.Errorf("the dead letters are %v", dead)
	}
}

func TestDelaysDouble(t *testing.T) {
	p := policy{Backoff: time.Second}
	for failures, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 100: time.Hour} {
		if got := p.delay(failures); got != want {
			t.Errorf("after %d failures %v; want %v", failures, got, want)
		}
	}
	if got := (policy{Backoff: 3 * time.Hour}).delay(4); got != 3*time.Hour {
		t.Errorf("a delay above the limit became %v", got)
	}
}

func TestAnAttemptThatTakesTooLongHasFailed(t *testing.T) {
	q := openQueue(t, Options{})
	task := Define(q, "slow", func(ctx context.Context, _ int) (int, error) {
		if info, _ := Current(ctx); info.Attempt == 2 {
			return 2, nil
		}
		<-ctx.Done()
		return 0, ctx.Err()
	})
	must[*Worker](t)(q.Work(t.Context(), 1))
	r := must[*Result[int]](t)(task.Submit(t.Context(), 0, Timeout(20*time.Millisecond)))
	if _, err := r.Get(limit(t)); !errors.Is(err, ErrTimeout) {
		t.Errorf("error %v", err)
	}
	r = must[*Result[int]](t)(task.Submit(t.Context(), 0, Timeout(20*time.Millisecond), Retry(1, 0)))
	if n := get(t, r); n != 2 {
		t.Errorf("the attempt that counts is %d", n)
	}
}

func TestADelayedTaskIsNotBegunBefore(t *testing.T) {
	q := openQueue(t, Options{})
	task := Define(q, "when", func(context.Context, int) (time.Time, error) { return time.Now(), nil })
	must[*Worker](t)(q.Work(t.Context(), 1))
	for name, opt := range map[string]func(time.Time) Option{
		"delay": func(time.Time) Option { return Delay(300 * time.Millisecond) },
		"at":    func(now time.Time) Option { return At(now.Add(300 * time.Millisecond)) },
	} {
		now := time.Now()
		if begun := get(t, must[*Result[time.Time]](t)(task.Submit(t.Context(), 0, opt(now)))); begun.Before(now.Add(300 * time.Millisecond)) {
			t.Errorf("%s: begun %v too soon", name, now.Add(300*time.Millisecond).Sub(begun))
		}
	}
}

func TestWorkflows(t *testing.T) {
	q := openQueue(t, Options{})
	adding, squaring, summing := Define(q, "add", add), Define(q, "square", square), Define(q, "sum", sum)
	failing := Define(q, "fail", func(context.Context, int) (int, error) { return 0, errors.New("on purpose") })
	must[*Worker](t)(q.Work(t.Context(), 3))
	var members []Signature[int]
	for i := range 20 {
		members = append(members, Then(adding.With(pair{i, 1}), squaring))
	}
	chain := Then(Then(adding.With(pair{1, 2}), squaring), squaring)
	if n := get(t, must[*Result[int]](t)(chain.Submit(t.Context(), ID("chain")))); n != 81 {
		t.Errorf("the chain gave %d", n)
	}
	if info := must[Info](t)(q.Info(t.Context(), "chain.0.0")); info.Task != "add" || info.Status != Done {
		t.Errorf("the chain's first: %+v", info)
	}
	group := get(t, must[*Result[[]int]](t)(Group(members...).Submit(t.Context())))
	for i, n := range group {
		if n != (i+1)*(i+1) {
			t.Errorf("member %d gave %d", i, n)
		}
	}
	chord := Then(Group(members...), summing)
	for range 2 { // the second time nothing runs
		if n := get(t, must[*Result[int]](t)(chord.Submit(t.Context(), ID("chord")))); n != 2870 || len(group) != 20 {
			t.Errorf("the chord gave %d", n)
		}
	}
	broken := Then(Group(adding.With(pair{1, 1}), Then(failing.With(1), squaring)), summing)
	if _, err := must[*Result[int]](t)(broken.Submit(t.Context())).Get(limit(t)); !errors.Is(err, ErrUpstream) || !strings.Contains(err.Error(), "on purpose") {
		t.Errorf("a chord of which one fails: %v", err)
	}
	if _, err := Group[int]().Submit(t.Context()); err == nil {
		t.Error("an empty group was submitted")
	}
}

func TestRevoke(t *testing.T) {
	q := openQueue(t, Options{})
	begun := make(chan struct{}, 1)
	var ran atomic.Int32
	task := Define(q, "wait", func(ctx context.Context, n int) (int, error) {
		ran.Add(1)
		begun <- struct{}{}
		<-ctx.Done()
		return 0, context.Cause(ctx)
	})
	after := Define(q, "square", square)
	queued := must[*Result[int]](t)(task.Submit(t.Context(), 1))
	if err := queued.Revoke(t.Context()); err != nil {
		t.Fatal(err)
	}
	must[*Worker](t)(q.Work(t.Context(), 1))
	running := must[*Result[int]](t)(Then(task.With(2), after).Submit(t.Context(), ID("flow")))
	<-begun
	if err := q.Revoke(t.Context(), "flow.0"); err != nil {
		t.Fatal(err)
	}
	if _, err := queued.Get(limit(t)); !errors.Is(err, ErrRevoked) {
		t.Errorf("the queued one: %v", err)
	}
	if _, err := running.Get(limit(t)); !errors.Is(err, ErrUpstream) {
		t.Errorf("what waited for the running one: %v", err)
	}
	if n := get(t, must[*Result[int]](t)(after.Submit(t.Context(), 5))); n != 25 { // the only slot is free again
		t.Errorf("the next gave %d", n)
	}
	if ran.Load() != 1 {
		t.Errorf("%d handlers ran", ran.Load())
	}
	if err := q.Requeue(t.Context(), queued.ID()); err != nil {
		t.Fatal(err)
	}
	<-begun
	if err := queued.Revoke(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestProgressIsSeen(t *testing.T) {
	q := openQueue(t, Options{})
	said, goOn := make(chan error), make(chan struct{})
	task := Define(q, "long", func(ctx context.Context, n int) (int, error) {
		said <- Progress(ctx, 0.5, "half-way")
		<-goOn
		if Progress(ctx, 1.5, "") == nil {
			t.Error("a progress of 1.5 was taken")
		}
		return n, Progress(ctx, 0.75, "nearly")
	})
	must[*Worker](t)(q.Work(t.Context(), 1))
	r := must[*Result[int]](t)(task.Submit(t.Context(), 3))
	if err := <-said; err != nil {
		t.Fatal(err)
	}
	if info := must[Info](t)(r.Info(t.Context())); info.Status != Running || info.Progress != 0.5 || info.Note != "half-way" {
		t.Errorf("info: %+v", info)
	}
	close(goOn)
	if n := get(t, r); n != 3 {
		t.Errorf("result %d", n)
	}
	if Progress(t.Context(), 0, "") == nil {
		t.Error("progress without a task")
	}
}

func TestAQueueKeepsItsTasks(t *testing.T) {
	dir := t.TempDir()
	b := startBroker(t, dir)
	q := must[*Queue](t)(Open(limit(t), Options{Broker: b, Lease: time.Second}))
	begun := make(chan struct{})
	task := Define(q, "add", func(ctx context.Context, p pair) (int, error) {
		if p.A == 0 {
			close(begun)
			<-ctx.Done()
			return 0, context.Cause(ctx)
		}
		return add(ctx, p)
	})
	var ids []string
	for i := range 10 {
		ids = append(ids, must[*Result[int]](t)(task.Submit(t.Context(), pair{i, 1})).ID())
	}
	must[*Worker](t)(q.Work(t.Context(), 1))
	<-begun // the first hangs in this worker, and goes back when it closes
	if err := errors.Join(q.Close(), b.Close()); err != nil {
		t.Fatal(err)
	}
	q = openQueue(t, Options{Broker: startBroker(t, dir), Lease: time.Second})
	Define(q, "add", add)
	must[*Worker](t)(q.Work(t.Context(), 2))
	for i, id := range ids {
		if n := get(t, Find[int](q, id)); n != i+1 {
			t.Errorf("task %d gave %d", i, n)
		}
	}
	if info := must[Info](t)(q.Info(t.Context(), ids[0])); info.Failures != 0 || info.Losses != 0 || info.Attempt != 2 {
		t.Errorf("what went back: %+v", info)
	}
}

func TestConcurrencyIsLimited(t *testing.T) {
	q := openQueue(t, Options{})
	var now, peak atomic.Int32
	run := func(_ context.Context, n int) (int, error) {
		for p, at := peak.Load(), now.Add(1); at > p && !peak.CompareAndSwap(p, at); p = peak.Load() {
		}
		time.Sleep(time.Millisecond)
		now.Add(-1)
		return n, nil
	}
	kinds := []*Task[int, int]{Define(q, "a", run), Define(q, "b", run)}
	must[*Worker](t)(q.Work(t.Context(), 3))
	kinds = append(kinds, Define(q, "late", run))
	var results []*Result[int]
	for i := range 60 {
		results = append(results, must[*Result[int]](t)(kinds[i%3].Submit(t.Context(), i)))
	}
	for _, r := range results {
		get(t, r)
	}
	if peak.Load() > 3 {
		t.Errorf("%d ran at once", peak.Load())
	}
}

func TestWaitingEnds(t *testing.T) {
	q := openQueue(t, Options{})
	task := Define[int, int](q, "nobody", nil)
	r := must[*Result[int]](t)(task.Submit(t.Context(), 1))
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	time.AfterFunc(20*time.Millisecond, func() { cancel(cause) })
	if _, err := r.Get(ctx); !errors.Is(err, cause) {
		t.Errorf("the context ended: %v", err)
	}
	time.AfterFunc(20*time.Millisecond, func() { q.Close() })
	if _, err := r.Get(t.Context()); !errors.Is(err, ErrClosed) {
		t.Errorf("the queue was closed: %v", err)
	}
	if _, err := task.Submit(t.Context(), 1); !errors.Is(err, ErrClosed) {
		t.Errorf("Submit to a closed queue: %v", err)
	}
	if _, err := q.Work(t.Context(), 1); !errors.Is(err, ErrClosed) {
		t.Errorf("Work on a closed queue: %v", err)
	}
}

func TestBadInputIsAnErrorThatNamesTheValue(t *testing.T) {
	q := openQueue(t, Options{})
	task := Define(q, "add", add)
	must[*Worker](t)(q.Work(t.Context(), 1))
	open := func(opts Options) func() error {
		return func() error {
			q, err := Open(t.Context(), opts)
			if err == nil {
				q.Close()
			}
			return err
		}
	}
	submit := func(task *Task[pair, int], opts ...Option) func() error {
		return func() error { _, err := task.Submit(t.Context(), pair{}, opts...); return err }
	}
	soon, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	for _, c := range []struct {
		name string
		err  func() error
		want string
	}{
		{"queue name", open(Options{Name: "a b"}), `"a b"`},
		{"lease", open(Options{Lease: time.Millisecond}), "1ms"},
		{"URL and folder", open(Options{URL: "nats://127.0.0.1:1", Dir: "x"}), "for the broker of a notebook"},
		{"URL and broker", open(Options{URL: "nats://127.0.0.1:1", Broker: new(broker.Broker)}), "a URL and a Broker"},
		{"no broker", open(Options{}), "broker.Start"},
		{"a broker that did not start", open(Options{Broker: (*broker.Broker)(nil)}), "the error of broker.Start"},
		{"nobody there", func() error { _, err := Open(soon, Options{URL: "nats://secret@127.0.0.1:1"}); return err }, "broker at 127.0.0.1:1"},
		{"task name", submit(Define(q, "a.b", add)), `"a.b"`},
		{"retries", submit(task, Retry(-1, 0)), "Retry(-1"},
		{"time-out", submit(task, Timeout(0)), "Timeout(0s)"},
		{"ID", submit(task, ID("a.b")), `"a.b"`},
		{"size", func() error {
			_, err := Define(q, "text", func(_ context.Context, s string) (int, error) { return len(s), nil }).Submit(t.Context(), strings.Repeat("x", 2<<20))
			return err
		}, "2097154 bytes"},
		{"workers", func() error { _, err := q.Work(t.Context(), 0); return err }, "at once is 0"},
		{"unknown", func() error { _, err := Find[int](q, "nothing").Get(t.Context()); return err }, "no such task"},
		{"no ID", func() error { _, err := q.Info(t.Context(), "a.*"); return err }, `"a.*"`},
		{"forget a stranger", func() error { return q.Forget(t.Context(), "nothing") }, "no such task"},
		{"wrong type", func() error {
			r, _ := task.Submit(t.Context(), pair{1, 2})
			_, err := Find[string](q, r.ID()).Get(limit(t))
			return err
		}, "not a string"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.err()
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "taskq: ") || strings.Contains(err.Error(), "secret") {
				t.Errorf("%v; want it to contain %q", err, c.want)
			}
		})
	}
}

func TestAResultThatIsTooLargeIsAnError(t *testing.T) {
	q := openQueue(t, Options{})
	task := Define(q, "blow", func(_ context.Context, n int) (string, error) { return strings.Repeat("x", n), nil })
	must[*Worker](t)(q.Work(t.Context(), 2))
	if _, err := must[*Result[string]](t)(task.Submit(t.Context(), 2<<20)).Get(limit(t)); err == nil || !strings.Contains(err.Error(), "file") {
		t.Errorf("one: %v", err)
	}
	if _, err := must[*Result[[]string]](t)(Group(task.With(600<<10), task.With(600<<10)).Submit(t.Context())).Get(limit(t)); !errors.Is(err, ErrUpstream) || !strings.Contains(err.Error(), "file") {
		t.Errorf("a group: %v", err)
	}
}

func TestHeedlessHandlersAreNamed(t *testing.T) {
	q := openQueue(t, Options{})
	begun, end := make(chan struct{}), make(chan struct{})
	defer close(end)
	task := Define(q, "deaf", func(context.Context, int) (int, error) { close(begun); <-end; return 0, nil })
	w := must[*Worker](t)(q.Work(t.Context(), 1))
	r := must[*Result[int]](t)(task.Submit(t.Context(), 1))
	<-begun
	if err := w.Close(); err == nil || !strings.Contains(err.Error(), "deaf (ID "+r.ID()) {
		t.Errorf("Close: %v", err)
	}
}

func TestIDs(t *testing.T) {
	for id, want := range map[string]bool{"a": true, "a.0": true, "a.0.12": true, "": false, "a.": false, "a..1": false, "a.b": false, "a.*": false, ".0": false, "a b": false} {
		if validKey.MatchString(id) != want {
			t.Errorf("%q: %v", id, !want)
		}
	}
	if ids := (&node{task: "x", parents: []*node{{}, {parents: []*node{{}}}}}).plan("j", time.Now()); !slices.EqualFunc(ids, []string{"j", "j.0", "j.1", "j.1.0"}, func(p planned, id string) bool { return p.id == id && validKey.MatchString(id) }) {
		t.Errorf("planned: %v", ids)
	}
}
