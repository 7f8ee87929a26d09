package controller

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/warren-go/warren/internal/wire"
)

// got is a task that a raw engine has got.
type got struct {
	*rawEngine
	wire.Message
}

// given waits for a task at an engine.
func (e *rawEngine) given() got { return got{e, e.request("task")} }

func (g got) ok() { g.answer("task", g.Message, "ok", nil) }

func (g got) fail() { g.answer("task", g.Message, "error", nil) }

func (g got) unmet() { g.answer("task", g.Message, "error", fields{"dependencies_met": false}) }

func (g got) id() string { return headerID(g.Raw) }

func headerID(raw json.RawMessage) string { return parentID(wire.Message{Parent: raw}) }

// die ends an engine as a crash does.
func (e *rawEngine) die() { e.close() }

func (c *cluster) raws(n int) []*rawEngine {
	c.t.Helper()
	var all []*rawEngine
	for range n {
		all = append(all, c.registered(c.raw()))
	}
	return all
}

func depth(n int) func(*Options) { return func(o *Options) { o.Depth = n } }

// come waits until the controller has as many tasks.
func (c *cluster) come(n int) {
	c.t.Helper()
	c.until(fmt.Sprintf("there are %d tasks", n), func() bool { return len(c.queue.jobs) == n })
}

func TestTasksGoToTheLeastLoaded(t *testing.T) {
	c := start(t, depth(2))
	e := c.raws(2)
	k := c.client()
	for range 5 {
		k.send("task", execute("x"))
	}
	a, _, b, _ := e[0].given(), e[0].given(), e[1].given(), e[1].given()
	c.until("one waits", func() bool { return c.queue.idle == 1 })
	b.ok()
	k.next("task").ok(t)
	e[1].given()
	k.send("task", execute("x"))
	a.ok()
	k.next("task").ok(t)
	e[0].given()
}

func TestClientsTakeTurns(t *testing.T) {
	c := start(t, depth(1))
	e := c.raws(1)[0]
	first, second := c.client(), c.client()
	var want []string
	for range 4 {
		want = append(want, first.send("task", execute("x")))
	}
	c.come(4)
	id := second.send("task", execute("x"))
	c.come(5)
	want = []string{want[0], want[1], id, want[2], want[3]}
	for i, w := range want {
		g := e.given()
		if g.id() != w {
			t.Errorf("task %d: got %s, want %s", i, g.id(), w)
		}
		g.ok()
	}
}

func TestTasksWaitForEngines(t *testing.T) {
	c := start(t)
	k := c.client()
	k.send("task", execute("x"))
	c.come(1)
	c.raws(1)[0].given().ok()
	k.next("task").ok(t)
}

func TestRetries(t *testing.T) {
	c := start(t)
	e := c.raws(2)
	k := c.client()
	k.send("task", execute("x").with(fields{"retries": 3}))
	for i := range 3 { // each engine before any has it twice
		e[i%2].given().fail()
	}
	e[1].given().ok()
	k.next("task").ok(t)
	k.send("task", execute("x").with(fields{"retries": 1, "targets": []string{e[0].uuid}}))
	e[0].given().fail()
	e[0].given().fail()
	k.next("task").failed(t, "Bad", "raw")
}

// Engines refuse what they have seen. They must not take the second trial for the first.
func TestRetriesAreNew(t *testing.T) {
	c := start(t)
	e := c.raws(1)[0]
	k := c.client()
	k.send("task", execute("x").with(fields{"retries": 1, "label": "l"}))
	first, err := e.codec.Decode(e.frames("task"))
	if err != nil {
		t.Fatal(err)
	}
	e.answer("task", first, "error", nil)
	second, err := e.codec.Decode(e.frames("task"))
	if err != nil {
		t.Fatal(err)
	}
	if second.Header != first.Header || string(second.Content) != string(first.Content) || !strings.Contains(string(second.Metadata), `"label":"l"`) {
		t.Errorf("got %+v, want %+v", second, first)
	}
}

