package jupyter

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"

	"github.com/warren-go/warren/internal/wire"
	"github.com/warren-go/warren/kernel/connection"
	"github.com/warren-go/warren/kernel/history"
)

const patience = 10 * time.Second

// client is a front end over real sockets.
type client struct {
	t                            *testing.T
	codec                        *wire.Codec
	script                       *script
	shell, control, stdin, iopub chan wire.Message
	sockets                      map[string]zmq4.Socket
	ended                        chan error // what run returned
}

func start(t *testing.T) *client {
	t.Helper()
	conn := connection.File{Transport: "tcp", IP: "127.0.0.1", Key: "k", SignatureScheme: "hmac-sha256"}
	log := slog.New(slog.DiscardHandler)
	c := &client{t: t, script: newScript(), sockets: map[string]zmq4.Socket{}, ended: make(chan error, 1)}
	k, err := open(conn, c.script, history.Open(filepath.Join(t.TempDir(), "h.jsonl"), log), log)
	if err != nil {
		t.Fatal(err)
	}
	if c.codec, err = wire.NewCodec(conn.SignatureScheme, conn.Key, "client"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() { c.ended <- k.run(ctx, nil) }()
	me := zmq4.WithID(zmq4.SocketIdentity("me"))
	c.shell = c.dial("shell", zmq4.NewDealer(context.Background(), me), k.sockets.Shell.Addr().String())
	c.control = c.dial("control", zmq4.NewDealer(context.Background(), me), k.sockets.Control.Addr().String())
	c.stdin = c.dial("stdin", zmq4.NewDealer(context.Background(), me), k.sockets.Stdin.Addr().String())
	c.iopub = c.dial("iopub", zmq4.NewSub(context.Background()), k.sockets.IOPub.Addr().String())
	if err := c.sockets["iopub"].SetOption(zmq4.OptionSubscribe, ""); err != nil {
		t.Fatal(err)
	}
	c.next(c.iopub, "iopub_welcome")
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-c.ended:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(patience):
			t.Error("the kernel does not end")
		}
		for _, s := range c.sockets {
			s.Close()
		}
	})
	return c
}

func (c *client) dial(name string, s zmq4.Socket, addr string) chan wire.Message {
	c.t.Helper()
	if err := s.Dial("tcp://" + addr); err != nil {
		c.t.Fatal(err)
	}
	c.sockets[name] = s
	in := make(chan wire.Message, 10000)
	go func() {
		for {
			m, err := s.Recv()
			if err != nil {
				return
			}
			if d, err := c.codec.Decode(m.Frames); err == nil {
				in <- d
			}
		}
	}()
	return in
}

// send sends a request and gives its id.
func (c *client) send(channel, kind string, content any) string {
	c.t.Helper()
	m, err := c.codec.New(kind, nil, content)
	if err != nil {
		c.t.Fatal(err)
	}
	frames, err := c.codec.Encode(m)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.sockets[channel].Send(zmq4.NewMsgFrom(frames...)); err != nil {
		c.t.Fatal(err)
	}
	return m.Header.ID
}

type fields = map[string]any

func (c *client) execute(code string) string {
	return c.send("shell", "execute_request", fields{"code": code})
}

func (c *client) next(from chan wire.Message, kind string) wire.Message {
	c.t.Helper()
	select {
	case m := <-from:
		if kind != "" && m.Header.Type != kind {
			c.t.Fatalf("got %s %s, want %s", m.Header.Type, m.Content, kind)
		}
		return m
	case <-time.After(patience):
		c.t.Fatalf("no %s came", kind)
		panic("unreachable")
	}
}

func parentOf(m wire.Message) string {
	var h wire.Header
	_ = json.Unmarshal(m.Parent, &h)
	return h.ID
}

func contentOf(m wire.Message) fields {
	var c fields
	_ = json.Unmarshal(m.Content, &c)
	return c
}

// outputs gives what iopub said of a request up to idle, in short form, the busy and idle around it checked and removed.
func (c *client) outputs(id string) []string {
	c.t.Helper()
	var said []string
	for {
		m := c.next(c.iopub, "")
		if parentOf(m) != id {
			continue
		}
		said = append(said, short(m))
		if short(m) == "status idle" {
			break
		}
	}
	if said[0] != "status busy" {
		c.t.Errorf("iopub begins with %q, want busy", said[0])
	}
	return slices.DeleteFunc(said, func(s string) bool { return strings.HasPrefix(s, "status ") })
}

