package connection

import (
	"io"
	"log/slog"
	"net"
	"sync"

	"github.com/warren-go/warren/internal/wire"
)

// Sockets are the five sockets of a kernel. The heartbeat answers by itself.
type Sockets struct {
	Shell, Control, Stdin *wire.Router
	IOPub                 *wire.Publisher
	heartbeat             *wire.Echo
}

// Open listens on the five sockets. welcome is as for iopub_welcome: it gives what a new subscriber to a topic is sent.
func (f File) Open(log *slog.Logger, welcome func(topic string) [][][]byte) (*Sockets, error) {
	ports := []int{f.ShellPort, f.ControlPort, f.StdinPort, f.IOPubPort, f.HeartbeatPort}
	open := make([]net.Listener, 0, len(ports))
	for _, port := range ports {
		l, err := f.listen(port)
		if err != nil {
			for _, l := range open {
				l.Close()
			}
			return nil, err
		}
		open = append(open, l)
	}
	return &Sockets{
		Shell: wire.NewRouter(open[0], log), Control: wire.NewRouter(open[1], log), Stdin: wire.NewRouter(open[2], log),
		IOPub: wire.NewPublisher(open[3], log, welcome), heartbeat: wire.NewEcho(open[4], log),
	}, nil
}

// Close closes all sockets after what is queued has gone out.
func (s *Sockets) Close() {
	var all sync.WaitGroup
	for _, one := range []io.Closer{s.Shell, s.Control, s.Stdin, s.IOPub, s.heartbeat} {
		all.Go(func() { one.Close() })
	}
	all.Wait()
}
