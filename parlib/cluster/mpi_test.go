//go:build mpi

package cluster

import (
	"context"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/warren-go/warren/parlib/mpi"
)

// sumOfRanks is a collective: all ranks have to call it.
func sumOfRanks() (int, error) {
	sum := make([]int64, 1)
	err := mpi.Allreduce(mpi.World(), []int64{int64(mpi.World().Rank())}, sum, mpi.Sum)
	return int(sum[0]), err
}

func rankAndPID() [2]int { return [2]int{mpi.World().Rank(), os.Getpid()} }

func startRanks(t *testing.T, n int) (*Cluster, []int) {
	t.Helper()
	c, err := StartMPI(n)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	found, err := Apply[[2]int](t.Context(), c.Direct(), rankAndPID)
	if err != nil {
		t.Fatal(err)
	}
	pids := make([]int, n)
	for i, f := range found {
		if f[0] != i {
			t.Errorf("engine %d is rank %d", i, f[0])
		}
		pids[i] = f[1]
	}
	return c, pids
}

// gone waits for the end of processes.
func gone(t *testing.T, pids []int) {
	t.Helper()
	for limit := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		left := slices.DeleteFunc(slices.Clone(pids), func(pid int) bool { return syscall.Kill(pid, 0) != nil })
		if len(left) == 0 {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("processes %v are left", left)
		}
	}
}

func TestEnginesAreRanks(t *testing.T) {
	c, pids := startRanks(t, 3)
	sums, err := Apply[int](t.Context(), c.Direct(), sumOfRanks)
	if err != nil || !slices.Equal(sums, []int{3, 3, 3}) {
		t.Errorf("%v, %v", sums, err)
	}
	if err := c.RestartEngine(t.Context(), 1); err == nil || !strings.Contains(err.Error(), "rank") {
		t.Errorf("a rank was restarted: %v", err)
	}
	c.Close()
	gone(t, pids)
}

func forever(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func TestTheDeathOfARankEndsAll(t *testing.T) {
	c, pids := startRanks(t, 2)
	waits := ApplyAsync[any](t.Context(), c.Direct(), forever)
	if err := syscall.Kill(pids[1], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if _, err := waits.Get(); err == nil {
		t.Error("no error")
	}
	gone(t, pids)
}
