package gopls

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// binary finds the gopls to test with: as the package does, or the one that the project's set-up puts into bin.
func binary(t *testing.T) string {
	t.Helper()
	path, err := find("")
	if err != nil {
		path, err = find(filepath.Join("..", "..", "bin", "gopls"))
	}
	if err != nil {
		t.Skipf("there is no gopls beside the test, in PATH or in bin; install it with: GOBIN=$PWD/bin %s", Install)
	}
	path, err = filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// start runs gopls in a fresh module that holds files, until the test ends.
func start(t *testing.T, files map[string]string) *Server {
	t.Helper()
	o := Options{Path: binary(t), Dir: module(t, files)}
	s, err := Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func module(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "go.mod", "module example.com/session\n\ngo 1.26\n")
	for name, text := range files {
		write(t, dir, name, text)
	}
	return dir
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// patient is the context of calls that must succeed, also on a slow machine.
func patient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// at takes the mark ‸ out of text: it stands where the cursor is.
func at(t *testing.T, text string) (File, int) {
	t.Helper()
	before, after, found := strings.Cut(text, "‸")
	if !found {
		t.Fatalf("no ‸ in %q", text)
	}
	return File{Name: "cell.go", Text: before + after}, len(before)
}

const hello = "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfmt.Prin‸\n}\n"

func labels(t *testing.T, s *Server, text string) []string {
	t.Helper()
	f, offset := at(t, text)
	items, _, _, err := s.Complete(patient(t), f, offset)
	if err != nil {
		t.Fatal(err)
	}
	var labels []string
	for _, it := range items {
		labels = append(labels, it.Label)
	}
	return labels
}

func pidOf(t *testing.T, s *Server) int {
	t.Helper()
	p, err := s.ready(patient(t))
	if err != nil {
		t.Fatal(err)
	}
	return p.cmd.Process.Pid
}

func TestCallsGoOnAfterGoplsWasKilled(t *testing.T) {
	s := start(t, nil)
	labels(t, s, hello)
	first := pidOf(t, s)
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if got := labels(t, s, hello); len(got) != 3 {
		t.Errorf("completion after the kill: %q, want Print, Printf and Println", got)
	}
	if second := pidOf(t, s); second == first {
		t.Errorf("process %d answers after it was killed", first)
	}
}

func TestCallInProgressSurvivesDeathOfGopls(t *testing.T) {
	s := start(t, nil)
	labels(t, s, hello)
	p, err := s.ready(patient(t))
	if err != nil {
		t.Fatal(err)
	}
	// A stopped process answers nothing, so the call is in progress when the process dies.
	if err := syscall.Kill(p.cmd.Process.Pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	failed := make(chan error, 1)
	go func() {
		f, offset := at(t, hello)
		_, _, _, err := s.Complete(patient(t), f, offset)
		failed <- err
	}()
	waitFor(t, "the call to be sent", func() bool {
		p.conn.mu.Lock()
		defer p.conn.mu.Unlock()
		return len(p.conn.pending) == 1
	})
	if err := syscall.Kill(p.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err != nil {
		t.Error(err)
	}
}

func TestCallEndsWithItsContext(t *testing.T) {
	s := start(t, nil)
	f, offset := at(t, hello)

	t.Run("while gopls starts", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		wantPromptly(t, context.DeadlineExceeded, func() error {
			_, _, _, err := s.Complete(ctx, f, offset)
			return err
		})
	})
	pid := pidOf(t, s)
	t.Run("cancelled before", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		wantPromptly(t, context.Canceled, func() error {
			_, err := s.Hover(ctx, f, offset)
			return err
		})
	})
	t.Run("while gopls does not answer", func(t *testing.T) {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		defer syscall.Kill(pid, syscall.SIGCONT)
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		big := File{Name: "big.go", Text: f.Text + "\n// " + strings.Repeat("x", 1<<20)} // more than a pipe holds
		wantPromptly(t, context.DeadlineExceeded, func() error {
			_, _, err := s.Signature(ctx, big, offset)
			return err
		})
	})
	if got := labels(t, s, hello); len(got) != 3 {
		t.Errorf("completion after cancelled calls: %q, want Print, Printf and Println", got)
	}
}

func wantPromptly(t *testing.T, want error, call func() error) {
	t.Helper()
	began := time.Now()
	if err := call(); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("the call took %v", took)
	}
}

func TestCloseLeavesNoProcess(t *testing.T) {
	tests := []struct {
		name    string
		prepare func(t *testing.T, s *Server) (pid int)
	}{
		{"idle", pidOf},
		{"in the middle of loading", func(t *testing.T, s *Server) int {
			pid := pidOf(t, s)
			f, offset := at(t, hello)
			ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
			defer cancel()
			s.Complete(ctx, f, offset)
			return pid
		}},
		{"stopped", func(t *testing.T, s *Server) int {
			pid := pidOf(t, s)
			if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			return pid
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, nil)
			pid := tt.prepare(t, s)
			began := time.Now()
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if took := time.Since(began); took > closeGrace+time.Second {
				t.Errorf("Close took %v", took)
			}
			if err := syscall.Kill(-pid, 0); err != syscall.ESRCH {
				t.Errorf("process group %d after Close: %v, want %v", pid, err, syscall.ESRCH)
			}
			if left := processesIn(t, s.dir); len(left) > 0 {
				t.Errorf("processes left in %s: %q", s.dir, left)
			}
			f, offset := at(t, hello)
			if _, err := s.Hover(patient(t), f, offset); !errors.Is(err, errClosed) {
				t.Errorf("call after Close: %v, want %v", err, errClosed)
			}
		})
	}
}

