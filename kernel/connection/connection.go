// Package connection is how a kernel is reached: it reads the connection file that Jupyter writes, and opens the five sockets.
package connection

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
)

// File is a connection file: where the five sockets are and what signs the messages.
type File struct {
	Transport       string `json:"transport"` // "tcp" or "ipc"
	IP              string `json:"ip"`        // an address, or for ipc the path that ports are appended to
	ShellPort       int    `json:"shell_port"`
	IOPubPort       int    `json:"iopub_port"`
	StdinPort       int    `json:"stdin_port"`
	ControlPort     int    `json:"control_port"`
	HeartbeatPort   int    `json:"hb_port"`
	Key             string `json:"key"`
	SignatureScheme string `json:"signature_scheme"`
	KernelName      string `json:"kernel_name,omitempty"`
}

// Read reads a connection file. Missing transport, ip and signature_scheme mean tcp, 127.0.0.1 and hmac-sha256.
func Read(path string) (File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return File{}, fmt.Errorf("connection file: %w", err)
	}
	f := File{Transport: "tcp", SignatureScheme: "hmac-sha256"}
	if err := json.Unmarshal(text, &f); err != nil {
		return File{}, fmt.Errorf("connection file %s: %w", path, err)
	}
	if f.IP == "" && f.Transport == "tcp" {
		f.IP = "127.0.0.1"
	}
	if err := f.check(); err != nil {
		return File{}, fmt.Errorf("connection file %s: %w", path, err)
	}
	return f, nil
}

func (f File) check() error {
	switch f.Transport {
	case "ipc":
		if f.IP == "" {
			return errors.New(`transport "ipc" needs a path in "ip"`)
		}
		return nil
	case "tcp":
	default:
		return fmt.Errorf(`transport %q is not known, use "tcp" or "ipc"`, f.Transport)
	}
	if f.Key == "" && !f.loopback() {
		return fmt.Errorf("ip %q can be reached from outside this machine, but the key is empty: anyone could run code. Set a key", f.IP)
	}
	return nil
}

// loopback tells whether only this machine can reach the sockets. Of names only localhost is one.
func (f File) loopback() bool {
	ip := net.ParseIP(f.IP)
	return f.Transport == "ipc" || f.IP == "localhost" || ip != nil && ip.IsLoopback()
}

// listen opens one socket at exactly the address of the connection file, never at a wider one.
// Port 0 of a tcp connection means any free port.
func (f File) listen(port int) (net.Listener, error) {
	if f.Transport == "ipc" {
		return listenUnix(f.IP + "-" + strconv.Itoa(port))
	}
	host := f.IP
	switch host {
	case "*":
		host = "0.0.0.0"
	case "localhost":
		host = "127.0.0.1" // whatever the resolver thinks of it
	}
	return net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
}

// listenUnix replaces a socket file that a killed kernel left behind, and lets only the user connect.
func listenUnix(path string) (net.Listener, error) {
	if info, err := os.Stat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("old socket: %w", err)
		}
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}
