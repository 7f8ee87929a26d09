//go:build checklinkname

// The package links only with -ldflags=-checklinkname=0: go test -tags checklinkname -ldflags=-checklinkname=0 ./kernel/worker

package worker

import "testing"

const (
	cellWaits  = "goroutine 7 [chan receive, 2 minutes labels:{\"cell\": \"12\"}]:\nmain.run()\n\tcell[3]:2 +0x1\n"
	cellRuns   = "goroutine 8 [running labels:{\"cell\": \"12\"}]:\nmain.run()\n\tcell[3]:2 +0x1\n"
	cellAsks   = "goroutine 9 [select labels:{\"cell\": \"1\"}]:\ngithub.com/warren-go/warren/kernel/worker.publisher.Input()\n\tpublish.go:1\nmain.run()\n\tcell[3]:2 +0x1\n"
	serverIdle = "goroutine 10 [IO wait]:\nnet.(*netFD).accept()\n\tnet/fd.go:1 +0x1\n"
	poolWaits  = "goroutine 11 [sync.Cond.Wait]:\nexample.com/pool.work()\n\tpool.go:1 +0x1\n"
	connection = "goroutine 13 [IO wait labels:{\"background\": \"nats\"}]:\ninternal/poll.runtime_pollWait()\n\truntime/netpoll.go:1 +0x1\n"
	taskWaits  = "goroutine 14 [select labels:{\"cell\": \"1\"}]:\ngithub.com/warren-go/warren/parlib/taskq.(*Queue).wait()\n\tresult.go:1\nmain.run()\n\tcell[3]:2 +0x1\n"
	watcher    = "goroutine 12 [running]:\ngithub.com/warren-go/warren/kernel/worker.(*watchdog).watch()\n\twatchdog.go:1 +0x1\n"
)

func TestStuckGoroutines(t *testing.T) {
	for name, c := range map[string]struct {
		stacks string
		stuck  bool
	}{
		"waits for nobody":             {cellWaits + "\n" + watcher, true},
		"beside an idle pool":          {cellWaits + "\n" + poolWaits + "\n" + watcher, true},
		"another runs":                 {cellWaits + "\n" + cellRuns, false},
		"a server might wake it":       {cellWaits + "\n" + serverIdle, false},
		"beside a client's connection": {cellWaits + "\n" + connection + "\n" + watcher, true},
		"the broker of tasks is asked": {taskWaits + "\n" + connection + "\n" + watcher, false},
		"the user is asked":            {cellAsks + "\n" + watcher, false},
		"no cell":                      {poolWaits + "\n" + watcher, false},
	} {
		if got := stuckGoroutines(c.stacks); (got != "") != c.stuck {
			t.Errorf("%s: stuck is %q", name, got)
		}
	}
}

func TestStacksOfARun(t *testing.T) {
	if got := stacksOf(12, cellWaits+"\n"+cellAsks+"\n"+watcher); got != cellWaits[:len(cellWaits)-1] {
		t.Errorf("stacks of run 12: %q", got)
	}
	for stack, want := range map[string]string{cellWaits: "chan receive", cellRuns: "running", serverIdle: "IO wait"} {
		if got := stateOf(stack); got != want {
			t.Errorf("state %q, not %q", got, want)
		}
	}
}
