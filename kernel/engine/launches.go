package engine

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/warren-go/warren/opencl/trace"
)

// A kernel of OpenCL that writes outside of its buffers ends the worker, if it runs on the CPU, and the dump of the Go runtime knows
// no such kernels. So package opencl notes which ones run in a file that outlives the process.

// launches is the path of a worker's file.
type launches string

// newLaunches makes a file for a new worker: an old one may still have its own mapped.
func newLaunches(dir string) (launches, error) {
	f, err := os.CreateTemp(dir, "opencl-*")
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		err = trace.Create(f.Name())
	}
	if err != nil {
		return "", fmt.Errorf("the session's temporary folder %s cannot be written: %w", filepath.Base(dir), err)
	}
	return launches(f.Name()), nil
}

func (l launches) env() string { return trace.Variable + "=" + string(l) }

// running returns the launches that had not ended when the worker did, and removes the file.
func (l launches) running() []trace.Launch {
	defer os.Remove(string(l))
	running, err := trace.Read(string(l))
	if err != nil {
		return nil
	}
	return running
}

// ranOpenCL says which kernels ran when a worker died. The caller holds e.mu.
func (e *Engine) ranOpenCL(p *process) []string {
	running := p.launches.running()
	if len(running) == 0 {
		return nil
	}
	var lines []string
	for _, l := range running {
		where := e.relabelLocked(l.File)
		line := fmt.Sprintf("The OpenCL kernel %s was running over %s, launched at %s:%d.", l.Kernel, l.Range, where, l.Line)
		if l.File == "" {
			line = fmt.Sprintf("The OpenCL kernel %s was running over %s.", l.Kernel, l.Range)
		}
		lines = append(lines, line)
	}
	return append(lines, "On a CPU, a kernel that uses memory outside of its buffers ends the process. Put -check behind %%cl_kernel in the cell with the "+
		"kernel, and run it again: the launch is simulated first, and the line that goes wrong is shown.")
}
