package controller

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"

	ippengine "github.com/warren-go/warren/internal/ipp/engine"
	"github.com/warren-go/warren/internal/ipp/protocol"
)

// TestMain makes an engine of this program when the test of processes starts it as one.
func TestMain(m *testing.M) {
	if info, ok := os.LookupEnv(protocol.EnvConnection); ok {
		os.Exit(engineMain(info))
	}
	goleak.VerifyTestMain(m)
}

func engineMain(info string) int {
	f, err := protocol.ParseEngineFile([]byte(info))
	if err != nil {
		os.Stderr.WriteString(err.Error())
		return 2
	}
	e := &testEngine{started: make(chan string, 1000), release: make(chan struct{})}
	err = ippengine.Run(context.Background(), ippengine.Config{File: f, Executor: e, JoinTime: wait, Joined: func(id int) { e.id = id }})
	if err != nil && !errors.Is(err, ippengine.ErrControllerGone) {
		os.Stderr.WriteString(err.Error())
		return 1
	}
	return 0
}

// process starts an engine as a process of its own.
func (c *cluster) process() (id int, p *exec.Cmd) {
	c.t.Helper()
	info, err := json.Marshal(c.EngineInfo())
	if err != nil {
		c.t.Fatal(err)
	}
	before := c.registry.next
	p = exec.Command(os.Args[0])
	p.Env = append(os.Environ(), protocol.EnvConnection+"="+string(info))
	var errs bytes.Buffer
	p.Stderr = &errs
	if err := p.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		_ = p.Process.Kill()
		_ = p.Wait()
		if c.t.Failed() {
			c.t.Logf("engine:\n%s", errs.String())
		}
	})
	c.until("the process is registered", func() bool {
		e := c.registry.byID[before]
		return e != nil && e.state == serving
	})
	return before, p
}

// An engine that is killed in the middle of its work loses none of it.
func TestKilledProcess(t *testing.T) {
	c := start(t, func(o *Options) { o.Period = time.Hour })
	k := c.client()
	id, p := c.process()
	uuid := c.uuid(id)
	direct := k.send("mux", execute("wait direct").on(uuid))
	c.until("it is asked", func() bool { return len(c.registry.byID[id].owed[mux]) == 1 })
	k.ask("control", message{kind: "abort_request", content: fields{"msg_ids": "unknown"}}.on(uuid)).ok(t)
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if r := k.next("mux"); r.parent != direct {
		t.Errorf("got %v", r)
	} else {
		r.failed(t, "EngineError", "Engine "+strconv.Itoa(id)+" died")
	}

	id, p = c.process()
	plain := k.send("task", execute("wait plain"))
	c.until("it runs", func() bool { return len(c.registry.byID[id].jobs) == 1 })
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if r := k.next("task"); r.parent != plain {
		t.Errorf("got %v", r)
	} else {
		r.failed(t, "EngineError", "died")
	}

	id, p = c.process()
	safe := k.send("task", execute("wait safe").with(fields{"restart_lost": true}))
	c.until("it runs", func() bool { return len(c.registry.byID[id].jobs) == 1 })
	if err := p.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	other := c.engine()
	if code := other.began(t); code != "safe" {
		t.Errorf("the other engine runs %q", code)
	}
	close(other.release)
	if r := k.next("task"); r.parent != safe {
		t.Errorf("got %v", r)
	} else {
		r.ok(t)
	}
}
