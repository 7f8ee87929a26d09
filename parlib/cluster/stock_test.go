package cluster

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// python is an interpreter that has ipyparallel: that of the project, or of the path.
func python(t *testing.T) string {
	t.Helper()
	for _, p := range []string{"../../.venv/bin/python", "python3"} {
		path, err := exec.LookPath(p)
		if err != nil {
			continue
		}
		if path, err = filepath.Abs(path); err == nil && exec.Command(path, "-c", "import ipyparallel").Run() == nil {
			return path
		}
	}
	t.Skip("no Python here has ipyparallel; make prepare installs it")
	return ""
}

// ipython runs a module of ipyparallel until the end of the test.
func ipython(t *testing.T, python, dir, module string, args ...string) {
	t.Helper()
	cmd := exec.Command(python, append([]string{"-m", "ipyparallel." + module, "--profile-dir=" + dir}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "IPYTHONDIR="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it starts others, which have to end with it
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
}

// Python's controller and engine run Python's code, and say that they run no Go calls.
func TestConnectToPythonsCluster(t *testing.T) {
	python, dir := python(t), t.TempDir()
	ipython(t, python, dir, "controller", "--ip=127.0.0.1", "--ping=200")
	until(t, "the connection file", func() bool {
		_, err := os.Stat(filepath.Join(dir, "security", "ipcontroller-client.json"))
		return err == nil
	})
	ipython(t, python, dir, "engine")
	c, err := Connect(dir, DropOutput())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := within(t)
	if err := c.Wait(ctx, 1); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]*DirectView{"direct": c.Direct(), "broadcast": c.Broadcast()} {
		ran, err := v.Execute(ctx, "print('hello')\n6 * 7")
		if err != nil || len(ran) != 1 || ran[0].Stdout != "hello\n" || ran[0].String() != "42" {
			t.Errorf("%s: %+v, %v", name, ran, err)
		}
	}
	_, err = c.Balanced().Execute(ctx, "1 / 0")
	var r *RemoteError
	if !errors.As(err, &r) || r.Name != "ZeroDivisionError" || !strings.Contains(r.Stack, "Traceback") {
		t.Errorf("%v", err)
	}
	if _, err := Map(c.Balanced(), numbers(3), square); !errors.Is(err, ErrNoEngines) || !strings.Contains(err.Error(), "does not run calls of Go programs") {
		t.Errorf("a map: %v", err)
	}
	if _, err := Apply[int](ctx, c.Direct(), pid); err == nil || !strings.Contains(err.Error(), "does not run calls of Go programs") {
		t.Errorf("a call: %v", err)
	}
	if err := c.Stop(ctx); err != nil {
		t.Errorf("Stop: %v", err)
	}
}