// processesIn lists the command lines of processes that work in dir, whatever group they are in.
func processesIn(t *testing.T, dir string) (commands []string) {
	t.Helper()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil // not Linux: the process group has been checked
	}
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		if cwd, err := os.Readlink(filepath.Join("/proc", e.Name(), "cwd")); err == nil && cwd == dir {
			command, _ := os.ReadFile(filepath.Join("/proc", e.Name(), "cmdline"))
			commands = append(commands, string(bytes.ReplaceAll(command, []byte{0}, []byte{' '})))
		}
	}
	return commands
}

func TestServerEndsWithContextOfStart(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s, err := Start(ctx, Options{Path: binary(t), Dir: module(t, nil)})
	if err != nil {
		t.Fatal(err)
	}
	pid := pidOf(t, s)
	cancel()
	<-s.done
	if err := syscall.Kill(-pid, 0); err != syscall.ESRCH {
		t.Errorf("process group %d: %v, want %v", pid, err, syscall.ESRCH)
	}
}

func TestStartSaysWhatIsMissing(t *testing.T) {
	t.Run("gopls", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		_, err := Start(context.Background(), Options{Dir: t.TempDir()})
		if err == nil || !strings.Contains(err.Error(), Install) {
			t.Errorf("got %v, want the command that installs gopls", err)
		}
	})
	t.Run("directory", func(t *testing.T) {
		_, err := Start(context.Background(), Options{Path: binary(t), Dir: filepath.Join(t.TempDir(), "none")})
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %v, want %v", err, os.ErrNotExist)
		}
	})
}

// A program that is no language server: calls must say so, and Close must work while it is restarted.
func TestCallsSayWhyGoplsDoesNotRun(t *testing.T) {
	dir := module(t, map[string]string{"broken": "#!/bin/sh\necho no such licence >&2\nexit 3\n"})
	broken := filepath.Join(dir, "broken")
	if err := os.Chmod(broken, 0o777); err != nil {
		t.Fatal(err)
	}
	s, err := Start(context.Background(), Options{Path: broken, Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	waitFor(t, "the first failure", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.failure != nil
	})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer cancel()
	f, offset := at(t, hello)
	_, err = s.Hover(ctx, f, offset)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
	}
	for _, part := range []string{"no such licence", "exit status 3"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("got %v, want it to hold %q", err, part)
		}
	}
}

func waitFor(t *testing.T, what string, reached func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !reached(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited a minute for %s", what)
		}
	}
}
