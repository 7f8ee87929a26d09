// Package program tells the processes of a session where the program warren is, so that the libraries in them can start it for what is to
// outlive a process: a broker of tasks, an engine of a cluster.
package program

import (
	"fmt"
	"os"
)

// Variable is the environment variable that holds the path of the program. Programs that no session started have none.
const Variable = "WARREN_BINARY"

// Environment returns the line of an environment that names this program as warren.
func Environment() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("program: Environment: the path of this program is not known: %w", err)
	}
	return Variable + "=" + path, nil
}

// Binary is the path of the program warren, or "" outside of sessions.
func Binary() string { return os.Getenv(Variable) }
