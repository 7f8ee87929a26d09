package taskq

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/warren-go/warren/parlib/taskq/broker"
	"github.com/warren-go/warren/parlib/taskq/internal/bus"
)

// The test's program is also the broker and the workers that are killed: by these variables they are told what to be.
const (
	roleVariable    = "TASKQ_TEST_ROLE"
	placeVariable   = "TASKQ_TEST_PLACE"   // folder of the broker, or URL of one for a worker
	listenVariable  = "TASKQ_TEST_LISTEN"  // address of the broker
	effectsVariable = "TASKQ_TEST_EFFECTS" // file to which handlers write a line each
)

const (
	killedQueue = "killed"
	shortLease  = time.Second
	testToken   = "open-sesame"
)

// becomeOther runs as broker or worker, where that is what this process was started for, until its standard input ends: with the test.
func becomeOther() {
	if len(os.Args) > 1 && os.Args[1] == "broker" {
		beWarren(os.Args[2:])
	}
	var err error
	switch os.Getenv(roleVariable) {
	case "":
		return
	case "broker":
		err = beBroker()
	case "worker":
		err = beWorker()
	}
	if err != nil {
		log.Fatal(err)
	}
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func beBroker() error {
	b, err := broker.Start(broker.Options{Dir: os.Getenv(placeVariable), Listen: os.Getenv(listenVariable), Token: testToken})
	if err == nil {
		fmt.Println(b.URL())
	}
	return err
}

func beWorker() error {
	opts := Options{Name: killedQueue, Lease: shortLease}
	if place := os.Getenv(placeVariable); filepath.IsAbs(place) {
		opts.Dir = place
	} else {
		opts.URL = place
	}
	q, err := Open(context.Background(), opts)
	if err != nil {
		return err
	}
	effects, err := os.OpenFile(os.Getenv(effectsVariable), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	Define(q, "square", func(ctx context.Context, n int) (int, error) {
		time.Sleep(10 * time.Millisecond)
		info, _ := Current(ctx)
		if _, err := fmt.Fprintln(effects, info.ID); err != nil {
			return 0, err
		}
		time.Sleep(10 * time.Millisecond)
		return n * n, nil
	})
	Define(q, "sum", sum)
	_, err = q.Work(context.Background(), 2)
	fmt.Println("ready")
	return err
}

// other is another process of the test.
type other struct {
	cmd *exec.Cmd
	out *bufio.Reader
}

func startOther(t *testing.T, role, place, listen, effects string) (o *other, says string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+role, placeVariable+"="+place, listenVariable+"="+listen, effectsVariable+"="+effects)
	cmd.Stderr = os.Stderr
	must[io.WriteCloser](t)(cmd.StdinPipe()) // it ends with this process
	out := must[io.ReadCloser](t)(cmd.StdoutPipe())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	o = &other{cmd, bufio.NewReader(out)}
	t.Cleanup(o.kill)
	line, err := o.out.ReadString('\n')
	if err != nil {
		t.Fatalf("the %s does not start: %v", role, err)
	}
	return o, strings.TrimSpace(line)
}

// kill is kill -9: the process has no chance to do anything about it.
func (o *other) kill() {
	if o.cmd.ProcessState == nil {
		o.cmd.Process.Signal(syscall.SIGKILL)
		o.cmd.Wait()
	}
}

func TestNothingIsLostNorDoneTwiceWhenProcessesAreKilled(t *testing.T) {
	t.Run("broker by URL", func(t *testing.T) {
		dir := t.TempDir()
		server, url := startOther(t, "broker", dir, "127.0.0.1:0", "")
		_, listen, _ := strings.Cut(url, "@")
		checkEmpty(t, testKills(t, Options{URL: url}, func() {
			server.kill()
			server, _ = startOther(t, "broker", dir, listen, "")
		}))
	})
	t.Run("broker of a notebook", func(t *testing.T) {
		inNotebook(t)
		dir := t.TempDir()
		checkEmpty(t, testKills(t, Options{Dir: dir}, func() { killBroker(t, dir) })) // others start it again
	})
}

// testKills kills workers, and the broker by killBroker, in the midst of tasks, and returns the queue when all are done.
func testKills(t *testing.T, opts Options, killBroker func()) *Queue {
	t.Helper()
	const tasks, rounds = 120, 3
	effects := filepath.Join(t.TempDir(), "effects")
	if err := os.WriteFile(effects, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	q := openKept(t, opts)
	place := opts.URL + opts.Dir
	square, summing := Define[int, int](q, "square", nil), Define[[]int, int](q, "sum", nil)
	workers := make([]*other, 2)
	for i := range workers {
		workers[i], _ = startOther(t, "worker", place, "", effects)
	}
	submitted := make(chan error, 1)
	go func() { // goes on while the broker is away
		for i := range tasks {
			if _, err := square.Submit(limit(t), i, ID("task-"+strconv.Itoa(i))); err != nil {
				submitted <- err
				return
			}
		}
		var members []Signature[int]
		for i := range 10 {
			members = append(members, square.With(i))
		}
		_, err := Then(Group(members...), summing).Submit(limit(t), ID("sum"))
		submitted <- err
	}()
	for round := range rounds {
		seen := len(lines(t, effects))
		until(t, "tasks run", func() bool { return len(lines(t, effects)) > seen+10 })
		victim := &workers[round%2]
		(*victim).kill() // in the midst of tasks: it always has some
		killBroker()
		*victim, _ = startOther(t, "worker", place, "", effects)
	}
	if err := <-submitted; err != nil {
		t.Fatal(err)
	}
	if n := get(t, Find[int](q, "sum")); n != 285 {
		t.Errorf("the chord gave %d", n)
	}
	for i := range tasks {
		if n := get(t, Find[int](q, "task-"+strconv.Itoa(i))); n != i*i {
			t.Errorf("task %d gave %d", i, n)
		}
	}
	checkHistory(t, q, tasks+12)
	checkEffects(t, lines(t, effects), tasks+10)
	return q
}

// checkEmpty sees that the broker keeps no message of tasks that are done.
func checkEmpty(t *testing.T, q *Queue) {
	t.Helper()
	until(t, "no message is left", func() bool {
		info, err := q.bus.(*bus.NATS).Stream.Info(t.Context())
		return err == nil && info.State.Msgs == 0
	})
}

// openKept opens the queue of the killed, which keeps old records, too.
func openKept(t *testing.T, opts Options) *Queue {
	t.Helper()
	opts.Name, opts.Lease = "first", shortLease
	first := openQueue(t, opts) // so that a shared broker is there, and stays
	keepHistory(t, first.URL())
	opts.Name = killedQueue
	return openQueue(t, opts)
}

// keepHistory has the broker keep old records, too.
func keepHistory(t *testing.T, url string) {
	nc := must[*nats.Conn](t)(nats.Connect(url))
	defer nc.Close()
	js := must[jetstream.JetStream](t)(jetstream.New(nc))
	must[jetstream.KeyValue](t)(js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "taskq-" + killedQueue, History: 64}))
}

