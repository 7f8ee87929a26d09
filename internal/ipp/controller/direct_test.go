package controller

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/warren-go/warren/internal/wire"
)

func TestRequestsReachTheirEngine(t *testing.T) {
	c := start(t)
	c.engine()
	second := c.engine()
	k := c.client()
	for _, link := range []string{"mux", "control"} {
		kind := map[string]string{"mux": "apply_request", "control": "clear_request"}[link]
		r := k.ask(link, message{kind: kind, content: fields{}, buffers: [][]byte{[]byte("f"), []byte("x")}}.on(c.uuid(second.id)))
		if r.ok(t); r.metadata["engine"] != c.uuid(second.id) {
			t.Errorf("%s: %v answers", link, r.metadata)
		}
		if link == "mux" && (len(r.buffers) != 2 || string(r.buffers[0]) != "x") {
			t.Errorf("got %q back", r.buffers)
		}
	}
}

func TestLargeBuffersPass(t *testing.T) {
	c := start(t)
	e := c.engine()
	k := c.client()
	big := bytes.Repeat([]byte("x"), 10<<20)
	for _, link := range []string{"mux", "task"} {
		m := message{kind: "apply_request", content: fields{}, buffers: [][]byte{big, []byte("x"), {}}}
		if link == "mux" {
			m = m.on(c.uuid(e.id))
		}
		if r := k.ask(link, m); len(r.buffers) != 3 || len(r.buffers[0]) != 0 || !bytes.Equal(r.buffers[2], big) {
			t.Errorf("%s: %d buffers came back", link, len(r.buffers))
		}
	}
}

func TestRequestsToNobodyAreAnswered(t *testing.T) {
	c := start(t)
	k := c.client()
	nobody := fields{"targets": [][]any{{"nobody", 7}}, "is_broadcast": true}
	tests := map[string]message{
		"mux":       execute("x").on("nobody"),
		"control":   message{kind: "abort_request", content: fields{}}.on("nobody"),
		"broadcast": execute("x").with(nobody),
	}
	for link, m := range tests {
		id := k.send(link, m)
		r := k.next(link)
		if r.failed(t, "EngineError", "nobody"); r.parent != id && r.parent != id+"_nobody" {
			t.Errorf("%s: the reply is to %s", link, r.parent)
		}
	}
}

// Whatever an engine sends, a client gets one reply to each of its requests, and none to those of others.
func TestRepliesComeOnce(t *testing.T) {
	c := start(t)
	e := c.registered(c.raw())
	k := c.client()
	for _, link := range []string{"mux", "task"} {
		first := execute("x")
		if link == "mux" {
			first = first.on(e.uuid)
		}
		k.send(link, first)
		m := e.request(link)
		strange := m
		strange.Raw = []byte(`{"msg_id":"unknown","msg_type":"apply_request"}`)
		e.answer(link, strange, "ok", nil)
		for range 3 {
			e.answer(link, m, "ok", nil)
		}
		k.next(link).ok(t)
		id := k.send(link, first)
		e.answer(link, e.request(link), "ok", nil)
		if r := k.next(link); r.parent != id {
			t.Errorf("%s: the next reply is to %s, want %s", link, r.parent, id)
		}
	}
}

// A request whose id is in use is dropped: there could be only one reply.
func TestSameIDTwice(t *testing.T) {
	c := start(t)
	e := c.registered(c.raw())
	k := c.client()
	for range 2 {
		m, err := k.codec.New("apply_request", nil, fields{})
		if err != nil {
			t.Fatal(err)
		}
		m.Header.ID, m.Idents = "same", [][]byte{[]byte(e.uuid)}
		m.Header.Date = fmt.Sprint(time.Now().UnixNano()) // so that the signature is another
		frames, err := k.codec.Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		k.raw("mux", frames)
	}
	id := k.send("mux", execute("next").on(e.uuid))
	e.answer("mux", e.request("mux"), "ok", nil)
	e.answer("mux", e.request("mux"), "ok", nil)
	for _, want := range []string{"same", id} {
		if r := k.next("mux"); r.parent != want {
			t.Errorf("the reply is to %s, want %s", r.parent, want)
		}
	}
}

