package shared

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestAFolderIsHeldUntilItsLockIsClosed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	if held, err := isHeld(dir); held || err != nil {
		t.Errorf("before: %v, %v", held, err)
	}
	l, err := LockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Announce(Holder{PID: 7, URL: "nats://to@ken@127.0.0.1:4222", Sync: true}); err != nil {
		t.Fatal(err)
	}
	if err := l.Announce(Holder{PID: 7}); err != nil { // shorter than what was there
		t.Fatal(err)
	}
	if h, err := readHolder(dir); h != (Holder{PID: 7}) || err != nil {
		t.Errorf("the holder is %+v, %v", h, err)
	}
	if held, err := isHeld(dir); !held || err != nil {
		t.Errorf("meanwhile: %v, %v", held, err)
	}
	if _, err := LockFolder(dir); !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), "process 7") {
		t.Errorf("a second lock: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if held, err := isHeld(dir); held || err != nil {
		t.Errorf("after: %v, %v", held, err)
	}
	if h, err := readHolder(dir); h != (Holder{}) || err != nil {
		t.Errorf("who has freed the folder has it: %+v, %v", h, err)
	}
}

func TestALockNoticesThatItsFolderIsGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "queue")
	l, err := LockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if l.Gone() {
		t.Error("gone from the start")
	}
	if err := os.RemoveAll(dir); err != nil || !l.Gone() {
		t.Errorf("removed, %v, and not gone", err)
	}
	other, err := LockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if !l.Gone() || other.Gone() {
		t.Errorf("another is in its place: gone are %v and %v", l.Gone(), other.Gone())
	}
}

func TestAddressAndTokenOfAURL(t *testing.T) {
	for url, want := range map[string][2]string{
		"nats://TOKEN@127.0.0.1:4222": {"127.0.0.1:4222", "TOKEN"},
		"nats://to@ken@[::1]:4222":    {"[::1]:4222", "to@ken"},
		"":                            {"", ""},
	} {
		if h := (Holder{URL: url}); h.address() != want[0] || h.token() != want[1] {
			t.Errorf("%q: %q and %q", url, h.address(), h.token())
		}
	}
}

// The program that is to be the broker may be anything.
func TestWhatAProgramPrintsDecides(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"ready", "printf nats:; printf //x; echo; cat", ""},
		{"an error", "echo out of order; exit 3", "exit status 3: out of order"},
		{"another has the folder", "echo " + ErrInUse.Error() + "; exit 1", ErrInUse.Error()},
		{"silence", "exit 0", "has ended at once"},
		{"chatter first", "echo hello; echo nats://x", "has ended at once: hello"},
		{"never ready", `while [ -d "$0" ]; do sleep 0.01; done`, "enough"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := New(t.TempDir(), false, "/bin/sh", "-c", c.script)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			if c.want == "enough" {
				time.AfterFunc(20*time.Millisecond, func() { cancel(errors.New("enough")) })
			}
			if err := b.start(ctx); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; want it to contain %q", err, c.want)
			}
		})
	}
}
