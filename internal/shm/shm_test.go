package shm

import (
	"bufio"
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// dirVariable makes a process of this test another that shares memory in the folder.
const dirVariable = "SHM_TEST_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(dirVariable); dir != "" {
		serve(dir)
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// order is what another process is asked for.
type order struct {
	Ticket []byte // to fetch, or
	Size   int    // bytes to put
	Add    byte   // to each byte fetched
}

// outcome is what it answers.
type outcome struct {
	Ticket []byte
	Sum    int
	Error  string
}

func serve(dir string) {
	in, out := gob.NewDecoder(bufio.NewReader(os.Stdin)), gob.NewEncoder(os.Stdout)
	s, err := Open(dir)
	if err != nil {
		panic(err)
	}
	defer s.Close()
	for {
		var o order
		if in.Decode(&o) != nil {
			return
		}
		out.Encode(fill(s, o))
	}
}

func fill(s *Store, o order) (done outcome) {
	if o.Ticket == nil {
		ticket, ok, err := s.Put(bytes.Repeat([]byte{1}, o.Size))
		if err != nil || !ok {
			done.Error = fmt.Sprint(ok, err)
		}
		done.Ticket = ticket
		return done
	}
	data, err := s.Fetch(o.Ticket)
	if err != nil {
		done.Error = err.Error()
		return done
	}
	if o.Add != 0 {
		for i := range data {
			data[i] += o.Add
			done.Sum += int(data[i])
		}
	}
	return done
}

// peer is another process.
type peer struct {
	t   testing.TB
	cmd *exec.Cmd
	out *gob.Encoder
	in  *gob.Decoder
}

func startPeer(t testing.TB, dir string) *peer {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), dirVariable+"="+dir)
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		c.Wait()
	})
	return &peer{t, c, gob.NewEncoder(in), gob.NewDecoder(bufio.NewReader(out))}
}

func (p *peer) ask(o order) {
	p.t.Helper()
	if err := p.out.Encode(o); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) answer() (done outcome) {
	p.t.Helper()
	if err := p.in.Decode(&done); err != nil {
		p.t.Fatal(err)
	}
	return done
}