// What is not signed, not new or no message is dropped, wherever it comes from; the cluster goes on.
func TestGarbageDoesNoHarm(t *testing.T) {
	c := start(t)
	e := c.registered(c.raw())
	k := c.client()
	stranger, err := wire.NewCodec(scheme, "wrong", "x")
	if err != nil {
		t.Fatal(err)
	}
	forged, err := stranger.New("execute_request", nil, fields{"code": "x"})
	if err != nil {
		t.Fatal(err)
	}
	forged.Idents = [][]byte{[]byte(e.uuid)}
	wrong, err := stranger.Encode(forged)
	if err != nil {
		t.Fatal(err)
	}
	garbage := [][][]byte{wrong, wrong[1:], {{}}, {[]byte("x")}, {[]byte("<IDS|MSG>")}, {[]byte(e.uuid), []byte("<IDS|MSG>"), {}, {}, {}, {}, {}}}
	for _, who := range []*client{k, e.client} {
		for name := range who.links {
			if name == "iopub" || name == "notification" || name == "ping" {
				continue
			}
			for _, g := range garbage {
				who.raw(name, g)
			}
		}
	}
	unknown := message{kind: "dance_request", content: fields{}}
	k.ask("hub", unknown).failed(t, "NotImplementedError", "dance_request")
	k.send("hub", message{kind: "unregistration_request", content: fields{"id": 17}})
	k.send("hub", message{kind: "unregistration_request", content: fields{"id": "x"}})
	k.send("task", message{kind: "dance", content: fields{}})
	k.send("mux", unknown) // names no engine
	k.send("mux", message{kind: "comm_msg", content: fields{}}.on("nobody"))
	k.send("mux", message{kind: "comm_msg", content: fields{}}.on(e.uuid)) // has no reply
	if _, err := e.codec.Decode(e.frames("mux")); err != nil {
		t.Error(err)
	}
	for _, link := range []string{"mux", "control", "task"} {
		m := execute("x")
		if link != "task" {
			m = m.on(e.uuid)
		}
		id := k.send(link, m)
		e.answer(link, e.request(link), "ok", nil)
		if r := k.next(link); r.parent != id {
			t.Errorf("%s: got %v", link, r)
		}
	}
}

func TestWrongKeyIsNotHeard(t *testing.T) {
	c := start(t)
	c.engine()
	f := c.ClientInfo()
	f.Key = "wrong"
	stranger := newClient(t, f)
	stranger.send("hub", message{kind: "connection_request", content: fields{}})
	stranger.send("hub", message{kind: "shutdown_request", content: fields{}})
	stranger.send("mux", execute("wait x").on(c.uuid(0)))
	k := c.client()
	k.ask("hub", message{kind: "connection_request", content: fields{}}).ok(t)
	k.ask("mux", execute("value x").on(c.uuid(0))).ok(t)
	for name, l := range stranger.links {
		if name == "notification" || name == "iopub" {
			continue // everyone may read these, as the package's documentation says
		}
		select {
		case frames := <-l.Messages():
			t.Errorf("%s: the stranger hears %q", name, frames)
		default:
		}
	}
}

func TestBroadcast(t *testing.T) {
	c := start(t)
	var targets [][]any
	for range 3 {
		e := c.engine()
		targets = append(targets, []any{c.uuid(e.id), e.id})
	}
	k := c.client()
	apply := message{kind: "apply_request", content: fields{}, buffers: [][]byte{[]byte("f"), []byte("x")}}

	t.Run("each", func(t *testing.T) {
		id := k.send("broadcast", apply.with(fields{"targets": append(targets, targets[0]), "is_broadcast": true, "is_coalescing": false}))
		got := map[string]bool{}
		for range targets {
			r := k.next("broadcast")
			r.ok(t)
			got[r.parent] = true
		}
		for _, target := range targets {
			if want := fmt.Sprint(id, "_", target[0]); !got[want] {
				t.Errorf("no reply to %s among %v", want, got)
			}
		}
	})
	t.Run("coalescing", func(t *testing.T) {
		r := k.ask("broadcast", apply.with(fields{"targets": targets, "is_broadcast": true, "is_coalescing": true, "label": "l"}))
		r.ok(t)
		if len(r.buffers) != 6 || string(r.buffers[4]) != "x" || r.metadata["label"] != "l" || len(r.metadata["broadcast_targets"].([]any)) != 3 {
			t.Errorf("got %q, %v", r.buffers, r.metadata)
		}
	})
	t.Run("coalescing with a failure", func(t *testing.T) {
		some := append([][]any{{"nobody", 9}}, targets...)
		r := k.ask("broadcast", apply.with(fields{"targets": some, "is_broadcast": true, "is_coalescing": true}))
		if r.failed(t, "EngineError", "nobody"); len(r.buffers) != 0 {
			t.Errorf("got %d buffers", len(r.buffers))
		}
	})
	for name, metadata := range map[string]fields{
		"no targets": {}, "no list": {"targets": "x"}, "no uuid": {"targets": [][]any{{1, 2}}}, "empty target": {"targets": [][]any{{}}},
	} {
		t.Run(name, func(t *testing.T) { k.ask("broadcast", apply.with(metadata)).failed(t, "ValueError", "broadcast") })
	}
}

