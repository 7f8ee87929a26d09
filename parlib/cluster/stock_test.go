package cluster

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/warren-go/warren/internal/ipp/ipptest"
)

// Python's controller and engine run Python's code, and say that they run no Go calls.
func TestConnectToPythonsCluster(t *testing.T) {
	dir := t.TempDir()
	ipptest.Module(t, dir, "controller", "--ip=127.0.0.1", "--ping=200")
	until(t, "the connection file", func() bool {
		_, err := os.Stat(filepath.Join(dir, "security", "ipcontroller-client.json"))
		return err == nil
	})
	ipptest.Module(t, dir, "engine")
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