func TestUnmetDependencyGoesElsewhere(t *testing.T) {
	c := start(t)
	e := c.raws(3)
	k := c.client()
	k.send("task", execute("x"))
	e[0].given().unmet()
	e[1].given().unmet()
	e[2].given().ok()
	if r := k.next("task"); r.metadata["engine"] != e[2].uuid {
		t.Errorf("got %v", r.metadata)
	}
	k.send("task", execute("x").with(fields{"retries": 9}))
	for range e { // in the order in which they had their last task
		for _, one := range e {
			select {
			case frames := <-one.links["task"].Messages():
				m, err := one.codec.Open(frames)
				if err != nil {
					t.Fatal(err)
				}
				one.answer("task", m, "error", fields{"dependencies_met": false})
			case <-time.After(100 * time.Millisecond):
			}
		}
	}
	k.next("task").failed(t, "ImpossibleDependency", "every engine")
}

func TestLostTasks(t *testing.T) {
	tests := map[string]struct {
		metadata fields
		again    int // how often another engine has to get it
		want     string
	}{
		"plain":           {nil, 0, "Engine 0 died"},
		"retries":         {fields{"retries": 1}, 1, "Engine 1 died"},
		"restarted":       {fields{"restart_lost": true}, 2, "3 engines died"},
		"bound to it":     {fields{"retries": 1, "targets": true}, 0, "can never run"},
		"bound, no retry": {fields{"targets": true}, 0, "Engine 0 died"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			e := c.raws(1)[0]
			if test.metadata["targets"] != nil {
				test.metadata["targets"] = []string{e.uuid}
			}
			k := c.client()
			id := k.send("task", execute("x").with(test.metadata))
			for range test.again {
				e.given()
				next := c.registered(c.raw())
				e.die()
				e = next
			}
			e.given()
			e.die()
			name := "EngineError"
			if strings.Contains(test.want, "never") {
				name = "ImpossibleDependency"
			}
			r := k.next("task")
			if r.failed(t, name, test.want); r.parent != id {
				t.Errorf("the reply is to %s", r.parent)
			}
			c.until("nothing is left", func() bool { return len(c.queue.jobs) == 0 && c.queue.idle == 0 })
		})
	}
}

// Of the tasks that a dying engine has, only the one that may have run counts against itself.
func TestTasksBehindAreNotBlamed(t *testing.T) {
	c := start(t, depth(2))
	k := c.client()
	restart := fields{"restart_lost": true}
	poison := k.send("task", execute("x").with(restart))
	c.come(1)
	good := k.send("task", execute("x").with(restart))
	c.come(2)
	for range fatalLimit {
		e := c.raws(1)[0]
		if g := e.given(); g.id() != poison {
			t.Fatalf("the first task is %s", g.id())
		}
		e.given()
		e.die()
		c.until("the engine is gone", func() bool { return c.registry.byUUID[e.uuid] == nil })
	}
	r := k.next("task")
	if r.failed(t, "EngineError", "3 engines died"); r.parent != poison {
		t.Errorf("the reply is to %s", r.parent)
	}
	c.raws(1)[0].given().ok()
	if r := k.next("task"); r.parent != good {
		t.Errorf("the reply is to %s", r.parent)
	}
}