// Several clients at once get their own replies, each once.
func TestClientsDoNotMix(t *testing.T) {
	const clients, each = 3, 1000
	c := start(t)
	for range 2 {
		c.engine()
	}
	var all sync.WaitGroup
	for i := range clients {
		k := c.client()
		k.quiet()
		links := []string{"task", "mux"}
		for _, link := range links {
			sent := make(chan string, each)
			all.Go(func() {
				m := message{kind: "apply_request", content: fields{}, buffers: [][]byte{fmt.Append(nil, i)}}
				if link == "mux" {
					m = m.on(c.uuid(i % 2))
				}
				for range each {
					sent <- k.send(link, m)
				}
			})
			all.Go(func() {
				got := map[string]bool{}
				for range each {
					r := k.next(link)
					if got[r.parent] || string(r.buffers[0]) != fmt.Sprint(i) {
						t.Errorf("client %d: %s is answered twice, or by %q", i, r.parent, r.buffers)
					}
					got[r.parent] = true
				}
				for range each {
					if id := <-sent; !got[id] {
						t.Errorf("client %d: no reply to %s", i, id)
					}
				}
			})
		}
	}
	all.Wait()
}

func TestOutputGoesToAllClients(t *testing.T) {
	c := start(t)
	e := c.engine()
	clients := []*client{c.client(), c.client()}
	id := clients[0].send("mux", execute("print hello").on(c.uuid(e.id)))
	for i, k := range clients {
		for {
			r := k.next("iopub")
			if r.parent != id {
				t.Errorf("client %d: output of %s", i, r.parent)
			}
			if r.kind == "stream" {
				if r.content["text"] != "hello" {
					t.Errorf("client %d: %v", i, r.content)
				}
				break
			}
		}
	}
}

func TestQueries(t *testing.T) {
	c := start(t)
	e := c.registered(c.raw())
	k := c.client()
	done := k.send("mux", execute("x").on(e.uuid))
	e.answer("mux", e.request("mux"), "ok", nil)
	k.next("mux")
	pending := k.send("mux", execute("x").on(e.uuid))
	e.request("mux")
	failed := func(name, text string) func(t *testing.T, r reply) {
		return func(t *testing.T, r reply) { r.failed(t, name, text) }
	}
	has := func(key string, want any) func(t *testing.T, r reply) {
		return func(t *testing.T, r reply) {
			r.ok(t)
			if got := fmt.Sprint(r.content[key]); got != fmt.Sprint(want) {
				t.Errorf("%s: got %v, want %v", key, got, want)
			}
		}
	}
	tests := []struct {
		kind    string
		content fields
		check   func(t *testing.T, r reply)
	}{
		{"queue_request", fields{"targets": nil}, has("0", "map[completed:1 queue:1 tasks:0]")},
		{"queue_request", fields{"targets": []int{0}, "verbose": true}, has("0", fmt.Sprintf("map[completed:[%s] queue:[%s] tasks:[]]", done, pending))},
		{"queue_request", fields{"targets": []int{3}}, failed("IndexError", "No Such Engine: 3")},
		{"queue_request", fields{"targets": "x"}, failed("IndexError", "queue_request")},
		{"load_request", fields{"targets": []string{e.uuid}}, has("0", 1)},
		{"load_request", fields{"targets": []int{3}}, failed("IndexError", "3")},
		{"result_request", fields{"msg_ids": []string{done, pending}, "status_only": true}, has("pending", []string{pending})},
		{"result_request", fields{"msg_ids": done, "status_only": true}, has("completed", []string{done})},
		{"result_request", fields{"msg_ids": done}, failed("NotImplementedError", "keeps no results")},
		{"result_request", fields{"msg_ids": "x"}, failed("KeyError", "x")},
		{"result_request", fields{"msg_ids": 1}, failed("ValueError", "result_request")},
		{"history_request", fields{}, has("history", []string{done})},
		{"purge_request", fields{"msg_ids": pending}, failed("IndexError", "pending")},
		{"purge_request", fields{"engine_ids": []int{3}}, failed("IndexError", "3")},
		{"purge_request", fields{"msg_ids": 1}, failed("ValueError", "purge_request")},
		{"purge_request", fields{"engine_ids": []int{0}}, has("status", "ok")},
		{"history_request", fields{}, has("history", []string{})},
		{"db_request", fields{}, failed("NotImplementedError", "keeps no results")},
		{"resubmit_request", fields{}, failed("NotImplementedError", "submit the task again")},
		{"become_dask_request", fields{}, failed("NotImplementedError", "Dask")},
	}
	for _, test := range tests {
		t.Run(test.kind, func(t *testing.T) { test.check(t, k.ask("hub", message{kind: test.kind, content: test.content})) })
	}
}

func TestAClientMayEndTheController(t *testing.T) {
	c := start(t)
	c.engine()
	k := c.client()
	k.ask("hub", message{kind: "shutdown_request", content: fields{}}).ok(t)
	k.notice()
	if r := k.next("notification"); r.kind != "shutdown_notification" {
		t.Errorf("got %s", r.kind)
	}
	select {
	case <-c.Done():
	case <-time.After(wait):
		t.Fatal("the controller goes on")
	}
}
