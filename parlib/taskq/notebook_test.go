package taskq

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/warren-go/warren/internal/program"
	"github.com/warren-go/warren/parlib/taskq/broker"
	"github.com/warren-go/warren/parlib/taskq/internal/shared"
)

// beWarren is "warren broker", and does not return.
func beWarren(args []string) {
	opts := broker.Options{Dir: args[len(args)-1], Sync: slices.Contains(args, "-sync=true")}
	if err := broker.Serve(context.Background(), opts, slices.Contains(args, "-until-unused"), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "warren:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// inNotebook makes the test's program the warren of a session.
func inNotebook(t *testing.T) {
	t.Helper()
	t.Setenv(program.Variable, must[string](t)(os.Executable()))
}

// holder is the broker that has a folder, as its lock file tells.
func holder(t *testing.T, dir string) (h shared.Holder) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "lock"))
	if err != nil || json.Unmarshal(text, &h) != nil {
		return shared.Holder{}
	}
	return h
}

func killBroker(t *testing.T, dir string) {
	t.Helper()
	if err := syscall.Kill(holder(t, dir).PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// isFree tells whether no broker has the folder, as far as that can be known: by locking it.
func isFree(t *testing.T, dir string) bool {
	t.Helper()
	l, err := shared.LockFolder(dir)
	if errors.Is(err, shared.ErrInUse) {
		return false
	}
	if err = errors.Join(err, l.Close()); err != nil {
		t.Fatal(err)
	}
	return true
}

func TestNotebooksShareTheBrokerOfAFolder(t *testing.T) {
	inNotebook(t)
	dir := t.TempDir()
	queues := make([]*Queue, 6)
	var wg sync.WaitGroup
	for i := range queues { // all at once
		wg.Go(func() {
			var err error
			if queues[i], err = Open(limit(t), Options{Dir: dir}); err != nil {
				t.Error(err)
			}
		})
	}
	if wg.Wait(); t.Failed() {
		t.FailNow()
	}
	first, last := queues[0], queues[len(queues)-1]
	r := must[*Result[int]](t)(Define[pair, int](first, "add", nil).Submit(t.Context(), pair{1, 2}, ID("three")))
	for _, q := range queues[:len(queues)-1] {
		if q.URL() != last.URL() || q.URL() == "" {
			t.Errorf("the brokers are two: %s and %s", q.URL(), last.URL())
		}
	}
	Define(last, "add", add)
	must[*Worker](t)(last.Work(t.Context(), 1))
	if n := get(t, r); n != 3 {
		t.Errorf("1 + 2 = %d", n)
	}
	for _, q := range queues[:len(queues)-1] {
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	}
	if n := get(t, Find[int](last, "three")); n != 3 || isFree(t, dir) {
		t.Error("the broker has ended while somebody uses it")
	}
	if err := last.Close(); err != nil {
		t.Error(err)
	}
	until(t, "the broker has ended", func() bool { return isFree(t, dir) })
	if n := get(t, Find[int](openQueue(t, Options{Dir: dir}), "three")); n != 3 {
		t.Error("the next broker does not know what the last knew")
	}
}

func TestTheFolderIsFreeWhenTheLastQueueIsClosed(t *testing.T) {
	inNotebook(t)
	for range 5 {
		dir := filepath.Join(t.TempDir(), "queue")
		q := must[*Queue](t)(Open(limit(t), Options{Dir: dir}))
		if err := errors.Join(q.Close(), os.RemoveAll(dir)); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Error("the broker writes on")
		}
	}
}

func TestABrokerThatWasKilledIsMissedAndStartedAgain(t *testing.T) {
	inNotebook(t)
	dir := t.TempDir()
	q := openQueue(t, Options{Dir: dir})
	task := Define(q, "add", add)
	for i := range 3 {
		killBroker(t, dir)
		r := must[*Result[int]](t)(task.Submit(limit(t), pair{i, i}))
		if i == 1 {
			must[*Worker](t)(q.Work(t.Context(), 1))
		}
		if i > 0 {
			get(t, r)
		}
	}
	if list := must[[]Info](t)(q.List(t.Context(), Done)); len(list) != 3 {
		t.Errorf("%d tasks are done; 3 were submitted", len(list))
	}
}

// What a lock file says of a broker that was killed may be true of somebody else by now, or be no more than a half.
func TestALeftoverLockFileMisleadsNobody(t *testing.T) {
	inNotebook(t)
	stranger := must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
	defer stranger.Close()
	taken := "nats://secret@" + stranger.Addr().String()
	for name, text := range map[string]string{
		"port of another":     fmt.Sprintf(`{"pid":%d,"url":%q}`, os.Getpid(), taken),
		"broker of a program": fmt.Sprintf(`{"pid":%d,"private":true}`, os.Getpid()),
		"half":                `{"pid":12,"url":"na`,
		"another format":      "4711\n",
		"nothing":             "",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "lock"), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			q := openQueue(t, Options{Dir: dir})
			if pid := holder(t, dir).PID; q.URL() == taken || pid == os.Getpid() {
				t.Errorf("the broker is process %d at %s", pid, q.URL())
			}
		})
	}
}

