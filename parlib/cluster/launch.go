package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"

	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/program"
)

// Launch says what an engine is to be started with.
type Launch struct {
	ID         int    // that the engine is to ask for
	Connection []byte // where the controller is: the text of the connection file of engines, which holds the key
}

// Launcher makes the command that runs an engine. Start adds a pipe at its standard input, at whose end the engine has to end,
// keeps the last of what it writes to standard error, and puts the connection into its environment as IPP_CONNECTION_INFO.
//
// Without a launcher, engines are "warren engine" where the environment variable WARREN_BINARY names the program warren, as in
// notebooks. Elsewhere they are this program, started once more: see Init.
type Launcher func(l Launch) (*exec.Cmd, error)

// envID makes this program an engine, with that id.
const envID = "WARREN_CLUSTER_ENGINE_ID"

// initialized is whether this process has called Init, so that more of its kind would become engines.
var initialized atomic.Bool

// isEngine is whether Init has made this process an engine. The environment does not say so any more, since programs that a
// function starts inherit it.
var isEngine atomic.Bool

func (c config) launcher() (Launcher, error) {
	switch {
	case c.launch != nil:
		return c.launch, nil
	case program.Binary() != "":
		return Warren(program.Binary()), nil
	case !initialized.Load():
		return nil, errors.New("the engines would be this program, started once more, which must know that it is one: call cluster.Init() first thing in main")
	}
	return self, nil
}

// self starts this program once more.
func self(l Launch) (*exec.Cmd, error) {
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append(os.Environ(), envID+"="+strconv.Itoa(l.ID))
	return cmd, nil
}

// Warren returns a launcher of engines that run cells as notebooks do, by the program warren at a path.
func Warren(path string) Launcher {
	return func(l Launch) (*exec.Cmd, error) {
		cmd := exec.Command(path, "engine", "--until-eof", "--id", strconv.Itoa(l.ID), "--log-level", "WARN")
		cmd.Env = os.Environ()
		return cmd, nil
	}
}

// command completes what a launcher has made.
func command(by Launcher, id int, file protocol.EngineFile) (*exec.Cmd, error) {
	connection, err := json.Marshal(file)
	if err != nil {
		return nil, err
	}
	cmd, err := by(Launch{ID: id, Connection: connection})
	if err != nil {
		return nil, err
	}
	if cmd == nil {
		return nil, errors.New("the launcher returned no command")
	}
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, fmt.Sprintf("%s=%s", protocol.EnvConnection, connection))
	return cmd, nil
}
