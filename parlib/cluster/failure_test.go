package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/warren-go/warren/internal/ipp/client"
)

// until waits for something.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(wait); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s did not come", what)
		}
	}
}

// marked is an item whose function leaves a mark in a folder.
type marked struct {
	Dir  string
	Item int
}

// mark counts the runs of an item, and takes a while.
func mark(m marked) int {
	f, err := os.OpenFile(filepath.Join(m.Dir, strconv.Itoa(m.Item)), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(f, os.Getpid())
	f.Close()
	time.Sleep(5 * time.Millisecond)
	return m.Item
}

func TestMapsOutliveEngines(t *testing.T) {
	for name, view := range map[string]func(*Cluster) View{
		"balanced": func(c *Cluster) View { return c.Balanced() }, "direct": func(c *Cluster) View { return c.Direct() },
	} {
		t.Run(name, func(t *testing.T) {
			c := startN(t, 3)
			dir := t.TempDir()
			items := make([]marked, 300)
			for i := range items {
				items[i] = marked{dir, i}
			}
			pids, err := Apply[int](within(t), c.Direct(), pid)
			if err != nil {
				t.Fatal(err)
			}
			r := MapAsync(view(c), items, mark)
			until(t, "an item", func() bool { done, _ := r.Progress(); return done > 10 })
			if err := syscall.Kill(pids[1], syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			got, err := r.Get()
			if err != nil || !slices.Equal(got, numbers(300)) {
				t.Errorf("%v, %v", got, err)
			}
			if ids := c.IDs(); !slices.Equal(ids, []int{0, 2}) {
				t.Errorf("engines %v are left", ids)
			}
		})
	}
}

// dieAt ends the engine that has the item.
func dieAt(x int) int {
	if x == 500 {
		os.Exit(3)
	}
	time.Sleep(100 * time.Microsecond)
	return x
}

func TestAnItemThatKillsEnginesIsGivenUp(t *testing.T) {
	c := startN(t, 4)
	got, err := Map(c.Balanced(), numbers(2000), dieAt)
	var all *ItemErrors
	if !errors.As(err, &all) || !errors.Is(err, ErrEngineLost) || !strings.Contains(err.Error(), "exit status 3") {
		t.Fatalf("%v", err)
	}
	if n := len(c.IDs()); n < 1 || n > 2 || len(got) != 2000 || got[1999] != 1999 {
		t.Errorf("engines %v are left", c.IDs())
	}
	for _, e := range all.Errs {
		if e.Index > 500 || e.Index+e.Count <= 500 {
			t.Errorf("items %d to %d are given up", e.Index, e.Index+e.Count-1)
		}
	}
	if err := c.RestartEngine(within(t), 0); err != nil {
		t.Error(err)
	}
	if _, err := Call[int](within(t), c.Direct(0), pid); err != nil {
		t.Errorf("the engine that was restarted: %v", err)
	}
}

func TestCallsEndWhenAllEnginesAreGone(t *testing.T) {
	c := startN(t, 2)
	items := make([]marked, 1000)
	for i := range items {
		items[i] = marked{t.TempDir(), i}
	}
	pids, err := Apply[int](within(t), c.Direct(), pid)
	if err != nil {
		t.Fatal(err)
	}
	r := MapAsync(c.Balanced(), items, mark)
	until(t, "an item", func() bool { done, _ := r.Progress(); return done > 0 })
	direct := ApplyAsync[int](within(t), c.Direct(), hang)
	for _, p := range pids {
		if err := syscall.Kill(p, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.Get(); !errors.Is(err, ErrNoEngines) && !errors.Is(err, ErrEngineLost) {
		t.Errorf("a map: %v", err)
	}
	if _, err := direct.Get(); !errors.Is(err, ErrEngineLost) || !strings.Contains(err.Error(), "signal: killed") {
		t.Errorf("a call: %v", err)
	}
	if _, err := Map(c.Balanced(), numbers(1), square); !errors.Is(err, ErrNoEngines) {
		t.Errorf("a map afterwards: %v", err)
	}
}

// hang pays no heed to anything.
func hang() int {
	select {}
}

// hangAt5 hangs at item 5.
func hangAt5(x int) int {
	if x == 5 {
		time.Sleep(time.Hour)
	}
	return x
}

// waitAt5 waits at item 5 for the end of its context.
func waitAt5(ctx context.Context, x int) (int, error) {
	if x == 5 {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	return x, nil
}

func TestHungItemsTimeOutAndTheRestIsDone(t *testing.T) {
	check := func(t *testing.T, got []int, err error) {
		t.Helper()
		var all *ItemErrors
		if !errors.As(err, &all) || all.Failed != 1 || all.Errs[0].Index != 5 || !errors.Is(err, ErrTimeout) {
			t.Errorf("%v", err)
		}
		want := numbers(50)
		want[5] = 0
		if !slices.Equal(got, want) {
			t.Errorf("%v", got)
		}
	}
	t.Run("with another engine", func(t *testing.T) {
		c := startN(t, 2)
		got, err := Map(c.Balanced(), numbers(50), hangAt5, Timeout(3*time.Second))
		check(t, got, err)
	})
	t.Run("alone", func(t *testing.T) { // so the engine has to be replaced
		c := startN(t, 1)
		got, err := Map(c.Balanced(), numbers(50), hangAt5, Timeout(3*time.Second))
		check(t, got, err)
	})
	t.Run("by context", func(t *testing.T) {
		c := startN(t, 1)
		before, err := Apply[int](within(t), c.Direct(), pid)
		if err != nil {
			t.Fatal(err)
		}
		got, err := MapContext(within(t), c.Balanced(), numbers(50), waitAt5, Timeout(3*time.Second))
		check(t, got, err)
		after, err := Apply[int](within(t), c.Direct(), pid)
		if err != nil || before[0] != after[0] {
			t.Errorf("engine %v became %v, %v", before, after, err)
		}
	})
}

func TestCallsEndWhenAHungEngineCannotBeReplaced(t *testing.T) {
	c := startN(t, 1)
	c.d.replace = func(client.Engine) error { return errors.New("no rank can be replaced") }
	_, err := Map(c.Balanced(), numbers(50), hangAt5, Timeout(3*time.Second))
	if !errors.Is(err, ErrNoEngines) || !strings.Contains(err.Error(), "of 50 items were done") {
		t.Errorf("%v", err)
	}
}

// nap is longer than the time-out of the call behind it.
func nap() int {
	time.Sleep(4 * time.Second)
	return 1
}

func TestTheTimeBehindOtherCallsIsNoneOfACalls(t *testing.T) {
	c := startN(t, 1)
	first := CallAsync[int](within(t), c.Direct(0), nap)
	until(t, "the first call", func() bool {
		c.d.mu.Lock()
		defer c.d.mu.Unlock()
		return len(c.d.lanes[0].queue) > 0
	})
	second := CallAsync[int](within(t), c.Direct(0).With(Timeout(3*time.Second)), pid)
	if _, err := second.Get(); err != nil {
		t.Errorf("a call behind another: %v", err)
	}
	if _, err := first.Get(); err != nil {
		t.Error(err)
	}
}

func TestRestartsOfAnEngineAtOnceLeaveOne(t *testing.T) {
	var mu sync.Mutex
	var all []*exec.Cmd
	c := startN(t, 1, LaunchBy(func(l Launch) (*exec.Cmd, error) {
		mu.Lock()
		defer mu.Unlock()
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), envID+"="+strconv.Itoa(l.ID))
		all = append(all, cmd)
		return cmd, nil
	}))
	var restarts sync.WaitGroup
	for range 4 {
		restarts.Go(func() {
			if err := c.RestartEngine(within(t), 0); err != nil {
				t.Error(err)
			}
		})
	}
	restarts.Wait()
	running := 0
	for _, cmd := range all {
		if alive(cmd.Process.Pid) {
			running++
		}
	}
	if ids := c.IDs(); running != 1 || !slices.Equal(ids, []int{0}) {
		t.Errorf("%d engines run, and %v are registered", running, ids)
	}
}

func TestACallThatWaitsForAnotherClusterEndsWithItsOwn(t *testing.T) {
	other, c := startN(t, 1), startN(t, 1)
	never := CallAsync[int](within(t), other.Direct(), hang)
	r := MapAsync(c.Balanced(), numbers(3), square, After(never))
	if at := r.Timings(); at.Submitted.IsZero() {
		t.Error("the call was not submitted")
	}
	c.Close()
	if _, err := r.Get(); !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
}

// A process that is stopped, as by a debugger, keeps its connections.
func TestAnEngineThatIsStoppedIsReplaced(t *testing.T) {
	c := startN(t, 2)
	dir := t.TempDir()
	items := make([]marked, 300)
	for i := range items {
		items[i] = marked{dir, i}
	}
	pids, err := Apply[int](within(t), c.Direct(), pid)
	if err != nil {
		t.Fatal(err)
	}
	r := MapAsync(c.Balanced(), items, mark, Timeout(time.Second), Retries(3))
	until(t, "an item", func() bool { done, _ := r.Progress(); return done > 10 })
	if err := syscall.Kill(pids[1], syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	got, err := r.Get()
	if err != nil || !slices.Equal(got, numbers(300)) {
		t.Errorf("%v, %v", got, err)
	}
	until(t, "another engine", func() bool {
		now, err := Call[int](within(t), c.Direct(1), pid)
		return err == nil && now != pids[1]
	})
	if alive(pids[1]) {
		t.Error("the stopped engine is still there")
	}
}

func TestContextsEndWorkOnEngines(t *testing.T) {
	c := startN(t, 2)
	ctx, cancel := context.WithCancel(within(t))
	r := MapAsyncContext(ctx, c.Balanced(), numbers(10), waitAt5)
	until(t, "the others", func() bool { done, _ := r.Progress(); return done == 9 })
	cancel()
	if _, err := r.Get(); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "9 of 10") {
		t.Errorf("%v", err)
	}
	if _, err := Apply[int](within(t), c.Direct(), pid); err != nil { // which would wait for the item
		t.Error(err)
	}
	r = MapAsyncContext(within(t), c.Balanced(), numbers(10), waitAt5)
	r.Abort()
	if _, err := r.Get(); !errors.Is(err, context.Canceled) {
		t.Errorf("aborted: %v", err)
	}
}

// rampLate leaves a mark, and gives a large result when nobody wants it any more.
func rampLate(ctx context.Context, path string) []float64 {
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		panic(err)
	}
	<-ctx.Done()
	return ramp(300_000)
}

func TestResultsThatNobodyWaitsForLeaveSharedMemory(t *testing.T) {
	c := startN(t, 1)
	mark := filepath.Join(t.TempDir(), "mark")
	ctx, cancel := context.WithCancel(within(t))
	r := CallAsync[[]float64](ctx, c.Balanced(), rampLate, mark)
	until(t, "the call", func() bool { _, err := os.Stat(mark); return err == nil })
	cancel()
	if _, err := r.Get(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	engine, err := Call[int](within(t), c.Balanced(), pid) // which comes after the first
	if err != nil {
		t.Fatal(err)
	}
	own := fmt.Sprintf("/dev/shm/warren-%d/%d-*", os.Getuid(), engine)
	if folders, err := filepath.Glob(own); err != nil || len(folders) != 1 {
		t.Skipf("%s: %v, %v: results do not go through shared memory here", own, folders, err)
	}
	until(t, "the end of the result", func() bool {
		files, err := filepath.Glob(own + "/[^.]*")
		return err == nil && len(files) == 0
	})
}

// failFirst fails until it was called a number of times for an item.
func failFirst(_ context.Context, m marked) (int, error) {
	path := filepath.Join(m.Dir, strconv.Itoa(m.Item))
	text, _ := os.ReadFile(path)
	if len(text) < 2 {
		if err := os.WriteFile(path, append(text, 'x'), 0o600); err != nil {
			return 0, err
		}
		return 0, errors.New("not yet")
	}
	return m.Item, nil
}

func TestRetriesAndDependencies(t *testing.T) {
	c := startN(t, 2)
	dir := t.TempDir()
	items := []marked{{dir, 0}, {dir, 1}, {dir, 2}}
	got, err := MapContext(within(t), c.Balanced(), items, failFirst, Retries(2))
	if err != nil || !slices.Equal(got, numbers(3)) {
		t.Errorf("%v, %v", got, err)
	}
	dir = t.TempDir()
	if _, err := MapContext(within(t), c.Balanced(), []marked{{dir, 0}}, failFirst, Retries(1)); err == nil {
		t.Error("no error after too few retries")
	}
	first := CallAsync[int](within(t), c.Balanced(), pid)
	then, err := Call[int](within(t), c.Balanced().With(Follow(first)), pid)
	if p, _ := first.Get(); err != nil || p != then {
		t.Errorf("%d, %v followed %d", then, err, p)
	}
	bad := MapAsync(c.Balanced(), []int{7}, failAt7)
	if _, err := Map(c.Balanced(), []int{1}, square, After(bad)); !errors.Is(err, errDependency) {
		t.Errorf("after a failure: %v", err)
	}
}

// The test's program is also one that starts a cluster, or is the client of one, and is killed. Variables say where.
const (
	envRole   = "CLUSTER_TEST_ROLE"   // a folder for connection files
	envClient = "CLUSTER_TEST_CLIENT" // a connection file
	envMarks  = "CLUSTER_TEST_MARKS"  // a folder for the marks of the client's items
)

// beClient has a cluster do more work than it ever will.
func beClient() {
	file := os.Getenv(envClient)
	if file == "" {
		return
	}
	c, err := Connect(file)
	if err == nil {
		items := make([]marked, 1_000_000)
		for i := range items {
			items[i] = marked{os.Getenv(envMarks), i}
		}
		_, err = Map(c.Balanced(), items, mark)
	}
	fmt.Println(err)
	os.Exit(1)
}

// beOwner starts a cluster and says where it is.
func beOwner() {
	dir := os.Getenv(envRole)
	if dir == "" {
		return
	}
	c, err := Start(2, ConnectionFiles(dir))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	pids, err := Apply[int](context.Background(), c.Direct(), pid)
	fmt.Println(pids, err)
	select {}
}

// owner is a process with a cluster, the processes of its engines, and where its connection file is.
func owner(t *testing.T) (cmd *exec.Cmd, engines []int, file string) {
	t.Helper()
	dir := t.TempDir()
	cmd = exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), envRole+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	var a, b int
	if _, err := fmt.Fscanf(out, "[%d %d] <nil>\n", &a, &b); err != nil {
		t.Fatal(err)
	}
	return cmd, []int{a, b}, filepath.Join(dir, "ipcontroller-client.json")
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

func TestEnginesEndWithWhoStartedThem(t *testing.T) {
	cmd, engines, file := owner(t)
	c, err := Connect(file, DropOutput())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	other, err := Connect(file, DropOutput())
	if err != nil {
		t.Fatal(err)
	}
	got, err := Map(c.Balanced(), numbers(10), square)
	if err != nil || got[9] != 81 {
		t.Errorf("%v, %v", got, err)
	}
	// a client that disappears leaves the others alone
	MapAsyncContext(within(t), other.Balanced(), numbers(10), waitAt5)
	other.Close()
	r := ApplyAsync[int](within(t), c.Direct(), hang)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if _, err := r.Get(); !errors.Is(err, ErrControllerGone) {
		t.Errorf("a call without controller: %v", err)
	}
	for _, p := range engines {
		until(t, "the end of an engine", func() bool { return !alive(p) })
	}
	if err := c.Wait(within(t), 1); !errors.Is(err, ErrControllerGone) {
		t.Errorf("waiting for engines: %v", err)
	}
}

// What a client had sent and is under way is done, and no more.
func TestAClientThatIsKilledLeavesTheEnginesToOthers(t *testing.T) {
	_, _, file := owner(t)
	marks := t.TempDir()
	client := exec.Command("/proc/self/exe")
	client.Env = append(os.Environ(), envClient+"="+file, envMarks+"="+marks)
	if err := client.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Process.Kill() })
	until(t, "an item of the client", func() bool {
		done, err := os.ReadDir(marks)
		return err == nil && len(done) > 10
	})
	if err := errors.Join(client.Process.Kill(), client.Wait()); err == nil || !strings.Contains(err.Error(), "signal: killed") {
		t.Fatal(err)
	}
	c, err := Connect(file, DropOutput())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	got, err := Map(c.Balanced(), numbers(1000), square)
	if err != nil || got[999] != 999*999 || len(c.IDs()) != 2 {
		t.Errorf("%d results of engines %v, %v", len(got), c.IDs(), err)
	}
	if done, err := os.ReadDir(marks); err != nil || len(done) == 1_000_000 {
		t.Errorf("%d items of the client were done, %v", len(done), err)
	}
}

func TestTwoClientsShareEngines(t *testing.T) {
	_, _, file := owner(t)
	var results []*AsyncResult[[]int]
	for range 2 {
		c, err := Connect(file, DropOutput())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		results = append(results, MapAsync(c.Balanced(), numbers(5000), square))
	}
	for i, r := range AsCompleted(results...) {
		got, err := r.Get()
		if err != nil || len(got) != 5000 || got[4999] != 4999*4999 {
			t.Errorf("client %d: %v", i, err)
		}
	}
}

func TestWrongKeyIsSaid(t *testing.T) {
	_, _, file := owner(t)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	key := strings.Split(strings.SplitAfter(string(text), `"key": "`)[1], `"`)[0]
	wrong := filepath.Join(t.TempDir(), "wrong-client.json")
	if err := os.WriteFile(wrong, []byte(strings.Replace(string(text), key, "wrong", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Connect(wrong, StartTimeout(5*time.Second)); err == nil || !strings.Contains(err.Error(), "hold the key") {
		t.Errorf("%v", err)
	}
}

func TestStartSaysWhyEnginesDoNotCome(t *testing.T) {
	for _, p := range []struct {
		name   string
		launch Launcher
		want   string
	}{
		{"ends", func(Launch) (*exec.Cmd, error) { return exec.Command("sh", "-c", "echo gone away >&2; exit 4"), nil }, "exit status 4; it said: gone away"},
		{"cannot be started", func(Launch) (*exec.Cmd, error) { return exec.Command("/none/at/all"), nil }, "engine 0 cannot be started"},
		{"fails", func(Launch) (*exec.Cmd, error) { return nil, errors.New("no machine") }, "no machine"},
		{"nothing", func(Launch) (*exec.Cmd, error) { return nil, nil }, "no command"},
		{"never registers", func(Launch) (*exec.Cmd, error) { return exec.Command("sleep", "1000"), nil }, "have not registered"},
	} {
		t.Run(p.name, func(t *testing.T) {
			c, err := Start(1, LaunchBy(p.launch), StartTimeout(500*time.Millisecond))
			if err == nil {
				c.Close()
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), p.want) {
				t.Errorf("%v, want %q", err, p.want)
			}
		})
	}
}