func TestDependencies(t *testing.T) {
	// Two tasks run first, on engines 0 and 1, the first with success, the second without.
	tests := map[string]struct {
		metadata func(ids []string) fields
		engine   int // where the task has to run, -1 for anywhere
		err      string
	}{
		"after one":           {func(ids []string) fields { return fields{"after": ids[:1]} }, -1, ""},
		"after a string":      {func(ids []string) fields { return fields{"after": ids[0]} }, -1, ""},
		"after a failure":     {func(ids []string) fields { return fields{"after": ids[1:]} }, -1, "ImpossibleDependency"},
		"after both":          {func(ids []string) fields { return fields{"after": ids} }, -1, "ImpossibleDependency"},
		"after any":           {func(ids []string) fields { return fields{"after": fields{"dependencies": ids, "all": false}} }, -1, ""},
		"after ends":          {func(ids []string) fields { return fields{"after": fields{"dependencies": ids, "failure": true}} }, -1, ""},
		"after failures":      {func(ids []string) fields { return fields{"after": flagged(ids[1:], false, true)} }, -1, ""},
		"after all failures":  {func(ids []string) fields { return fields{"after": flagged(ids, false, true)} }, -1, "ImpossibleDependency"},
		"after nothing":       {func(ids []string) fields { return fields{"after": nil, "follow": []string{}} }, -1, ""},
		"after none counts":   {func(ids []string) fields { return fields{"after": flagged(ids, false, false)} }, -1, "ValueError"},
		"after the unknown":   {func(ids []string) fields { return fields{"after": []string{ids[0], "what"}} }, -1, "InvalidDependency"},
		"after a number":      {func(ids []string) fields { return fields{"after": 7} }, -1, "ValueError"},
		"follow one":          {func(ids []string) fields { return fields{"follow": ids[:1]} }, 0, ""},
		"follow a failure":    {func(ids []string) fields { return fields{"follow": flagged(ids[1:], false, true)} }, 1, ""},
		"follow both":         {func(ids []string) fields { return fields{"follow": flagged(ids, true, true)} }, -1, "ImpossibleDependency"},
		"follow to no target": {func(ids []string) fields { return fields{"follow": ids[:1], "targets": []string{"x"}} }, -1, "ImpossibleDependency"},
		"targets unknown":     {func(ids []string) fields { return fields{"targets": "x"} }, -1, "ImpossibleDependency"},
		"targets a number":    {func(ids []string) fields { return fields{"targets": 1} }, -1, "ValueError"},
		"timeout negative":    {func(ids []string) fields { return fields{"timeout": -1} }, -1, "ValueError"},
		"timeout long":        {func(ids []string) fields { return fields{"timeout": 1e300} }, -1, ""},
	}
	for name, test := range tests {
		for _, early := range []bool{false, true} { // before or after the others have ended
			t.Run(fmt.Sprintf("%s, early %v", name, early), func(t *testing.T) {
				c := start(t)
				e := c.raws(2)
				k := c.client()
				ids := []string{
					k.send("task", execute("x").with(fields{"targets": []string{e[0].uuid}})),
					k.send("task", execute("x").with(fields{"targets": []string{e[1].uuid}})),
				}
				first, second := e[0].given(), e[1].given()
				var id string
				if early {
					id = k.send("task", execute("y").with(test.metadata(ids)))
				}
				c.until("it has come", func() bool { return !early || c.queue.jobs[id] != nil || test.err != "" })
				first.ok()
				second.fail()
				var replies []reply
				take := func() { replies = append(replies, k.next("task")) }
				take()
				take()
				if !early {
					id = k.send("task", execute("y").with(test.metadata(ids)))
				}
				if test.err == "" {
					ran := -1
					select {
					case frames := <-e[0].links["task"].Messages():
						ran = 0
						m, _ := e[0].codec.Open(frames)
						got{e[0], m}.ok()
					case frames := <-e[1].links["task"].Messages():
						ran = 1
						m, _ := e[1].codec.Open(frames)
						got{e[1], m}.ok()
					case <-time.After(wait):
						t.Fatal("it does not run")
					}
					if test.engine >= 0 && ran != test.engine {
						t.Errorf("it runs on engine %d, want %d", ran, test.engine)
					}
				}
				take()
				i := slices.IndexFunc(replies, func(r reply) bool { return r.parent == id })
				if i < 0 {
					t.Fatalf("no reply to it: %v", replies)
				}
				if test.err == "" {
					replies[i].ok(t)
				} else {
					replies[i].failed(t, test.err, "")
				}
			})
		}
	}
}

func flagged(ids []string, success, failure bool) fields {
	return fields{"dependencies": ids, "all": true, "success": success, "failure": failure}
}

// A failure ends all that depend on it, however long the chain is.
func TestLongChainFails(t *testing.T) {
	const length = 5000
	c := start(t)
	e := c.raws(1)[0]
	k := c.client()
	last := k.send("task", execute("x"))
	running := e.given()
	for range length {
		last = k.send("task", execute("y").with(fields{"after": last}))
	}
	c.come(length + 1)
	running.fail()
	k.next("task").failed(t, "Bad", "")
	for range length {
		if r := k.next("task"); r.content["ename"] != "ImpossibleDependency" {
			t.Fatalf("got %v", r.content)
		}
	}
	c.come(0)
}

