package mpi_test

import (
	"bufio"
	"context"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/warren-go/warren/parlib/mpi"
	"github.com/warren-go/warren/parlib/mpi/launch"
)

func init() {
	programs["waits"] = func(c *mpi.Comm) error {
		os.Stdout.WriteString(strconv.Itoa(os.Getpid()) + "\n")
		_, err := mpi.Recv(c, make([]int, 1), mpi.AnySource, 0)
		return err
	}
}

func TestRanksEndWithTheirLauncher(t *testing.T) {
	for name, end := range map[string]func(context.CancelFunc, *os.Process){
		"context": func(cancel context.CancelFunc, _ *os.Process) { cancel() },
		"killed":  func(_ context.CancelFunc, p *os.Process) { p.Kill() },
	} {
		if !mpi.Available() {
			t.Skip("built without MPI: go test -tags mpi")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd, err := launch.Command(ctx, 2, self)
		if err != nil {
			t.Skip(err)
		}
		cmd.Env = append(cmd.Env, programVariable+"=waits")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var pids []int
		for lines := bufio.NewScanner(out); len(pids) < 2 && lines.Scan(); {
			if pid, err := strconv.Atoi(lines.Text()); err == nil {
				pids = append(pids, pid)
			}
		}
		end(cancel, cmd.Process)
		cmd.Wait() // fails, as it is to
		for _, pid := range pids {
			for syscall.Kill(pid, 0) == nil && t.Context().Err() == nil {
				time.Sleep(10 * time.Millisecond) // the test's own time limit ends this
			}
		}
		if len(pids) != 2 {
			t.Errorf("%s: %d ranks began", name, len(pids))
		}
	}
}
