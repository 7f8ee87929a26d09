package controller

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	ippengine "github.com/warren-go/warren/internal/ipp/engine"
	"github.com/warren-go/warren/internal/ipp/protocol"
)

// The first heartbeat does not wait for its time, which here would be in an hour.
func TestEnginesAreThereAtOnce(t *testing.T) {
	c := start(t, func(o *Options) { o.Period = time.Hour })
	for i := range 4 {
		if e := c.engine(); e.id != i {
			t.Errorf("engine %d has the id %d", i, e.id)
		}
	}
}

func TestIDs(t *testing.T) {
	id := func(i int) *int { return &i }
	r := newRegistry()
	tests := []struct {
		wish *int
		want int
	}{
		{nil, 0}, {id(5), 5}, {nil, 6}, {id(5), 7}, {id(3), 3}, {id(-1), 8}, {id(0), 9}, {nil, 10},
	}
	for i, test := range tests {
		got := r.id(test.wish)
		if got != test.want {
			t.Errorf("engine %d gets the id %d, want %d", i, got, test.want)
		}
		r.byID[got] = &engine{}
	}
	delete(r.byID, 10)
	if got := r.id(nil); got != 11 {
		t.Errorf("the id of an engine that is gone is given again: %d", got)
	}
}

func TestRegistrationIsRefused(t *testing.T) {
	c := start(t)
	e := c.raw()
	k := c.client()
	tests := map[string]struct {
		content any
		name    string
	}{
		"uuid in use": {protocol.RegistrationRequest{UUID: e.uuid}, "KeyError"},
		"no uuid":     {fields{}, "ValueError"},
		"no text":     {fields{"uuid": 1}, "ValueError"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := k.ask("hub", message{kind: "registration_request", content: test.content})
			if r.failed(t, test.name, "uuid"); r.kind != "registration_reply" {
				t.Errorf("got %s", r.kind)
			}
		})
	}
}

// An engine that does not connect everywhere, or has no heart, is forgotten.
func TestStalledRegistrationEnds(t *testing.T) {
	c := start(t, func(o *Options) { o.JoinTime = 50 * time.Millisecond })
	for _, name := range []string{"control", "pong"} {
		c.raw(name)
	}
	c.until("they are gone", func() bool { return len(c.registry.byID) == 0 && len(c.registry.byUUID) == 0 })
}

// notice is what a notice says.
func (k *client) notice() (kind string, id int) {
	k.t.Helper()
	r := k.next("notification")
	return r.kind, int(r.content["id"].(float64))
}

func TestClientsHearOfEngines(t *testing.T) {
	c := start(t)
	early := c.client()
	e := c.registered(c.raw())
	late := c.client() // hears of who is there
	for name, k := range map[string]*client{"early": early, "late": late} {
		if kind, id := k.notice(); kind != "registration_notification" || id != e.id {
			t.Errorf("%s: %s %d", name, kind, id)
		}
	}
	if r := late.ask("hub", message{kind: "connection_request", content: fields{}}); r.content["engines"].(fields)["0"] != e.uuid {
		t.Errorf("got %v", r.content)
	}
	e.send("hub", message{kind: "unregistration_request", content: protocol.Unregistration{ID: e.id}})
	e.close()
	for name, k := range map[string]*client{"early": early, "late": late} {
		if kind, id := k.notice(); kind != "unregistration_notification" || id != e.id {
			t.Errorf("%s: %s %d", name, kind, id)
		}
	}
}

// Whichever connection of an engine ends, the engine is gone, what it owes is answered, and clients hear of it.
func TestLossOfAConnectionIsNoticed(t *testing.T) {
	for _, name := range []string{"mux", "control", "broadcast", "task", "pong"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := start(t, func(o *Options) { o.Period = time.Hour })
			e := c.registered(c.raw())
			k := c.client()
			k.notice()
			for _, link := range []string{"mux", "control"} {
				k.send(link, execute("x").on(e.uuid))
			}
			k.send("broadcast", execute("x").with(fields{"targets": [][]any{{e.uuid, e.id}}, "is_broadcast": true}))
			for _, link := range []string{"mux", "control", "broadcast"} {
				e.request(link)
			}
			k.send("task", execute("x")) // waits, since the engine has something to do
			c.until("the task has come", func() bool { return c.queue.idle == 1 })
			e.links[name].Close()
			for _, link := range []string{"mux", "control", "broadcast"} {
				r := k.next(link)
				if r.failed(t, "EngineError", "Engine 0 died"); r.metadata["engine"] != e.uuid {
					t.Errorf("%s: %v", link, r.metadata)
				}
			}
			if kind, id := k.notice(); kind != "unregistration_notification" || id != e.id {
				t.Errorf("%s %d", kind, id)
			}
			k.ask("mux", execute("x").on(e.uuid)).failed(t, "EngineError", e.uuid)
			if r := k.ask("hub", message{kind: "queue_request", content: fields{}}); r.content["unassigned"] != 1.0 {
				t.Errorf("the task that no engine has had: %v", r.content)
			}
		})
	}
}

