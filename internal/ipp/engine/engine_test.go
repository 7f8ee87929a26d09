package engine

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/wire"
)

func execute(code string) fields { return fields{"code": code, "silent": false} }

func TestExecuteShowsAndReplies(t *testing.T) {
	c := start(t, &echo{}).beating()
	tests := map[string]struct {
		code   string
		want   fields
		output []string
	}{
		"text":    {"print hi", fields{"status": "ok"}, []string{"engine.7.stdout stream hi"}},
		"errors":  {"warn hi", fields{"status": "ok"}, []string{"engine.7.stderr stream hi"}},
		"value":   {"value 1", fields{"status": "ok"}, []string{"engine.7.execute_result execute_result"}},
		"picture": {"show 1", fields{"status": "ok"}, []string{"engine.7.displaypub display_data"}},
		"failure": {"fail x", fields{"status": "error", "ename": "Bad", "evalue": "x"}, []string{"engine.7.error error x"}},
		"error":   {"error x", fields{"status": "error", "ename": "Error", "evalue": "x"}, []string{"engine.7.error error x"}},
		"panic":   {"panic x", fields{"status": "error", "ename": "panic", "evalue": "x"}, []string{"engine.7.error error x"}},
	}
	for name, test := range tests {
		for _, socket := range []string{"mux", "task", "broadcast"} {
			t.Run(name+" by "+socket, func(t *testing.T) {
				id := c.ask(socket, "execute_request", execute(test.code))
				got, m := c.reply(socket, id)
				for key, want := range test.want {
					if got[key] != want {
						t.Errorf("%s: got %v, want %v", key, got[key], want)
					}
				}
				if m.Header.Type != "execute_reply" || got["execution_count"] == 0.0 {
					t.Errorf("%s with execution_count %v", m.Header.Type, got["execution_count"])
				}
				if test.want["status"] == "error" {
					info, _ := got["engine_info"].(fields)
					if _, list := got["traceback"].([]any); !list || info["engine_uuid"] != c.uuid || info["engine_id"] != 7.0 || info["method"] != "execute" {
						t.Errorf("traceback %v, engine_info %v", got["traceback"], info)
					}
				}
				want := append(append([]string{"engine.7.status status busy", "engine.7.execute_input execute_input " + test.code}, test.output...), "engine.7.status status idle")
				if output := c.untilIdle(id); !slices.Equal(output, want) {
					t.Errorf("got\n%q, want\n%q", output, want)
				}
			})
		}
	}
}

func TestSilentCodeShowsNeitherItselfNorItsValue(t *testing.T) {
	c := start(t, &echo{}).beating()
	id := c.ask("mux", "execute_request", fields{"code": "value 1", "silent": true})
	if got, _ := c.reply("mux", id); got["execution_count"] != 0.0 {
		t.Errorf("silent code was counted: %v", got["execution_count"])
	}
	if output := c.untilIdle(id); len(output) != 2 {
		t.Errorf("got %q", output)
	}
}

// Clients, hub and schedulers index the metadata without looking whether a field is there.
func TestReplyMetadataIsComplete(t *testing.T) {
	c := start(t, &echo{}).beating()
	tests := map[string]struct {
		content fields
		want    fields
	}{
		"done":   {execute("value 1"), fields{"status": "ok", "dependencies_met": true}},
		"failed": {execute("fail x"), fields{"status": "error", "dependencies_met": true}},
		"unmet":  {execute("unmet"), fields{"status": "error", "dependencies_met": false}},
	}
	given := fields{"is_broadcast": true, "is_coalescing": false, "original_msg_id": "o", "label": "l"}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, m := c.reply("task", c.send("task", "execute_request", nil, given, test.content, nil))
			got := c.fields(m.Metadata)
			for _, want := range []fields{given, test.want, {"engine": c.uuid}} {
				for key, value := range want {
					if got[key] != value {
						t.Errorf("%s: got %v, want %v", key, got[key], value)
					}
				}
			}
			if _, told := got["engine_info"]; told != (test.want["status"] == "error") {
				t.Errorf("engine_info: %v", got["engine_info"])
			}
			if s, _ := got["started"].(string); s == "" {
				t.Error("no started")
			}
		})
	}
	_, m := c.reply("task", c.ask("task", "execute_request", execute("value 1")))
	for key, want := range (fields{"is_broadcast": false, "is_coalescing": false, "original_msg_id": "", "label": nil}) {
		if got, ok := c.fields(m.Metadata)[key]; !ok || got != want {
			t.Errorf("without being told: %s is %v, want %v", key, got, want)
		}
	}
}

