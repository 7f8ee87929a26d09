// Package wire carries Jupyter messages: it reads the connection file, opens the five sockets, frames and signs messages,
// and drops what is not signed, not new or not well formed. It knows neither a kernel nor a language.
//
// The message format is that of https://jupyter-client.readthedocs.io/en/stable/messaging.html, version 5.4 and later.
// ZMTP handshakes and frames are done by github.com/go-zeromq/zmq4; its sockets are not used, because they accept one peer
// at a time (a silent one blocks all others), trust the sizes a peer names, do not tell of subscriptions, queue for slow
// subscribers without limit, and leave goroutines behind. See socket.go.
package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
)

// Connection is a connection file: where the five sockets are and what signs the messages.
type Connection struct {
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

// ReadConnection reads a connection file. Missing transport, ip and signature_scheme mean tcp, 127.0.0.1 and hmac-sha256.
func ReadConnection(path string) (Connection, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Connection{}, fmt.Errorf("connection file: %w", err)
	}
	c := Connection{Transport: "tcp", SignatureScheme: "hmac-sha256"}
	if err := json.Unmarshal(text, &c); err != nil {
		return Connection{}, fmt.Errorf("connection file %s: %w", path, err)
	}
	if c.IP == "" && c.Transport == "tcp" {
		c.IP = "127.0.0.1"
	}
	if err := c.check(); err != nil {
		return Connection{}, fmt.Errorf("connection file %s: %w", path, err)
	}
	return c, nil
}

func (c Connection) check() error {
	switch c.Transport {
	case "ipc":
		if c.IP == "" {
			return errors.New(`transport "ipc" needs a path in "ip"`)
		}
		return nil
	case "tcp":
	default:
		return fmt.Errorf(`transport %q is not known, use "tcp" or "ipc"`, c.Transport)
	}
	if c.Key == "" && !c.loopback() {
		return fmt.Errorf("ip %q can be reached from outside this machine, but the key is empty: anyone could run code. Set a key", c.IP)
	}
	return nil
}

// loopback tells whether only this machine can reach the sockets. Of names only localhost is one.
func (c Connection) loopback() bool {
	ip := net.ParseIP(c.IP)
	return c.Transport == "ipc" || c.IP == "localhost" || ip != nil && ip.IsLoopback()
}

// listen opens one socket at exactly the address of the connection file, never at a wider one.
// Port 0 of a tcp connection means any free port.
func (c Connection) listen(port int) (net.Listener, error) {
	if c.Transport == "ipc" {
		return listenUnix(c.IP + "-" + strconv.Itoa(port))
	}
	host := c.IP
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