// short tells a message by its type and what is most telling of its content.
func short(m wire.Message) string {
	c := contentOf(m)
	for _, key := range []string{"execution_state", "code", "text", "evalue", "wait", "comm_id", "data"} {
		if v, ok := c[key]; ok {
			if data, ok := v.(fields); ok {
				v = data["text/plain"]
			}
			return strings.TrimSuffix(fmt.Sprintf("%s %v", m.Header.Type, v), "\n")
		}
	}
	return m.Header.Type
}

func TestCellOutputs(t *testing.T) {
	tests := map[string]struct {
		content fields
		want    []string // without execute_input
		reply   string   // a part of the reply
	}{
		"text":             {fields{"code": "print a\nprint b"}, []string{"stream a\nb"}, `"status":"ok"`},
		"order of streams": {fields{"code": "print a\nwarn b\nprint c"}, []string{"stream a", "stream b", "stream c"}, `"ok"`},
		"order of kinds": {fields{"code": "print a\nshow b\nprint c\nclear wait\nupdate d\nresult 7"},
			[]string{"stream a", "display_data b", "stream c", "clear_output true", "update_display_data d", "execute_result 7"}, `"ok"`},
		"error":            {fields{"code": "fail oops"}, []string{"error oops"}, `"ename":"panic"`},
		"kernel error":     {fields{"code": "what"}, []string{`error no command "what"`}, `"ename":"kernel error"`},
		"interpreter dies": {fields{"code": "crash it"}, []string{"error the kernel failed at this cell: it"}, `"status":"error"`},
		"silent":           {fields{"code": "print a\nresult 7\nshow x", "silent": true}, nil, `"ok"`},
		"silent failure":   {fields{"code": "fail a", "silent": true}, nil, `"error"`},
		"page":             {fields{"code": "page help"}, nil, `"payload":[{"data":{"text/plain":"help"},"source":"page","start":0}]`},
		"next input":       {fields{"code": "next a\nnext b"}, nil, `"payload":[{"replace":false,"source":"set_next_input","text":"b"}]`},
		"expressions": {fields{"code": "", "user_expressions": fields{"a": "x"}}, nil,
			`"user_expressions":{"a":{"data":{"text/plain":"value of x"},"metadata":{},"status":"ok"}}`},
		"bad expression":  {fields{"code": "", "user_expressions": fields{"a": "bad"}}, nil, `"ename":"undefined"`},
		"no input":        {fields{"code": "ask name", "allow_stdin": false}, []string{"error " + errNoInput.Error()}, `"error"`},
		"comm":            {fields{"code": "comm c1"}, []string{"comm_open c1"}, `"ok"`},
		"split character": {fields{"code": "bytes \"\\xc3\"\nbytes \"\\xbc\""}, []string{"stream ü"}, `"ok"`},
		"invalid UTF-8":   {fields{"code": `bytes "a\xffb\xc3"`}, []string{"stream a\uFFFDb\uFFFD"}, `"ok"`},
		"bad content":     {fields{"code": 7}, nil, `"ename":"bad request"`},
	}
	c := start(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			id := c.send("shell", "execute_request", test.content)
			said := c.outputs(id)
			if len(said) > 0 && strings.HasPrefix(said[0], "execute_input") {
				said = said[1:]
			} else if test.content["silent"] == nil && name != "bad content" {
				t.Error("no execute_input")
			}
			if !slices.Equal(said, test.want) {
				t.Errorf("got %q, want %q", said, test.want)
			}
			reply := c.next(c.shell, "execute_reply")
			if parentOf(reply) != id || !strings.Contains(string(reply.Content), test.reply) {
				t.Errorf("reply %s, want %s in it", reply.Content, test.reply)
			}
		})
	}
}

