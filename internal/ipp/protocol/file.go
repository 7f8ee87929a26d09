// Package protocol holds what the processes of a cluster say to each other: connection files, and the contents and metadata
// of messages, as IPython Parallel 8 and 9 have them. The messages themselves are those of package wire.
package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/warren-go/warren/internal/atomicfile"
)

// Environment variables by which launchers tell engines where they belong.
const (
	EnvConnection = "IPP_CONNECTION_INFO" // the text of an engine's connection file
	EnvProfileDir = "IPP_PROFILE_DIR"     // the folder of the profile
	EnvClusterID  = "IPP_CLUSTER_ID"      // tells clusters of one profile apart; "" is a cluster's, too
)

// EnginePath is where a controller writes the connection file of its engines.
func EnginePath(profileDir, clusterID string) string {
	return connectionPath(profileDir, clusterID, "engine")
}

// ClientPath is where a controller writes the connection file of its clients.
func ClientPath(profileDir, clusterID string) string {
	return connectionPath(profileDir, clusterID, "client")
}

func connectionPath(profileDir, clusterID, kind string) string {
	name := "ipcontroller"
	if clusterID != "" {
		name += "-" + clusterID
	}
	return filepath.Join(profileDir, "security", name+"-"+kind+".json")
}

// ProfileDir is the folder of a profile, such as "default". ipythonDir is the folder that holds profiles; "" is that of the
// environment variable IPYTHONDIR, or else .ipython in the user's home.
func ProfileDir(ipythonDir, profile string) (string, error) {
	if ipythonDir == "" {
		ipythonDir = os.Getenv("IPYTHONDIR")
	}
	if ipythonDir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("where are the profiles of IPython? %w", err)
		}
		ipythonDir = filepath.Join(home, ".ipython")
	}
	return filepath.Join(ipythonDir, "profile_"+profile), nil
}

// Base is what the connection files of engines and clients have in common: where the controller is, and what signs messages.
type Base struct {
	SSH          string  `json:"ssh"`       // a server to tunnel through; not supported
	Interface    string  `json:"interface"` // such as "tcp://127.0.0.1"; ports are appended to it
	Registration int     `json:"registration"`
	Control      int     `json:"control"`
	Mux          int     `json:"mux"`
	Task         int     `json:"task"`
	IOPub        int     `json:"iopub"`
	Key          string  `json:"key"`
	CurveKey     *string `json:"curve_serverkey"` // not supported
	Location     string  `json:"location"`        // a name or address of the controller's machine, where Interface names none
	Pack         string  `json:"pack"`            // only "json"
	Unpack       string  `json:"unpack"`          // only "json"
	Scheme       string  `json:"signature_scheme"`
}

// EngineFile is the connection file of engines.
type EngineFile struct {
	Base
	Ping      int   `json:"hb_ping"`
	Pong      int   `json:"hb_pong"`
	Broadcast []int `json:"broadcast"`
}

// ClientFile is the connection file of clients.
type ClientFile struct {
	Base
	Notification int    `json:"notification"`
	TaskScheme   string `json:"task_scheme"`
	Broadcast    int    `json:"broadcast"`
}

// ReadEngineFile reads and checks an engine's connection file.
func ReadEngineFile(path string) (EngineFile, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return EngineFile{}, fmt.Errorf("connection file: %w", err)
	}
	f, err := ParseEngineFile(text)
	if err != nil {
		return f, fmt.Errorf("connection file %s: %w", path, err)
	}
	return f, nil
}

// ParseEngineFile takes the text of an engine's connection file, as in EnvConnection, and checks it.
func ParseEngineFile(text []byte) (EngineFile, error) {
	var f EngineFile
	if len(bytes.TrimSpace(text)) == 0 {
		return f, fmt.Errorf("it is empty: %w", io.ErrUnexpectedEOF)
	}
	if err := json.Unmarshal(text, &f); err != nil {
		return f, fmt.Errorf("%w. Engines need the one that ends in -engine.json", err)
	}
	ports := []int{f.Ping, f.Pong}
	if len(f.Broadcast) == 0 {
		return f, errors.New("broadcast names no ports: is this the client's connection file? Engines need the one that ends in -engine.json")
	}
	return f, f.check(append(ports, f.Broadcast...)...)
}

// ReadClientFile reads and checks a client's connection file.
func ReadClientFile(path string) (ClientFile, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return ClientFile{}, fmt.Errorf("connection file: %w", err)
	}
	var f ClientFile
	if err := json.Unmarshal(text, &f); err != nil {
		return f, fmt.Errorf("connection file %s: %w. Clients need the one that ends in -client.json", path, err)
	}
	if err := f.check(f.Notification, f.Broadcast); err != nil {
		return f, fmt.Errorf("connection file %s: %w", path, err)
	}
	return f, nil
}

// Write writes an EngineFile or a ClientFile so that only the user can read its key, and nobody ever sees half of it.
func Write(path string, file any) error {
	text, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return fmt.Errorf("connection file %s: %w", path, err)
	}
	if err := atomicfile.Write(path, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("connection file: %w", err)
	}
	return nil
}

// check refuses what cannot work, and what would leave messages unsigned or unread.
func (b Base) check(more ...int) error {
	switch {
	case b.CurveKey != nil && *b.CurveKey != "":
		return errors.New("the controller wants CURVE encryption, which is not supported: start it with --IPController.enable_curve=False")
	case b.SSH != "":
		return fmt.Errorf("a tunnel through the SSH server %q is wanted, which is not supported: open one yourself, and remove ssh", b.SSH)
	case b.Pack != "json" || b.Unpack != "json":
		return fmt.Errorf(`messages are packed by %q and unpacked by %q; only "json" is supported`, b.Pack, b.Unpack)
	case b.Key == "":
		return errors.New("key is empty: anyone who reaches the ports could run code. Start the controller with a key")
	}
	if transport, host, ok := strings.Cut(b.Interface, "://"); !ok || host == "" || transport != "tcp" && transport != "ipc" {
		return fmt.Errorf(`interface %q: want "tcp://address" or "ipc://path"`, b.Interface)
	}
	for _, port := range append(more, b.Registration, b.Control, b.Mux, b.Task, b.IOPub) {
		if port < 1 || port > 1<<16-1 {
			return fmt.Errorf("%d is no port", port)
		}
	}
	return nil
}

// Address is where a port of the controller is reached from this machine, as the Dial functions of package wire want it.
func (b Base) Address(port int) string {
	transport, host, _ := strings.Cut(b.Interface, "://")
	if transport == "ipc" {
		return "ipc://" + host + "-" + strconv.Itoa(port)
	}
	if host == "*" || host == "0.0.0.0" {
		host = b.host()
	}
	return "tcp://" + net.JoinHostPort(strings.Trim(host, "[]"), strconv.Itoa(port))
}

// host is the controller's machine, where it listens at all addresses: this machine, unless location names another one.
func (b Base) host() string {
	const here = "127.0.0.1"
	if name, err := os.Hostname(); b.Location == "" || err == nil && b.Location == name {
		return here
	}
	if own, err := net.InterfaceAddrs(); err == nil && slices.ContainsFunc(own, b.isLocation) {
		return here
	}
	return b.Location
}

func (b Base) isLocation(a net.Addr) bool {
	n, ok := a.(*net.IPNet)
	return ok && n.IP.Equal(net.ParseIP(b.Location))
}