func TestSilentEngineIsLost(t *testing.T) {
	c := start(t, func(o *Options) { o.Period, o.Misses = 200*time.Millisecond, 5 })
	e := c.registered(c.raw())
	k := c.client()
	k.notice()
	id := k.send("mux", execute("x").on(e.uuid))
	e.request("mux")
	e.silent.Store(true)
	if r := k.next("mux"); r.parent != id {
		t.Errorf("got %v", r)
	} else {
		r.failed(t, "EngineError", "Engine 0 died")
	}
	if kind, _ := k.notice(); kind != "unregistration_notification" {
		t.Errorf("got %s", kind)
	}
}

// An engine that leaves in order may still answer what it was asked before.
func TestLastRepliesArrive(t *testing.T) {
	c := start(t)
	e := c.registered(c.raw())
	k := c.client()
	k.send("mux", execute("x").on(e.uuid))
	m := e.request("mux")
	e.send("hub", message{kind: "unregistration_request", content: protocol.Unregistration{ID: e.id}})
	c.until("the engine leaves", func() bool { return c.registry.byID[e.id].state == leaving })
	e.answer("mux", m, "ok", nil)
	k.next("mux").ok(t)
}

func TestConnectionFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "security")
	for name, id := range map[string]string{"ipcontroller-": "", "ipcontroller-lab-": "lab"} {
		c := start(t, func(o *Options) { o.Dir, o.ClusterID = dir, id })
		for kind, read := range map[string]func(path string) (any, error){
			"engine": func(path string) (any, error) { return protocol.ReadEngineFile(path) },
			"client": func(path string) (any, error) { return protocol.ReadClientFile(path) },
		} {
			path := filepath.Join(dir, name+kind+".json")
			if _, err := read(path); err != nil {
				t.Error(err)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v, %v", path, info.Mode(), err)
			}
			defer func() {
				if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("%s is left behind: %v", path, err)
				}
			}()
		}
		if key := c.ClientInfo().Key; len(key) != 64 || c.EngineInfo().Key != key {
			t.Errorf("key %q", key)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A controller removes only its own files, and one that fails writes none.
func TestConnectionFilesOfOthersStay(t *testing.T) {
	dir := t.TempDir()
	options := Options{Dir: dir, Key: "shared"}
	first, err := Start(options)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	second, err := Start(options)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	check := func(after string) {
		t.Helper()
		f, err := protocol.ReadClientFile(filepath.Join(dir, "ipcontroller-client.json"))
		if err != nil || f.Registration != second.ClientInfo().Registration {
			t.Errorf("after %s: %+v, %v", after, f, err)
		}
	}
	options.Host = "192.0.2.1"
	if c, err := Start(options); err == nil {
		c.Close()
		t.Fatal("a host of others is listened at")
	}
	check("a failed start")
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	check("the end of the first")
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v are left, %v", left, err)
	}
}

func TestStartFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		options Options
		want    string
	}{
		"host of others": {Options{Host: "192.0.2.1"}, "192.0.2.1"},
		"no folder":      {Options{Dir: filepath.Join(file, "x")}, "file"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if c, err := Start(test.options); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v", err)
				if c != nil {
					c.Close()
				}
			}
		})
	}
}

// Engines elsewhere need an address that is not only this machine's own.
func TestInterfaces(t *testing.T) {
	for host, want := range map[string]string{"": "tcp://127.0.0.1", "0.0.0.0": "tcp://0.0.0.0", "localhost": "tcp://localhost"} {
		c := start(t, func(o *Options) { o.Host = host })
		if got := c.EngineInfo().Interface; got != want {
			t.Errorf("%q: %q, want %q", host, got, want)
		}
		k := c.client()
		if host != "localhost" || len(k.links) > 0 {
			k.ask("hub", message{kind: "connection_request", content: fields{}}).ok(t)
		}
		c.engine()
	}
}

// Engines of ours end when their controller does.
func TestCloseEndsEngines(t *testing.T) {
	c := start(t)
	e := c.engine()
	if err := errors.Join(c.Close(), c.Close()); err != nil {
		t.Error(err)
	}
	err := <-e.ended
	if e.ended <- err; !errors.Is(err, ippengine.ErrControllerGone) {
		t.Errorf("got %v", err)
	}
}
