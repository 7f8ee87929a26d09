package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"

	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/mpienv"
	"github.com/warren-go/warren/internal/program"
	"github.com/warren-go/warren/parlib/mpi/launch"
)

// StartMPI is Start with engines that are the ranks of one MPI program on this machine, so that what runs on them can use
// [github.com/warren-go/warren/parlib/mpi]: the engine with id r is rank r of the world. A call of a view is made by each engine for
// itself, so a collective needs a DirectView of all engines. A rank that dies takes all others with it, as MPI has it.
//
// In notebooks engines are started by the mpiexec on PATH, which must be that of the library that cells are built for. A program
// must be built with the tag mpi; its own library's mpiexec is found.
func StartMPI(n int, options ...Option) (*Cluster, error) {
	c, err := startCluster(n, options, (*fleet).startRanks)
	if err != nil {
		return nil, fmt.Errorf("cluster: StartMPI: %w", err)
	}
	return remember(c), nil
}

// idIsRank stands for an engine's id that is its rank.
const idIsRank = "mpi"

// idOf reads the id of an engine.
func idOf(text string) (int, error) {
	if text != idIsRank {
		return strconv.Atoi(text)
	}
	size, rank, _ := mpienv.Started()
	if size == 0 {
		return 0, errors.New("no mpiexec has started this process")
	}
	return rank, nil
}

// startRanks starts n engines as ranks.
func (f *fleet) startRanks(n int) error {
	connection, err := json.Marshal(f.controller.EngineInfo())
	if err != nil {
		return err
	}
	cmd, err := rankCommand(n)
	if err != nil {
		return err
	}
	cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%s", protocol.EnvConnection, connection))
	f.mu.Lock()
	defer f.mu.Unlock()
	p, err := startProcess(0, cmd)
	if err != nil {
		return err
	}
	p.ranks = true
	for id := range n {
		f.processes[id] = p
	}
	return nil
}

// rankCommand is mpiexec with what engines are: the program warren in notebooks, elsewhere this program once more.
func rankCommand(n int) (*exec.Cmd, error) {
	if warren := program.Binary(); warren != "" {
		mpiexec, err := exec.LookPath("mpiexec")
		if err != nil {
			return nil, fmt.Errorf("there is no MPI here: apt-get install libopenmpi-dev openmpi-bin, then restart the kernel: %w", err)
		}
		cmd := exec.Command(mpiexec, "-n", strconv.Itoa(n), warren, "engine", "--mpi", "--log-level", "WARN")
		cmd.Env = append(os.Environ(), launch.Environment()...)
		return cmd, nil
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd, err := launch.Command(context.Background(), n, self, os.Args[1:]...)
	if err != nil {
		return nil, err
	}
	cmd.Env = append(cmd.Env, envID+"="+idIsRank)
	return cmd, nil
}