func TestApplyPassesBuffers(t *testing.T) {
	c := start(t, &echo{}).beating()
	big := bytes.Repeat([]byte("x"), 1<<20)
	_, m := c.reply("mux", c.ask("mux", "apply_request", fields{}, []byte("f"), big))
	if len(m.Buffers) != 2 || !bytes.Equal(m.Buffers[0], big) || string(m.Buffers[1]) != "f" {
		t.Errorf("%d buffers came back", len(m.Buffers))
	}
	if got, m := c.reply("mux", c.ask("mux", "apply_request", fields{})); got["status"] != "error" || len(m.Buffers) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestAbort(t *testing.T) {
	x := &echo{started: make(chan string, 10)}
	c := start(t, x).beating()
	running := c.ask("mux", "execute_request", execute("wait"))
	<-x.started
	one := c.ask("mux", "execute_request", execute("print one"))
	two := c.ask("mux", "execute_request", execute("print two"))
	done := func(id string) {
		t.Helper()
		if got, m := c.reply("control", id); got["status"] != "ok" || m.Header.Type != "abort_reply" {
			t.Errorf("got %v", got)
		}
	}
	// Whether or not the request has reached the engine when the abort does, it is aborted.
	done(c.ask("control", "abort_request", fields{"msg_ids": two}))
	done(c.ask("control", "abort_request", fields{"msg_ids": []string{"unknown", one}}))
	stop := c.ask("control", "abort_request", fields{"msg_ids": []string{running}})
	for range 3 { // in any order
		m := c.next("mux")
		if id := c.fields(m.Parent)["msg_id"]; c.fields(m.Content)["status"] != "aborted" {
			t.Errorf("%v: %s", id, m.Content)
		}
	}
	done(stop)
	if got, _ := c.reply("mux", c.ask("mux", "execute_request", execute("value 1"))); got["status"] != "ok" {
		t.Errorf("the next request: %v", got)
	}
	if n := len(x.started); n != 1 {
		t.Errorf("%d requests ran after the first, want 1", n)
	}
}

func TestSignals(t *testing.T) {
	got := make(chan syscall.Signal, 1)
	x := &echo{started: make(chan string, 10)}
	c := start(t, x, func(c *Config) {
		c.Signal = func(s syscall.Signal) error {
			got <- s
			return nil
		}
	}).beating()
	running := c.ask("mux", "execute_request", execute("wait"))
	<-x.started
	for _, s := range []any{2, "SIGINT"} {
		if r, _ := c.reply("control", c.ask("control", "signal_request", fields{"sig": s})); r["status"] != "ok" {
			t.Errorf("%v: %v", s, r)
		}
	}
	if r, _ := c.reply("mux", running); r["ename"] != "KeyboardInterrupt" {
		t.Errorf("got %v", r)
	}
	for _, s := range []any{15, "SIGTERM"} {
		if r, _ := c.reply("control", c.ask("control", "signal_request", fields{"sig": s})); r["status"] != "ok" || <-got != syscall.SIGTERM {
			t.Errorf("%v: %v", s, r)
		}
	}
	for _, s := range []any{0, 1 << 20, "SIGHAPPY", nil, []int{2}} {
		if r, _ := c.reply("control", c.ask("control", "signal_request", fields{"sig": s})); r["status"] != "error" {
			t.Errorf("%v: %v", s, r)
		}
	}
}

func TestInterruptsOfTheProcess(t *testing.T) {
	interrupts := make(chan os.Signal)
	x := &echo{started: make(chan string, 10)}
	c := start(t, x, func(c *Config) { c.Interrupts = interrupts }).beating()
	interrupts <- syscall.SIGINT // nothing runs
	running := c.ask("mux", "execute_request", execute("wait"))
	<-x.started
	interrupts <- syscall.SIGINT
	if r, _ := c.reply("mux", running); r["ename"] != "KeyboardInterrupt" {
		t.Errorf("got %v", r)
	}
}

func TestUserExpressions(t *testing.T) {
	c := start(t, &echo{}).beating()
	ask := fields{"code": "print x", "silent": false, "user_expressions": fields{"sum": "a + b", "bad": ""}}
	got, _ := c.reply("mux", c.ask("mux", "execute_request", ask))
	values, _ := got["user_expressions"].(fields)
	sum, _ := values["sum"].(fields)
	data, _ := sum["data"].(fields)
	bad, _ := values["bad"].(fields)
	if data["text/plain"] != "a + b" || bad["status"] != "error" || bad["evalue"] != "nothing to evaluate" {
		t.Errorf("got %v", values)
	}
}

func TestClear(t *testing.T) {
	x := &echo{}
	c := start(t, x).beating()
	if got, m := c.reply("control", c.ask("control", "clear_request", fields{})); got["status"] != "ok" || m.Header.Type != "clear_reply" || x.cleared.Load() != 1 {
		t.Errorf("%v, cleared %d times", got, x.cleared.Load())
	}
}

func TestUnknownRequestsAreAnswered(t *testing.T) {
	c := start(t, &echo{}).beating()
	for _, socket := range []string{"mux", "control"} {
		if got, m := c.reply(socket, c.ask(socket, "dance_request", fields{})); got["ename"] != "NotImplementedError" || m.Header.Type != "dance_reply" {
			t.Errorf("%s: %v", socket, got)
		}
	}
}

// Bad content is answered; what is not signed, or is no message at all, is dropped. The engine lives on.
func TestGarbageDoesNoHarm(t *testing.T) {
	c := start(t, &echo{}).beating()
	for _, content := range []any{fields{"code": 1}, fields{"silent": "x"}} {
		if got, _ := c.reply("mux", c.ask("mux", "execute_request", content)); got["status"] != "error" {
			t.Errorf("%v: %v", content, got)
		}
	}
	if got, _ := c.reply("control", c.ask("control", "abort_request", fields{"msg_ids": 1})); got["status"] != "error" {
		t.Errorf("got %v", got)
	}
	for _, frames := range [][]string{{}, {""}, {"<IDS|MSG>"}, {"<IDS|MSG>", "", "{}", "{}", "{}", "{}"}, {"<IDS|MSG>", "0", "", "", "", ""}} {
		m := [][]byte{[]byte(c.uuid)}
		for _, f := range frames {
			m = append(m, []byte(f))
		}
		for _, r := range c.routers {
			r.Send(m)
		}
	}
	if got, _ := c.reply("mux", c.ask("mux", "execute_request", execute("value 1"))); got["status"] != "ok" {
		t.Errorf("got %v", got)
	}
}

func TestShutdownIsNoError(t *testing.T) {
	c := start(t, &echo{}).beating()
	if got, _ := c.reply("control", c.ask("control", "shutdown_request", fields{"restart": true})); got["status"] != "error" {
		t.Errorf("an engine that is to start again answers %v", got)
	}
	if got, m := c.reply("control", c.ask("control", "shutdown_request", fields{"restart": false})); got["status"] != "ok" || m.Header.Type != "shutdown_reply" {
		t.Errorf("got %v", got)
	}
	last := c.next("registration")
	if last.Header.Type != "unregistration_request" || c.fields(last.Content)["id"] != 7.0 {
		t.Errorf("the engine ends with %s %s", last.Header.Type, last.Content)
	}
	if err := c.end(); err != nil {
		t.Error(err)
	}
}

// An engine whose controller is gone ends, also in the middle of a request.
func TestControllerGone(t *testing.T) {
	for _, name := range []string{"registration", "mux", "control", "pong", "ping", "iopub"} {
		t.Run(name, func(t *testing.T) {
			x := &echo{started: make(chan string, 1)}
			c := start(t, x).beating()
			c.ask("task", "execute_request", execute("wait"))
			<-x.started
			sockets := map[string]io.Closer{"ping": c.pings, "iopub": c.outputs}
			for name, r := range c.routers {
				sockets[name] = r
			}
			sockets[name].Close()
			if err := c.end(); !errors.Is(err, ErrControllerGone) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A controller that hangs, or is cut off, closes nothing: it just does not ping any more.
func TestSilentControllerIsGone(t *testing.T) {
	c := startWithPeriod(t, time.Millisecond, &echo{})
	if err := c.end(); !errors.Is(err, ErrControllerGone) || !strings.Contains(err.Error(), "no heartbeat") {
		t.Errorf("got %v", err)
	}
}

func TestEndOfContextEndsTheEngine(t *testing.T) {
	c := newController(t)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { c.ended <- Run(ctx, Config{File: c.file, Executor: &echo{}}) }()
	c.take(c.routers["registration"].Messages())
	cancel()
	if err := c.end(); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// An executor that does not heed its context cannot keep an engine from ending.
func TestStuckRequestIsLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		release := make(chan struct{})
		_, err := new(engine).limited(ctx, func() outcome {
			<-release
			return outcome{}
		})
		if err == nil || !strings.Contains(err.Error(), "did not end") {
			t.Errorf("got %v", err)
		}
		close(release)
	})
}

// Aborts of requests that never come are forgotten, the oldest first.
func TestEarlyAbortsAreBounded(t *testing.T) {
	q := newQueue()
	for i := range earlyLimit + 1 {
		q.abort([]string{strconv.Itoa(i)})
	}
	for id, want := range map[string]bool{"0": true, "1": false, strconv.Itoa(earlyLimit): false} {
		if got := q.push(request{Message: wire.Message{Header: wire.Header{ID: id}}}); got != want {
			t.Errorf("%s waits: %v, want %v", id, got, want)
		}
	}
}

func TestRegistrationFails(t *testing.T) {
	tests := map[string]struct {
		act  func(c *controller, ask wire.Message)
		key  string
		want string
	}{
		"refused": {func(c *controller, ask wire.Message) {
			c.send("registration", "registration_reply", ask.Raw, nil, protocol.RegistrationReply{Status: "error", Failure: protocol.Failure{Name: "KeyError", Value: "in use"}}, nil)
		}, key, "KeyError: in use"},
		"no period": {func(c *controller, ask wire.Message) {
			c.send("registration", "registration_reply", ask.Raw, nil, fields{"status": "ok", "id": 0}, nil)
		}, key, "period"},
		"closed":    {func(c *controller, _ wire.Message) { c.routers["registration"].Close() }, key, ErrControllerGone.Error()},
		"wrong key": {nil, "other", "connection file"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := newController(t)
			file := c.file
			file.Key = test.key
			joinTime := wait
			if test.act == nil {
				joinTime = time.Second
			}
			go func() { c.ended <- Run(t.Context(), Config{File: file, Executor: &echo{}, JoinTime: joinTime}) }()
			frames := c.take(c.routers["registration"].Messages())
			c.uuid = string(frames[0])
			if m, err := c.codec.Decode(frames); test.act != nil {
				if err != nil {
					t.Fatal(err)
				}
				test.act(c, m)
			} else if err == nil {
				t.Error("the wrong key signs rightly")
			}
			if err := c.end(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// Characters that come in parts stay whole.
func TestStreamKeepsCharactersWhole(t *testing.T) {
	for _, text := range []string{"", "plain", "héllo", "日本", "😀", "a\xffb", "\xe6\x97"} {
		var got [][]byte
		s := stream{send: func(text []byte) error {
			got = append(got, bytes.Clone(text))
			return nil
		}}
		for i := range len(text) {
			if n, err := s.Write([]byte{text[i]}); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		}
		s.flush()
		if string(bytes.Join(got, nil)) != text {
			t.Errorf("%q became %q", text, got)
		}
		if strings.ToValidUTF8(text, "") != text {
			continue
		}
		if n := len([]rune(text)); len(got) != n {
			t.Errorf("%q was sent as %q, want %d pieces", text, got, n)
		}
	}
}
