package gopls

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
)

func TestReadMessageRefusesBadFrames(t *testing.T) {
	tests := map[string]string{
		"no length":           "Content-Type: x\r\n\r\n{}",
		"length not a number": "Content-Length: ten\r\n\r\n{}",
		"negative length":     "Content-Length: -1\r\n\r\n{}",
		"huge length":         "Content-Length: 99999999999\r\n\r\n{}",
		"body cut short":      "Content-Length: 10\r\n\r\n{}",
		"not JSON":            "Content-Length: 2\r\n\r\n{]",
		"no header":           "{}\n",
		"empty":               "",
	}
	for name, stream := range tests {
		t.Run(name, func(t *testing.T) {
			if m, err := readMessage(bufio.NewReader(strings.NewReader(stream))); err == nil {
				t.Errorf("got %+v and no error", m)
			}
		})
	}
}

func TestReadMessageReadsOneAfterAnother(t *testing.T) {
	in := bufio.NewReader(strings.NewReader(
		"Content-Length: 14\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n{\"method\":\"a\"}" +
			"content-length: 14\r\n\r\n{\"method\":\"b\"}"))
	for _, want := range []string{"a", "b"} {
		if m, err := readMessage(in); err != nil || m.Method != want {
			t.Errorf("got %+v, %v, want method %s", m, err, want)
		}
	}
	if _, err := readMessage(in); err != io.EOF {
		t.Errorf("at the end: %v, want %v", err, io.EOF)
	}
}

// peer is the far end of a conn that is answered by a process without a subprocess.
func peer(t *testing.T) (c *conn, in *bufio.Reader, out io.Writer) {
	t.Helper()
	ourIn, theirOut := io.Pipe()
	theirIn, ourOut := io.Pipe()
	p := &process{dir: "/tmp/session", log: slog.New(slog.DiscardHandler)}
	c = newConn(ourIn, ourOut, p.handle)
	t.Cleanup(func() {
		c.fail(errGone)
		ourIn.Close()
		theirIn.Close()
		c.loops.Wait()
	})
	return c, bufio.NewReader(theirIn), theirOut
}

func frame(body string) string { return fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body) }

func TestRequestsOfGoplsAreAnswered(t *testing.T) {
	_, in, out := peer(t)
	tests := []struct{ method, params, want string }{
		{"client/registerCapability", `{}`, `null`},
		{"window/workDoneProgress/create", `{"token":1}`, `null`},
		{"window/showMessageRequest", `{}`, `null`},
		{"workspace/workspaceFolders", `null`, `[{"name":"session","uri":"file:///tmp/session"}]`},
	}
	for _, tt := range tests {
		io.WriteString(out, frame(`{"jsonrpc":"2.0","method":"window/logMessage","params":{}}`)) // is not answered
		io.WriteString(out, frame(`{"jsonrpc":"2.0","id":"x7","method":"`+tt.method+`","params":`+tt.params+`}`))
		m, err := readMessage(in)
		if err != nil {
			t.Fatal(err)
		}
		if string(m.ID) != `"x7"` || m.Error != nil || string(m.Result) != tt.want && !(tt.want == "null" && m.Result == nil) {
			t.Errorf("%s: got id %s, result %s, error %v", tt.method, m.ID, m.Result, m.Error)
		}
	}

	io.WriteString(out, frame(`{"jsonrpc":"2.0","id":8,"method":"workspace/configuration","params":{"items":[{"section":"other"},{"section":"gopls"}]}}`))
	m, err := readMessage(in)
	if err != nil {
		t.Fatal(err)
	}
	var values []map[string]any
	if err := json.Unmarshal(m.Result, &values); err != nil {
		t.Fatal(err)
	}
	if len(values) != 2 || values[0] != nil || values[1]["hoverKind"] != "FullDocumentation" {
		t.Errorf("configuration: %v", values)
	}

	io.WriteString(out, frame(`{"jsonrpc":"2.0","id":9,"method":"unheard/of"}`))
	if m, err := readMessage(in); err != nil || m.Error == nil || m.Error.Code != codeMethodNotFound {
		t.Errorf("unknown request: got %+v, %v", m, err)
	}
}

func TestErrorReplyIsAnError(t *testing.T) {
	c, in, out := peer(t)
	go func() {
		m, _ := readMessage(in)
		io.WriteString(out, frame(`{"jsonrpc":"2.0","id":99,"result":{}}`)) // nobody asked
		io.WriteString(out, frame(`{"jsonrpc":"2.0","id":`+string(m.ID)+`,"error":{"code":-32603,"message":"no metadata"}}`))
	}()
	err := c.call(context.Background(), "textDocument/hover", object{}, nil)
	if e := new(rpcError); !errors.As(err, &e) || e.Code != -32603 || !strings.Contains(err.Error(), "no metadata") {
		t.Errorf("got %v", err)
	}
}

func TestCancelledCallIsCancelledAtThePeer(t *testing.T) {
	c, in, _ := peer(t)
	ctx, cancel := context.WithCancel(context.Background())
	pending, err := c.start("textDocument/hover", object{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := pending.await(ctx, nil); err != context.Canceled {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	for _, want := range []string{"textDocument/hover", "$/cancelRequest"} {
		if m, err := readMessage(in); err != nil || m.Method != want {
			t.Errorf("got %+v, %v, want method %s", m, err, want)
		}
	}
}

func TestPeerThatStopsReadingIsGivenUp(t *testing.T) {
	c, _, _ := peer(t)
	text := strings.Repeat("x", maxBacklog/4)
	var err error
	for range 8 {
		if err = c.notify("textDocument/didChange", text); err != nil {
			break
		}
	}
	if !errors.Is(err, errGone) {
		t.Errorf("got %v, want %v", err, errGone)
	}
	if err := c.call(context.Background(), "textDocument/hover", nil, nil); !errors.Is(err, errGone) {
		t.Errorf("call afterwards: %v, want %v", err, errGone)
	}
}

func FuzzReadMessage(f *testing.F) {
	f.Add([]byte(frame(`{"id":1,"result":null}`)))
	f.Fuzz(func(t *testing.T, stream []byte) {
		in := bufio.NewReader(strings.NewReader(string(stream)))
		for {
			if _, err := readMessage(in); err != nil {
				return
			}
		}
	})
}