func TestTimeouts(t *testing.T) {
	c := start(t, depth(1))
	k := c.client()
	hopes := k.send("task", execute("x").with(fields{"timeout": 0.01}))
	r := k.next("task")
	if r.failed(t, "TaskTimeout", "10ms"); r.parent != hopes {
		t.Errorf("the reply is to %s", r.parent)
	}
	// What runs has no timeout.
	e := c.raws(1)[0]
	k.send("task", execute("x").with(fields{"timeout": 0.05}))
	running := e.given()
	k.send("task", execute("x").with(fields{"timeout": 0.01}))
	k.next("task").failed(t, "TaskTimeout", "")
	time.Sleep(100 * time.Millisecond)
	running.ok()
	k.next("task").ok(t)
}

func TestAbortOfWaitingTasks(t *testing.T) {
	c := start(t, depth(1))
	e := c.raws(1)[0]
	k := c.client()
	k.send("task", execute("x"))
	running := e.given()
	id := k.send("task", execute("x"))
	c.come(2)
	after := k.send("task", execute("x").with(fields{"after": id}))
	c.come(3)
	k.send("control", message{kind: "abort_request", content: fields{"msg_ids": []string{id, running.id(), "unknown"}}}.on(e.uuid))
	if r := k.next("task"); r.parent != id || r.content["status"] != "aborted" || r.metadata["status"] != "aborted" {
		t.Errorf("got %v", r)
	}
	if r := k.next("task"); r.parent != after {
		t.Errorf("got %v", r)
	} else {
		r.failed(t, "ImpossibleDependency", "")
	}
	e.answer("control", e.request("control"), "ok", nil)
	k.next("control").ok(t)
	running.ok()
	k.next("task").ok(t)
}

// A task that is aborted before it comes, since it has another way, is aborted when it comes.
func TestAbortComesFirst(t *testing.T) {
	c := start(t)
	e := c.raws(1)[0]
	k := c.client()
	m, err := k.codec.New("execute_request", nil, fields{"code": "x"})
	if err != nil {
		t.Fatal(err)
	}
	k.send("control", message{kind: "abort_request", content: fields{"msg_ids": m.Header.ID}}.on(e.uuid))
	e.answer("control", e.request("control"), "ok", nil)
	k.next("control").ok(t)
	frames, err := k.codec.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	k.raw("task", frames)
	if r := k.next("task"); r.parent != m.Header.ID || r.content["status"] != "aborted" {
		t.Errorf("got %v", r)
	}
	c.until("it is forgotten", func() bool { return len(c.queue.early) == 0 })
}

// The tasks of a client that is gone are dropped, except those that run, of which nobody hears.
func TestClientDisappears(t *testing.T) {
	c := start(t, depth(1))
	e := c.raws(1)[0]
	gone, k := c.client(), c.client()
	gone.send("task", execute("x").with(fields{"retries": 5, "restart_lost": true}))
	running := e.given()
	for range 100 {
		gone.send("task", execute("x"))
	}
	gone.send("task", execute("x").with(fields{"targets": []string{e.uuid}}))
	gone.send("mux", execute("x").on(e.uuid))
	direct := e.request("mux")
	c.come(102)
	gone.close()
	c.come(1)
	running.fail()
	e.answer("mux", direct, "ok", nil)
	c.come(0)
	id := k.send("task", execute("x"))
	if g := e.given(); g.id() != id {
		t.Errorf("the next task is %s, want %s", g.id(), id)
	} else {
		g.ok()
	}
	k.next("task").ok(t)
}

// Thousands of tasks, while engines die and others come: each is done, and answered once.
func TestTasksSurviveTheirEngines(t *testing.T) {
	const tasks = 3000
	c := start(t)
	k := c.client()
	k.quiet()
	var engines []*testEngine
	for range 3 {
		engines = append(engines, c.engine())
	}
	m := message{kind: "apply_request", content: fields{}, buffers: [][]byte{[]byte("f")}}.with(fields{"restart_lost": true, "retries": 1})
	waiting := map[string]bool{}
	for range tasks {
		waiting[k.send("task", m)] = true
	}
	for i := range tasks {
		r := k.next("task")
		if r.ok(t); !waiting[r.parent] {
			t.Fatalf("%s is answered twice", r.parent)
		}
		delete(waiting, r.parent)
		if i%1000 == 500 {
			engines[0].kill()
			engines = append(engines[1:], c.engine())
		}
	}
	if len(waiting) > 0 {
		t.Errorf("%d tasks are not answered", len(waiting))
	}
}