// checkHistory sees that every task was completed, and none twice.
func checkHistory(t *testing.T, q *Queue, tasks int) {
	t.Helper()
	list := must[[]Info](t)(q.List(t.Context()))
	if len(list) != tasks {
		t.Errorf("there are %d tasks; %d were submitted", len(list), tasks)
	}
	losses := 0
	for _, info := range list {
		losses += info.Losses
		done := 0
		for _, entry := range must[[]jetstream.KeyValueEntry](t)(q.bus.(*bus.NATS).Records.History(t.Context(), info.ID)) {
			if strings.Contains(string(entry.Value()), `"status":"done"`) {
				done++
			}
		}
		if done != 1 {
			t.Errorf("%s was completed %d times", info.ID, done)
		}
	}
	if losses == 0 {
		t.Error("no task was taken over from a killed worker, so the test shows nothing")
	}
}

// checkEffects sees that each task has had its effect. Those that were under way when a process was killed may have had it again.
func checkEffects(t *testing.T, effects []string, tasks int) {
	t.Helper()
	times := map[string]int{}
	for _, id := range effects {
		times[id]++
	}
	if len(times) != tasks {
		t.Errorf("%d tasks had effects; want %d", len(times), tasks)
	}
	t.Logf("%d tasks, %d effects", len(times), len(effects))
}

func lines(t *testing.T, file string) []string {
	t.Helper()
	return strings.Fields(string(must[[]byte](t)(os.ReadFile(file))))
}

func TestASuspendedWorkerCompletesNothingTwice(t *testing.T) {
	dir, effects := t.TempDir(), filepath.Join(t.TempDir(), "effects")
	if err := os.WriteFile(effects, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, url := startOther(t, "broker", dir, "127.0.0.1:0", "")
	q := openKept(t, Options{URL: url})
	square := Define[int, int](q, "square", nil)
	sleeper, _ := startOther(t, "worker", url, "", effects)
	var results []*Result[int]
	for i := range 40 {
		results = append(results, must[*Result[int]](t)(square.Submit(t.Context(), i)))
	}
	until(t, "tasks run", func() bool { return len(lines(t, effects)) > 3 })
	sleeper.cmd.Process.Signal(syscall.SIGSTOP)
	startOther(t, "worker", url, "", effects)
	for i, r := range results {
		if n := get(t, r); n != i*i {
			t.Errorf("task %d gave %d", i, n)
		}
	}
	sleeper.cmd.Process.Signal(syscall.SIGCONT) // it goes on with tasks that others have completed
	get(t, must[*Result[int]](t)(square.Submit(t.Context(), 7)))
	checkHistory(t, q, 41)
}
