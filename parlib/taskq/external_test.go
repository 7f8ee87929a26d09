package taskq

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// natsProgram is the server of Debian's package nats-server, which lies where not all users look for programs.
func natsProgram(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"nats-server", "/usr/sbin/nats-server"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("there is no nats-server on this machine: apt-get install nats-server")
	return ""
}

// natsServer is a server with its own configuration, as an administrator runs it.
type natsServer struct {
	program, dir string
	port         string // "-1" for any
	cmd          *exec.Cmd
}

// start starts the server and returns its URL.
func (s *natsServer) start(t *testing.T) string {
	t.Helper()
	s.cmd = exec.Command(s.program, "-a", "127.0.0.1", "-p", s.port, "-js", "-sd", s.dir, "--auth", testToken, "--ports_file_dir", s.dir)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(s.dir, fmt.Sprintf("%s_%d.ports", filepath.Base(s.program), s.cmd.Process.Pid))
	var ports struct{ Nats []string }
	until(t, "nats-server is ready", func() bool {
		text, err := os.ReadFile(file)
		return err == nil && json.Unmarshal(text, &ports) == nil
	})
	address := strings.TrimPrefix(ports.Nats[0], "nats://")
	s.port = address[strings.LastIndex(address, ":")+1:]
	return "nats://" + testToken + "@" + address
}

func (s *natsServer) kill() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

// What messages an old server has after it was killed is its own affair: it may keep some that were acknowledged, and gives them to nobody.
func TestAnyServerWithJetStreamIsABroker(t *testing.T) {
	s := &natsServer{program: natsProgram(t), dir: t.TempDir(), port: "-1"}
	url := s.start(t)
	t.Cleanup(s.kill)
	testKills(t, Options{URL: url}, func() {
		s.kill()
		s.start(t)
	})
}
