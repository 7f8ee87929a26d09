package connection

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-zeromq/zmq4"
	"go.uber.org/goleak"
)

// The client sockets of zmq4 leave a goroutine behind when closed with messages unread.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/go-zeromq/zmq4.(*qreader).listen"))
}

func TestConnectionFile(t *testing.T) {
	tests := map[string]struct{ text, fail string }{
		"defaults":            {`{"key":"a"}`, ""},
		"no key on loopback":  {`{"ip":"127.0.0.1"}`, ""},
		"ipc":                 {`{"transport":"ipc","ip":"/tmp/x","key":"a"}`, ""},
		"wide with a key":     {`{"ip":"0.0.0.0","key":"a"}`, ""},
		"wide without a key":  {`{"ip":"0.0.0.0"}`, "anyone could run code"},
		"every address":       {`{"ip":"*"}`, "anyone could run code"},
		"a name without key":  {`{"ip":"example.org"}`, "anyone could run code"},
		"ipc without path":    {`{"transport":"ipc"}`, "needs a path"},
		"unknown transport":   {`{"transport":"pgm"}`, "not known"},
		"not JSON":            {`{`, "JSON"},
		"a port that is text": {`{"shell_port":"x"}`, "shell_port"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "c.json")
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := Read(path)
			if (err != nil) != (test.fail != "") || err != nil && !strings.Contains(err.Error(), test.fail) {
				t.Fatalf("error %v, want %q", err, test.fail)
			}
			if err == nil && c.Transport == "tcp" && c.IP == "" {
				t.Error("no address: every interface would be served")
			}
		})
	}
}

// Every socket answers at an address of its own, and a port that is taken is an error that leaves none open.
func TestFiveSocketsOpenAndClose(t *testing.T) {
	file := File{Transport: "tcp", IP: "127.0.0.1"}
	s, err := file.Open(slog.New(slog.DiscardHandler), func(string) [][][]byte { return nil })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	seen := map[string]bool{}
	for _, a := range []net.Addr{s.Shell.Addr(), s.Control.Addr(), s.Stdin.Addr(), s.IOPub.Addr(), s.heartbeat.Addr()} {
		seen[a.String()] = true
	}
	if len(seen) != 5 {
		t.Errorf("%d addresses, want 5", len(seen))
	}
	file.HeartbeatPort = s.Shell.Addr().(*net.TCPAddr).Port
	if _, err := file.Open(slog.New(slog.DiscardHandler), nil); err == nil {
		t.Error("a port that is taken was opened again")
	}
}

func TestHeartbeatIsEchoed(t *testing.T) {
	s, err := File{Transport: "tcp", IP: "127.0.0.1"}.Open(slog.New(slog.DiscardHandler), func(string) [][][]byte { return nil })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	heart := zmq4.NewReq(context.Background())
	defer heart.Close()
	if err := heart.Dial("tcp://" + s.heartbeat.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if err := heart.Send(zmq4.NewMsgString("ping")); err != nil {
		t.Fatal(err)
	}
	if m, err := heart.Recv(); err != nil || !bytes.Equal(m.Bytes(), []byte("ping")) {
		t.Errorf("got %v, %v", m, err)
	}
}