func TestOtherRequests(t *testing.T) {
	tests := map[string]struct {
		channel, kind string
		content       fields
		want          string
	}{
		"info":              {"shell", "kernel_info_request", fields{}, `"help_links":[{"text":"Go","url":"https://go.dev"}]`},
		"info on control":   {"control", "kernel_info_request", fields{}, `"protocol_version":"5.5"`},
		"completion":        {"shell", "complete_request", fields{"code": "ü resu ü", "cursor_pos": 6}, `"cursor_end":6,"cursor_start":2,"matches":["result"]`},
		"inspection":        {"shell", "inspect_request", fields{"code": "print ü", "cursor_pos": 7, "detail_level": 1}, `print at byte 8, detail 1`},
		"nothing found":     {"shell", "inspect_request", fields{"code": "zzz", "cursor_pos": 1}, `"data":{},"found":false`},
		"complete":          {"shell", "is_complete_request", fields{"code": "a"}, `{"status":"complete"}`},
		"incomplete":        {"shell", "is_complete_request", fields{"code": "a {"}, `{"indent":"\t","status":"incomplete"}`},
		"no comms":          {"shell", "comm_info_request", fields{}, `"comms":{}`},
		"debugger":          {"control", "debug_request", fields{"command": "initialize"}, `"ename":"not supported"`},
		"unknown":           {"shell", "future_request", fields{}, `"ename":"not supported"`},
		"bad history":       {"shell", "history_request", fields{"hist_access_type": "odd"}, `"odd\" is not known`},
		"empty history":     {"shell", "history_request", fields{"hist_access_type": "tail", "n": 3}, `"history":[]`},
		"interrupt at rest": {"control", "interrupt_request", fields{}, `{"status":"ok"}`},
	}
	c := start(t)
	channels := map[string]chan wire.Message{"shell": c.shell, "control": c.control}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			id := c.send(test.channel, test.kind, test.content)
			reply := c.next(channels[test.channel], replyType(test.kind))
			if parentOf(reply) != id || !strings.Contains(string(reply.Content), test.want) {
				t.Errorf("got %s, want %s in it", reply.Content, test.want)
			}
			if said := c.outputs(id); len(said) > 0 {
				t.Errorf("output %q", said)
			}
		})
	}
}

func TestQuestionsAreAnsweredWhileACellRuns(t *testing.T) {
	c := start(t)
	cell := c.execute("wait")
	for _, kind := range []string{"kernel_info_request", "complete_request", "is_complete_request", "comm_info_request"} {
		id := c.send("shell", kind, fields{"code": "x"})
		if reply := c.next(c.shell, replyType(kind)); parentOf(reply) != id {
			t.Errorf("%s has another parent", kind)
		}
	}
	c.send("control", "interrupt_request", fields{})
	c.next(c.control, "interrupt_reply")
	reply := c.next(c.shell, "execute_reply")
	if parentOf(reply) != cell || contentOf(reply)["ename"] != "interrupted" {
		t.Errorf("got %s", reply.Content)
	}
}

func TestFailureAbortsWaitingCells(t *testing.T) {
	c := start(t)
	c.execute("sleep 300ms\nfail x")
	second, third := c.execute("print 2"), c.execute("print 3")
	for i, want := range []string{"error", "aborted", "aborted"} {
		if got := contentOf(c.next(c.shell, "execute_reply"))["status"]; got != want {
			t.Errorf("cell %d: %v, want %s", i+1, got, want)
		}
	}
	for _, id := range []string{second, third} {
		if said := c.outputs(id); len(said) > 0 {
			t.Errorf("an aborted cell said %q", said)
		}
	}
	c.send("shell", "execute_request", fields{"code": "sleep 100ms\nfail x", "stop_on_error": false})
	c.execute("print 2")
	c.next(c.shell, "execute_reply")
	if got := contentOf(c.next(c.shell, "execute_reply")); got["status"] != "ok" || got["execution_count"] != 3.0 {
		t.Errorf("after a failure that stops nothing: %v", got)
	}
}

func TestWaitingCellsAreNamedAhead(t *testing.T) {
	c := start(t)
	c.execute("sleep 300ms")
	c.send("shell", "execute_request", fields{"code": "sleep 1ms", "silent": true})
	c.execute("print 3")
	for range 3 {
		c.next(c.shell, "execute_reply")
	}
	c.script.mu.Lock()
	defer c.script.mu.Unlock()
	want := []Cell{{Code: "sleep 1ms", Count: 2, Silent: true}, {Code: "print 3", Count: 2, StoreHistory: true}}
	if !slices.ContainsFunc(c.script.ahead, func(cells []Cell) bool { return slices.Equal(cells, want) }) {
		t.Errorf("named were %+v", c.script.ahead)
	}
}

