// Package broker runs a message broker within a Go program: a NATS server with JetStream, which keeps what it is given on disk.
//
//	b, err := broker.Start(broker.Options{Dir: "/var/lib/tasks"})
//	if err != nil {
//		log.Fatal(err)
//	}
//	defer b.Close()
//	q, err := taskq.Open(ctx, taskq.Options{Broker: b})
//
// With Options.Listen, other programs reach it, too: [Broker.URL] is for their taskq.Options.URL. A broker that is to outlive the programs
// that use it is a program of its own, of these lines or of one: see [Serve], which "warren broker" is made of.
//
// What the broker has confirmed it has written to the operating system: it is there after the process was killed. With Options.Sync it
// is there after a power failure, too, and every message takes as long as the disk. A program that imports this package has some 17 MB
// of code more, and a timer that runs from its start on, by which Go finds no deadlock any more.
package broker

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/warren-go/warren/parlib/taskq/internal/shared"
)

// patience is how long a broker may take to start. It reads what is on its disk first.
const patience = time.Minute

// Options say where a broker keeps its messages, and who may talk to it.
type Options struct {
	Dir    string // folder for the messages; it is made where there is none. One broker at a time uses it.
	Listen string // host:port for other processes; port 0 is any free one; "" is for this process alone
	Token  string // what other processes must show; "" makes one. Required where Listen is not a loopback address.
	Sync   bool   // wait for the disk at every message
}

// Broker is a running broker. Its methods may be called by several goroutines.
type Broker struct {
	server  natsServer
	clients func() uint64 // how many have ever connected
	lock    *shared.Lock
	token   string
	url     string
	once    sync.Once
	err     error
}

// natsServer is what is needed of a *server.Server. Behind an interface, whoever uses a Broker is compiled without its types.
type natsServer interface {
	InProcessConn() (net.Conn, error)
	NumClients() int
	Shutdown()
	WaitForShutdown()
}

// Start starts a broker. It returns when the broker is ready, with all that its folder holds.
func Start(opts Options) (*Broker, error) {
	b, err := start(opts)
	if err != nil {
		return nil, fmt.Errorf("broker: Start: %w", err)
	}
	return b, nil
}

func start(opts Options) (*Broker, error) {
	config, token, err := configure(opts)
	if err != nil {
		return nil, err
	}
	lock, err := shared.LockFolder(opts.Dir)
	if err != nil {
		return nil, err
	}
	b := &Broker{lock: lock, token: token}
	if err := b.begin(opts, config); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return b, nil
}

// begin starts the server, and tells others of it in the lock file.
func (b *Broker) begin(opts Options, config *server.Options) error {
	holder := shared.Holder{PID: os.Getpid(), Private: opts.Listen == "", Sync: opts.Sync}
	if err := b.lock.Announce(holder); err != nil { // instead of one that was killed
		return err
	}
	s, err := run(config)
	if err != nil {
		return err
	}
	b.server, b.clients = s, func() uint64 { return everConnected(s) }
	if opts.Listen == "" {
		return nil
	}
	b.url = "nats://" + b.token + "@" + s.Addr().String()
	holder.URL = b.url
	if err := b.lock.Announce(holder); err != nil {
		b.stop()
		return err
	}
	return nil
}

// configure turns options into those of the server.
func configure(opts Options) (config *server.Options, token string, err error) {
	if opts.Dir == "" {
		return nil, "", errors.New("Options.Dir is empty; it names the folder for the messages")
	}
	config = &server.Options{
		ServerName: "warren-" + rand.Text(), JetStream: true, StoreDir: opts.Dir, DontListen: opts.Listen == "",
		SyncAlways: opts.Sync, NoSigs: true, JetStreamMaxMemory: 64 << 20,
	}
	if opts.Listen == "" {
		return config, "", nil
	}
	if config.Host, config.Port, err = address(opts); err != nil {
		return nil, "", err
	}
	config.Authorization = opts.Token
	if opts.Token == "" {
		config.Authorization = rand.Text()
	}
	return config, config.Authorization, nil
}

func address(opts Options) (host string, port int, err error) {
	host, service, err := net.SplitHostPort(opts.Listen)
	if err == nil {
		port, err = strconv.Atoi(service)
	}
	if err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("Options.Listen is %q; it is host:port, as 127.0.0.1:0", opts.Listen)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) && opts.Token == "" {
		return "", 0, fmt.Errorf("Options.Listen is %q, which other machines can reach; set Options.Token, or listen on 127.0.0.1", opts.Listen)
	}
	if port == 0 {
		port = server.RANDOM_PORT
	}
	return host, port, nil
}

func run(config *server.Options) (*server.Server, error) {
	s, err := server.NewServer(config)
	if err != nil {
		return nil, err
	}
	var log lastError
	s.SetLoggerV2(&log, false, false, false)
	s.Start()
	if s.ReadyForConnections(patience) && s.JetStreamEnabled() {
		return s, nil
	}
	s.Shutdown()
	s.WaitForShutdown()
	return nil, fmt.Errorf("the server did not start on %s: %s", filepath.Clean(config.StoreDir), log.String())
}

// errNone is what a nil *Broker gives, as Start returns it with its error.
var errNone = errors.New("broker: there is no broker; look at the error of broker.Start")

// InProcessConn opens a connection within this process; it makes a Broker something for taskq.Options and nats.InProcessServer.
func (b *Broker) InProcessConn() (net.Conn, error) {
	if b == nil {
		return nil, errNone
	}
	return b.server.InProcessConn()
}

// Token is what clients must show; "" if they need none.
func (b *Broker) Token() string {
	if b == nil {
		return ""
	}
	return b.token
}

// URL is where other processes reach the broker, token and all; "" without Options.Listen. Who has it can do everything with the
// broker's messages.
func (b *Broker) URL() string {
	if b == nil {
		return ""
	}
	return b.url
}

// Close ends the broker, and returns when its folder is free. What it holds is there for the next Start. Closing it again, or a nil
// *Broker, does nothing.
func (b *Broker) Close() error {
	if b == nil {
		return nil
	}
	b.once.Do(func() { b.err = b.end() })
	return b.err
}

// end ends the server and frees the folder. Who looks for a broker meanwhile finds none.
func (b *Broker) end() error {
	err := b.lock.Announce(shared.Holder{PID: os.Getpid()})
	b.stop()
	return errors.Join(err, b.lock.Close())
}

func (b *Broker) stop() {
	b.server.Shutdown()
	b.server.WaitForShutdown()
}

// lastError is a log that keeps only the last thing that went wrong.
type lastError struct {
	mu   sync.Mutex
	text string
}

func (l *lastError) keep(format string, args []any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = fmt.Sprintf(format, args...)
}

func (l *lastError) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.text == "" {
		return "it gave no reason"
	}
	return l.text
}

func (l *lastError) Errorf(format string, args ...any) { l.keep(format, args) }
func (l *lastError) Fatalf(format string, args ...any) { l.keep(format, args) }
func (l *lastError) Noticef(string, ...any)            {}
func (l *lastError) Warnf(string, ...any)              {}
func (l *lastError) Debugf(string, ...any)             {}
func (l *lastError) Tracef(string, ...any)             {}