func TestABrokerEndsWhenItsUsersAreKilled(t *testing.T) {
	inNotebook(t)
	dir := t.TempDir()
	effects := filepath.Join(t.TempDir(), "effects")
	if err := os.WriteFile(effects, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	worker, _ := startOther(t, "worker", dir, "", effects)
	if isFree(t, dir) {
		t.Error("there is no broker")
	}
	worker.kill()
	until(t, "the broker has ended", func() bool { return isFree(t, dir) })
}

func TestABrokerEndsWithItsFolder(t *testing.T) {
	inNotebook(t)
	dir := t.TempDir()
	q := openQueue(t, Options{Dir: dir})
	old := holder(t, dir)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	until(t, "another broker runs", func() bool { pid := holder(t, dir).PID; return pid != 0 && pid != old.PID })
	if _, err := q.List(limit(t)); err == nil {
		t.Error("the tasks are there, though their folder was removed")
	}
}

func TestOnlyTheUserReachesTheBroker(t *testing.T) {
	inNotebook(t)
	dir := filepath.Join(t.TempDir(), "queue")
	q := openQueue(t, Options{Dir: dir})
	for name, want := range map[string]os.FileMode{"": 0o700, "lock": 0o600} {
		if mode := must[os.FileInfo](t)(os.Stat(filepath.Join(dir, name))).Mode().Perm(); mode != want {
			t.Errorf("the mode of %q is %v", name, mode)
		}
	}
	if !strings.HasPrefix(q.URL(), "nats://") || !strings.Contains(q.URL(), "@127.0.0.1:") {
		t.Errorf("the broker is at %s", q.URL())
	}
	_, address, _ := strings.Cut(q.URL(), "@")
	if _, err := Open(limit(t), Options{URL: "nats://guess@" + address}); err == nil || !strings.Contains(err.Error(), "refuses the token") {
		t.Errorf("with a guessed token: %v", err)
	}
}

func TestWhyANotebookHasNoBroker(t *testing.T) {
	inNotebook(t)
	private, common := t.TempDir(), t.TempDir()
	startBroker(t, private)
	openQueue(t, Options{Dir: common})
	for _, c := range []struct {
		name, warren string
		opts         Options
		want         string
	}{
		{"no program", "/nonexistent/warren", Options{Dir: t.TempDir()}, "/nonexistent/warren"},
		{"another program", "/bin/false", Options{Dir: t.TempDir()}, "exit status 1"},
		{"a program that ends at once", "/bin/true", Options{Dir: t.TempDir()}, "has ended at once"},
		{"no folder", "", Options{Dir: "/dev/null/x"}, "/dev/null"},
		{"a program's own broker has it", "", Options{Dir: private}, fmt.Sprintf("process %d", os.Getpid())},
		{"it does not wait for the disk", "", Options{Dir: common, Sync: true}, "does not wait for the disk"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.warren != "" {
				t.Setenv(program.Variable, c.warren)
			}
			q, err := Open(limit(t), c.opts)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; want it to contain %q", err, c.want)
			}
			if err == nil {
				q.Close()
			}
		})
	}
}