func TestInput(t *testing.T) {
	c := start(t)
	id := c.execute("ask Password:")
	ask := c.next(c.stdin, "input_request")
	if parentOf(ask) != id || string(ask.Content) != `{"password":true,"prompt":"Password:"}` {
		t.Errorf("asked %s", ask.Content)
	}
	c.send("stdin", "input_reply", fields{"value": "secret"})
	if said := c.outputs(id); !slices.Contains(said, "stream got secret") {
		t.Errorf("got %q", said)
	}
	c.next(c.shell, "execute_reply")

	c.execute("ask again")
	c.next(c.stdin, "input_request")
	c.send("control", "interrupt_request", fields{})
	if reply := contentOf(c.next(c.shell, "execute_reply")); reply["evalue"] != errInterrupted.Error() {
		t.Errorf("an interrupted question: %v", reply)
	}
}

func TestLateOutputBelongsToItsCell(t *testing.T) {
	c := start(t)
	id := c.execute("later gone")
	c.outputs(id)
	if m := c.next(c.iopub, "stream"); parentOf(m) != id || contentOf(m)["text"] != "gone" {
		t.Errorf("got %s of %s", m.Content, parentOf(m))
	}
}

func TestFloodIsJoined(t *testing.T) {
	c := start(t)
	said := c.outputs(c.execute("flood 200000"))
	if n := len(said); n > 100 {
		t.Errorf("200000 lines came as %d messages", n)
	}
}

func TestCommsAreFollowed(t *testing.T) {
	c := start(t)
	c.send("shell", "comm_open", fields{"comm_id": "front", "target_name": "t", "data": fields{"a": 1}})
	c.outputs(c.execute("comm back"))
	c.send("shell", "comm_info_request", fields{})
	c.next(c.shell, "execute_reply")
	got := string(c.next(c.shell, "comm_info_reply").Content)
	if !strings.Contains(got, `"comms":{"back":{"target_name":"widget"},"front":{"target_name":"t"}}`) {
		t.Errorf("got %s", got)
	}
	if len(c.script.comms) != 1 || c.script.comms[0].Target != "t" || c.script.comms[0].Kind != "open" {
		t.Errorf("the session heard %+v", c.script.comms)
	}
}

func TestCommMessagesAreHandledWithTheirBuffers(t *testing.T) {
	c := start(t)
	m, err := c.codec.New("comm_msg", nil, fields{"comm_id": "c", "data": []any{1, "x"}})
	if err != nil {
		t.Fatal(err)
	}
	m.Buffers = [][]byte{{1, 2}, {}}
	frames, err := c.codec.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.sockets["shell"].Send(zmq4.NewMsgFrom(frames...)); err != nil {
		t.Fatal(err)
	}
	var answer wire.Message
	for answer.Header.Type != "comm_msg" {
		answer = c.next(c.iopub, "")
	}
	if parentOf(answer) != m.Header.ID || !strings.Contains(string(answer.Content), `"data":[1,"x"]`) || len(answer.Buffers) != 2 || string(answer.Buffers[0]) != "\x01\x02" {
		t.Errorf("got %s with buffers %v, parent %s", answer.Content, answer.Buffers, answer.Parent)
	}
}

func TestCommMessagesSayWhatBecameOfThem(t *testing.T) {
	for target, want := range map[string][]string{
		"heard": {"stream heard", "comm_msg c"},
		"none":  {"comm_close c"},
		"panic": {"error on purpose"},
	} {
		t.Run(target, func(t *testing.T) {
			c := start(t)
			id := c.send("shell", "comm_open", fields{"comm_id": "c", "target_name": target, "data": fields{}})
			if got := c.outputs(id); !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestShutdownAnswersAndEnds(t *testing.T) {
	c := start(t)
	c.execute("wait")
	c.send("control", "shutdown_request", fields{"restart": true})
	if got := contentOf(c.next(c.control, "shutdown_reply")); got["restart"] != true {
		t.Errorf("got %v", got)
	}
	select {
	case err := <-c.ended:
		c.ended <- err
	case <-time.After(patience):
		t.Error("the kernel goes on")
	}
}

func TestLostParentEndsTheKernel(t *testing.T) {
	child := exec.Command("true")
	if err := child.Run(); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	ctx, stop := withParent(context.Background(), fmt.Sprint(child.Process.Pid), time.Millisecond, log)
	defer stop()
	select {
	case <-ctx.Done():
	case <-time.After(patience):
		t.Error("the loss is not seen")
	}
	ctx, stop = withParent(context.Background(), fmt.Sprint(os.Getppid()), time.Millisecond, log)
	defer stop()
	time.Sleep(20 * time.Millisecond)
	if ctx.Err() != nil {
		t.Error("a parent that lives counts as lost")
	}
}