func openAt(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// shared is a folder in memory for a test.
func shared(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp(defaultDir, "warren-test-")
	if err != nil {
		t.Skip("no /dev/shm: ", err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// files counts what is kept for others in a folder.
func files(t testing.TB, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != lockName {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// mapped tells whether this process maps a file of a folder.
func mapped(t testing.TB, dir string) bool {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(maps), dir)
}

var sizes = []int{MinSize, 100_000, mapMin, mapMin + 1, 3*mapMin + 12345}

func TestEveryReceiverHasItsOwnMemory(t *testing.T) {
	dir := shared(t)
	s := openAt(t, dir)
	peers := []*peer{startPeer(t, dir), startPeer(t, dir)}
	for _, size := range sizes {
		data := bytes.Repeat([]byte{2}, size)
		b := s.Batch()
		ticket, ok, err := b.Put(data)
		if !ok || err != nil {
			t.Fatal(ok, err)
		}
		data[0] = 100 // after it was put
		for i, p := range peers {
			add := byte(i + 1)
			p.ask(order{Ticket: ticket, Add: add})
			if got, want := p.answer(), (2+int(add))*size; got.Sum != want || got.Error != "" {
				t.Errorf("%d bytes: the sum is %d, not %d; %s", size, got.Sum, want, got.Error)
			}
		}
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if n := files(t, dir); n != 0 {
			t.Errorf("%d files are left", n)
		}
		if _, err := s.Fetch(ticket); err == nil || !strings.Contains(err.Error(), "may have ended, or given up") {
			t.Errorf("after Close: %v", err)
		}
	}
}

func TestResultIsRemovedByItsReceiver(t *testing.T) {
	dir := shared(t)
	s := openAt(t, dir)
	p := startPeer(t, dir)
	for _, size := range sizes {
		p.ask(order{Size: size})
		done := p.answer()
		if done.Error != "" {
			t.Fatal(done.Error)
		}
		data, err := s.Fetch(done.Ticket)
		if err != nil || len(data) != size || bytes.Count(data, []byte{1}) != size {
			t.Errorf("%d bytes came of %d, %v", len(data), size, err)
		}
		if n := files(t, dir); n != 0 {
			t.Errorf("%d files are left", n)
		}
	}
}

func TestCollectorGivesMappedMemoryBack(t *testing.T) {
	dir := shared(t)
	s := openAt(t, dir)
	ticket, ok, err := s.Put(bytes.Repeat([]byte{7}, 4*mapMin))
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	data, err := s.Fetch(ticket)
	if err != nil {
		t.Fatal(err)
	}
	if !mapped(t, dir) {
		t.Fatal("the file is not mapped")
	}
	part := data[mapMin : mapMin+10]
	data = nil
	runtime.GC()
	runtime.GC()
	if !bytes.Equal(part, bytes.Repeat([]byte{7}, 10)) || !mapped(t, dir) {
		t.Errorf("memory is gone that is in use: %v", part)
	}
	part = nil
	for until := time.Now().Add(20 * time.Second); mapped(t, dir); runtime.GC() {
		if time.Now().After(until) {
			t.Fatal("the file is still mapped")
		}
	}
	for range 20 { // the same memory again, perhaps: it must be clear
		again := make([]byte, 4*mapMin)
		if bytes.Count(again, []byte{0}) != len(again) {
			t.Fatal("new memory is not clear")
		}
	}
}

func TestSmallAndHugeDataAreLeftToTheMessage(t *testing.T) {
	dir := shared(t)
	s := openAt(t, dir)
	if _, ok, err := s.Put(make([]byte, MinSize-1)); ok || err != nil {
		t.Errorf("small: %v, %v", ok, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("%v, %v: there is something in memory before anything was put", entries, err)
	}
	own, err := s.folder()
	if err != nil {
		t.Fatal(err)
	}
	if own.fits(1 << 60) {
		t.Error("an exabyte fits")
	}
	s.Close()
	if _, ok, err := s.Put(make([]byte, MinSize)); ok || err != nil {
		t.Errorf("after Close: %v, %v", ok, err)
	}
}

func TestLeftoversOfTheDeadAreRemoved(t *testing.T) {
	dir := shared(t)
	p, lives := startPeer(t, dir), startPeer(t, dir)
	for _, q := range []*peer{p, lives} {
		q.ask(order{Size: MinSize})
		if done := q.answer(); done.Error != "" {
			t.Fatal(done.Error)
		}
	}
	p.cmd.Process.Signal(syscall.SIGKILL)
	p.cmd.Wait()
	if n := files(t, dir); n != 2 {
		t.Fatalf("%d files, not 2", n)
	}
	s := openAt(t, dir)
	if _, ok, err := s.Put(make([]byte, MinSize)); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if n := files(t, dir); n != 2 { // its own, and that of the other
		t.Errorf("%d files, not 2", n)
	}
}

func TestTicketsThatAreWrong(t *testing.T) {
	dir := shared(t)
	s := openAt(t, dir)
	if _, ok, err := s.Put(make([]byte, MinSize)); !ok || err != nil {
		t.Fatal(ok, err)
	}
	outside := filepath.Join(dir, "outside")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(s.dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, ticket := range []string{"", "1", "x", "n../outside", "1../outside", "nlink", "n" + outside, "n/dev/zero", "n" + s.own.name, "1" + s.own.name, "nnothing"} {
		if data, err := s.Fetch([]byte(ticket)); err == nil {
			t.Errorf("%q fetches %q", ticket, data)
		}
	}
	if _, err := os.Stat(outside); err != nil {
		t.Error(err)
	}
}

// TestFoldersThatOthersMadeAreNotUsed has them there before the first use, as anyone could who writes in /dev/shm.
func TestFoldersThatOthersMadeAreNotUsed(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	for name, test := range map[string]struct {
		made func(dir string) error
		says string
	}{
		"of another user": {func(dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chown(dir, 65534, 65534)) }, "belongs to user 65534"},
		"open to others":  {func(dir string) error { return errors.Join(os.Mkdir(dir, 0o700), os.Chmod(dir, 0o777)) }, "not a folder for its user alone"},
		"link":            {func(dir string) error { return os.Symlink(t.TempDir(), dir) }, "not a folder for its user alone"},
		"lock that is a link": {func(dir string) error {
			return errors.Join(os.Mkdir(dir, 0o700), os.Symlink(outside, filepath.Join(dir, lockName)))
		}, lockName},
		"file in its place": {func(dir string) error { return os.WriteFile(dir, nil, 0o700) }, "not a folder for its user alone"},
		"lock that is a folder": {func(dir string) error {
			return errors.Join(os.Mkdir(dir, 0o700), os.Mkdir(filepath.Join(dir, lockName), 0o700))
		}, lockName},
	} {
		t.Run(name, func(t *testing.T) {
			s := openAt(t, shared(t))
			if err := test.made(s.dir); errors.Is(err, os.ErrPermission) {
				t.Skip("only root can give folders away: ", err)
			} else if err != nil {
				t.Fatal(err)
			}
			if _, err := s.folder(); err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "%!") {
				t.Errorf("the error is %v, without %q", err, test.says)
			}
			if _, ok, err := s.Put(make([]byte, MinSize)); ok || err != nil {
				t.Errorf("put there: %v, %v", ok, err)
			}
			if _, err := os.Lstat(outside); err == nil {
				t.Error("a link was followed")
			}
		})
	}
}

func TestNameTellsMachines(t *testing.T) {
	a, b := openAt(t, shared(t)), openAt(t, shared(t))
	if a.Name() == b.Name() {
		t.Errorf("two folders have the name %s", a.Name())
	}
	if _, err := Open("/nonexistent"); err == nil {
		t.Error("a folder that is not there was opened")
	}
}

func benchmarkPush(b *testing.B, size, engines int, touch byte) {
	dir := shared(b)
	s := openAt(b, dir)
	peers := make([]*peer, engines)
	for i := range peers {
		peers[i] = startPeer(b, dir)
	}
	data := bytes.Repeat([]byte{1}, size)
	b.SetBytes(int64(size * engines))
	for b.Loop() {
		batch := s.Batch()
		ticket, ok, err := batch.Put(data)
		if !ok || err != nil {
			b.Fatal(ok, err)
		}
		for _, p := range peers {
			p.ask(order{Ticket: ticket, Add: touch})
		}
		for _, p := range peers {
			if done := p.answer(); done.Error != "" {
				b.Fatal(done.Error)
			}
		}
		batch.Close()
	}
}

func BenchmarkPush100MBTo4(b *testing.B)          { benchmarkPush(b, 100_000_000, 4, 0) }
func BenchmarkPush100MBTo4AndChange(b *testing.B) { benchmarkPush(b, 100_000_000, 4, 1) }
func BenchmarkPush1MBTo1(b *testing.B)            { benchmarkPush(b, 1_000_000, 1, 0) }
func BenchmarkPush64KBTo1(b *testing.B)           { benchmarkPush(b, MinSize, 1, 0) }
