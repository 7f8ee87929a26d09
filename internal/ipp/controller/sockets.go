package controller

import (
	"fmt"
	"net"
	"os"
	"strings"

	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/wire"
)

const scheme = "hmac-sha256"

// A channel is one of the ways by which a controller talks with engines. By all but the last, clients talk with engines.
type channel int

const (
	mux       channel = iota // requests to one engine, in order
	control                  // requests to one engine that do not wait for those that run
	broadcast                // requests to several engines
	task                     // requests to any engine
	pong                     // answers to heartbeats
	channels
)

func (ch channel) String() string {
	return [...]string{"mux", "control", "broadcast", "task", "heartbeat"}[ch]
}

// open listens at random ports and begins to serve. What others send to is opened before them, and registration last.
func (c *Controller) open() error {
	base, err := c.base()
	if err != nil {
		return err
	}
	c.engine = protocol.EngineFile{Base: base, Broadcast: make([]int, 1)}
	c.client = protocol.ClientFile{Base: base, TaskScheme: "leastload"}
	o := &opener{c: c}
	c.notices = o.publisher(c.presentEngines, &c.client.Notification)
	c.output = o.publisher(noWelcome, &c.client.IOPub)
	c.pings = o.publisher(c.firstPing, &c.engine.Ping)
	o.router(c.engineEvents(mux, c.onReply(mux)), &c.engine.Mux)
	o.router(c.engineEvents(control, c.onReply(control)), &c.engine.Control)
	o.router(c.engineEvents(broadcast, c.onReply(broadcast)), &c.engine.Broadcast[0])
	o.router(c.engineEvents(task, c.onTaskReply), &c.engine.Task)
	o.router(c.engineEvents(pong, c.onPong), &c.engine.Pong)
	o.collector(c.outputEvents(), &c.engine.IOPub)
	o.router(c.clientEvents(c.onRequest(mux)), &c.client.Mux)
	o.router(c.clientEvents(c.onControl), &c.client.Control)
	o.router(c.clientEvents(c.onBroadcast), &c.client.Broadcast)
	o.router(c.taskEvents(), &c.client.Task)
	o.router(c.hubEvents(), &c.engine.Registration, &c.client.Registration)
	return o.err
}

func noWelcome(string) [][][]byte { return nil }

// base is what both connection files say.
func (c *Controller) base() (protocol.Base, error) {
	b := protocol.Base{Key: c.Key, Scheme: scheme, Pack: "json", Unpack: "json", Location: c.Host}
	host := c.Host
	switch ip := net.ParseIP(host); {
	case ip != nil && ip.IsUnspecified():
		name, err := os.Hostname()
		if err != nil {
			return b, fmt.Errorf("the name of this machine, which others need: %w", err)
		}
		host, b.Location = "0.0.0.0", name
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	b.Interface = "tcp://" + host
	return b, nil
}

// opener opens sockets until one fails.
type opener struct {
	c   *Controller
	err error
}

// listen sets the ports to the one that it found.
func (o *opener) listen(ports []*int) net.Listener {
	if o.err != nil {
		return nil
	}
	l, err := net.Listen("tcp", net.JoinHostPort(o.c.Host, "0"))
	if err != nil {
		o.err = fmt.Errorf("no socket at %q: %w. Host has to be an address or a name of this machine", o.c.Host, err)
		return nil
	}
	for _, p := range ports {
		*p = l.Addr().(*net.TCPAddr).Port
	}
	return l
}

func (o *opener) router(e wire.Events, ports ...*int) {
	if l := o.listen(ports); l != nil {
		o.c.sockets = append(o.c.sockets, wire.NewRouterServer(l, o.c.Log, e))
	}
}

func (o *opener) collector(e wire.Events, ports ...*int) {
	if l := o.listen(ports); l != nil {
		o.c.sockets = append(o.c.sockets, wire.NewCollectorServer(l, o.c.Log, e))
	}
}

func (o *opener) publisher(welcome func(string) [][][]byte, ports ...*int) *wire.Publisher {
	l := o.listen(ports)
	if l == nil {
		return nil
	}
	p := wire.NewPublisher(l, o.c.Log, welcome)
	o.c.sockets = append(o.c.sockets, p)
	return p
}
