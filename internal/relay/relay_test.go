package relay

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// printing has this test's own program print as a process with a number, which is its argument.
const printing = "WARREN_RELAY_TEST"

func TestMain(m *testing.M) {
	if number := os.Getenv(printing); number != "" {
		if err := Attach(int(number[0] - '0')); err != nil {
			fmt.Println(err)
		}
		fmt.Println("out", number)
		fmt.Fprintln(os.Stderr, "err", number)
		return
	}
	goleak.VerifyTestMain(m)
}

// collected is what a receiver got, by process and stream.
type collected struct {
	mu   sync.Mutex
	text map[string]string
}

func (c *collected) receive(process int, stream string, r io.ReadWriter) {
	b, _ := io.ReadAll(r)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.text[fmt.Sprint(process, " ", stream)] += string(b)
}

func listen(t *testing.T) (*Receiver, *collected) {
	t.Helper()
	c := &collected{text: map[string]string{}}
	r, err := Listen(c.receive)
	if err != nil {
		t.Fatal(err)
	}
	return r, c
}

func closed(t *testing.T, r *Receiver, wait time.Duration) {
	t.Helper()
	if err := r.Close(wait); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(r.dir); err == nil {
		t.Error("the folder of the socket is still there")
	}
}

func TestWhatProcessesPrintIsKeptApart(t *testing.T) {
	r, got := listen(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, number := range []string{"3", "5"} {
		cmd := exec.Command(self)
		cmd.Env = append(append(os.Environ(), r.Env()...), printing+"="+number)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("process %s printed %q to where it was started, %v", number, out, err)
		}
	}
	closed(t, r, time.Minute)
	for key, want := range map[string]string{"3 stdout": "out 3\n", "3 stderr": "err 3\n", "5 stdout": "out 5\n", "5 stderr": "err 5\n"} {
		if got.text[key] != want {
			t.Errorf("%s: %q, want %q", key, got.text[key], want)
		}
	}
}

func TestWithoutAReceiverNothingChanges(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	gone := filepath.Join(t.TempDir(), "gone")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: gone, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	for _, path := range []string{"", "/nowhere", gone} {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), printing+"=1", Variable+"="+path)
		if out, err := cmd.CombinedOutput(); string(out) != "out 1\nerr 1\n" || err != nil {
			t.Errorf("with the receiver %q: printed %q, %v", path, out, err)
		}
	}
}

func TestStreamsThatStayOpenAreEnded(t *testing.T) {
	r, got := listen(t)
	c := dial(t, r, "7 stdout\nnot yet all")
	defer c.Close()
	closed(t, r, time.Millisecond)
	if len(got.text) > 1 { // the stream may have been accepted, or not
		t.Errorf("got %q", got.text)
	}
	if n, err := c.Read(make([]byte, 1)); err == nil {
		t.Errorf("the stream goes on: %d bytes", n)
	}
}

func TestOthersThatConnectAreNotHeard(t *testing.T) {
	r, got := listen(t)
	for _, text := range []string{"", "GET / HTTP/1.1\r\n", "x stdout\nhello", "1\nhello", strings.Repeat("9", 2*longestHead)} {
		dial(t, r, text).Close()
	}
	closed(t, r, time.Minute)
	if len(got.text) > 0 {
		t.Errorf("got %q", got.text)
	}
}

func dial(t *testing.T, r *Receiver, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("unix", r.listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(c, text) // the receiver may have hung up
	return c
}

// exhausted is a listener that cannot accept at first.
type exhausted struct {
	net.Listener
	failures int
}

func (l *exhausted) Accept() (net.Conn, error) {
	if l.failures > 0 {
		l.failures--
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return l.Listener.Accept()
}

func TestStreamsAreTakenAfterFilesRanOut(t *testing.T) {
	dir := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	got := &collected{text: map[string]string{}}
	r := &Receiver{dir: dir, listener: &exhausted{l, 3}, receive: got.receive, open: map[net.Conn]bool{}}
	r.streams.Add(1)
	go r.accept()
	dial(t, r, "1 stdout\nhello").Close()
	closed(t, r, time.Minute)
	if got.text["1 stdout"] != "hello" {
		t.Errorf("got %q", got.text)
	}
}
