package opencl

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/warren-go/warren/opencl/internal/cltest"
	"github.com/warren-go/warren/opencl/trace"
)

// A kernel that writes far outside its buffers kills the process, where the device is the CPU. The one that started the
// process learns which kernel it was.
func TestACrashLeavesTheKernelsName(t *testing.T) {
	cltest.NeedDevice(t)
	if os.Getenv(trace.Variable) != "" {
		crash(t)
		return
	}
	c := newContext(t)
	if c.Device().Type() != CPU {
		t.Skip("only on a CPU such a kernel kills the process")
	}
	path := filepath.Join(t.TempDir(), "trace")
	if err := trace.Create(path); err != nil {
		t.Fatal(err)
	}
	victim := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	victim.Env = append(os.Environ(), trace.Variable+"="+path)
	if out, err := victim.CombinedOutput(); err == nil {
		t.Fatalf("it did not crash: %s", out)
	}
	running, err := trace.Read(path)
	if err != nil || len(running) != 1 {
		t.Fatal(running, err)
	}
	if l := running[0]; l.Kernel != "bad" || l.Range != "[64] in groups of [8]" || !strings.HasSuffix(l.File, "note_test.go") || l.Line == 0 {
		t.Errorf("%+v", l)
	}
}

func crash(t *testing.T) {
	c := newContext(t)
	x := bufferOf(t, c, make([]int32, 64)...)
	launch(t, build(t, c, "__kernel void good(__global int *x) { x[get_global_id(0)] = 1; }"), Global(64), x)
	bad := build(t, c, "__kernel void bad(__global int *x) { x[get_global_id(0) + (1L << 40)] = 1; }")
	e, err := bad.Launch(nil, Global(64).Groups(8), x)
	if err != nil {
		t.Fatal(err)
	}
	e.Wait()
}