func TestRecordsAreBounded(t *testing.T) {
	r := newRecords(100)
	for i := range 110 {
		r.add(fmt.Sprint(i), record{})
	}
	if _, ok := r.byID["9"]; ok || len(r.byID) != 100 {
		t.Errorf("%d records, the oldest too: %v", len(r.byID), ok)
	}
	first := ""
	r.each(func(id string, _ record) {
		if first == "" {
			first = id
		}
	})
	if first != "10" {
		t.Errorf("the oldest is %s", first)
	}
}

func TestPace(t *testing.T) {
	at := func(d time.Duration) time.Time { return time.Unix(1, 0).Add(d) }
	tests := map[string]struct {
		fixed int
		took  []time.Duration // by one task after the other, all given at the beginning
		want  int
	}{
		"unknown":        {0, nil, 1},
		"fixed":          {3, []time.Duration{time.Second}, 3},
		"long":           {0, []time.Duration{time.Second}, 1},
		"short":          {0, []time.Duration{250 * time.Microsecond}, 5},
		"very short":     {0, []time.Duration{time.Microsecond}, 1 + aheadLimit},
		"no time at all": {0, []time.Duration{0}, 1 + aheadLimit},
		"one long":       {0, []time.Duration{time.Microsecond, time.Microsecond, time.Second, time.Microsecond}, 1},
	}
	for name, test := range tests {
		p := pace{fixed: test.fixed}
		var now time.Duration
		for _, d := range test.took {
			now += d
			p.done(at(0), at(now))
		}
		if got := p.depth(); got != test.want {
			t.Errorf("%s: depth %d, want %d", name, got, test.want)
		}
	}
}

// Tasks that wait for a busy engine do not keep others waiting, and fail when it dies.
func TestTargetsWaitApart(t *testing.T) {
	c := start(t, depth(1))
	e := c.raws(2)
	k := c.client()
	bound := fields{"targets": []string{e[0].uuid, e[0].uuid}}
	var waiting []string
	for range 4 {
		waiting = append(waiting, k.send("task", execute("x").with(bound)))
	}
	e[0].given()
	c.come(4)
	for range 3 {
		id := k.send("task", execute("y"))
		g := e[1].given()
		g.ok()
		if r := k.next("task"); r.parent != id {
			t.Errorf("the reply is to %s, want %s", r.parent, id)
		}
	}
	e[0].die()
	got := map[string]any{}
	for range waiting {
		r := k.next("task")
		got[r.parent] = r.content["ename"]
	}
	for i, id := range waiting {
		want := "ImpossibleDependency"
		if i == 0 {
			want = "EngineError"
		}
		if got[id] != want {
			t.Errorf("task %d: %v, want %s", i, got[id], want)
		}
	}
	c.until("no group is left", func() bool { c.queue.dispatch(); return len(c.queue.groups) == 1 && c.queue.idle == 0 })
}

// A task does not go where it would wait behind requests that were made to the engine alone.
func TestTasksAvoidBusyEngines(t *testing.T) {
	c := start(t)
	e := c.raws(2)
	k := c.client()
	for _, link := range []string{"mux", "broadcast"} {
		ask := func(e *rawEngine) wire.Message {
			k.send(link, execute("x").on(e.uuid).with(fields{"targets": [][]any{{e.uuid, e.id}}, "is_broadcast": true}))
			return e.request(link)
		}
		first := ask(e[0])
		for range 2 {
			k.send("task", execute("x"))
			e[1].given().ok()
			k.next("task").ok(t)
		}
		second := ask(e[1])
		k.send("task", execute("x"))
		c.come(1)
		c.until("the task waits", func() bool { return c.queue.idle == 1 })
		e[0].answer(link, first, "ok", nil)
		e[0].given().ok()
		k.next("task").ok(t)
		e[1].answer(link, second, "ok", nil)
		for range 2 {
			k.next(link).ok(t)
		}
	}
}
