package controller

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/warren-go/warren/internal/background"
	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/wire"
)

// Options say where a controller listens and how it behaves. The zero value is good for one machine.
type Options struct {
	Host      string        // address or name to listen at; "" is 127.0.0.1. Others reach the ports, but need the key
	Dir       string        // folder for connection files, made if need be; "" writes none
	ClusterID string        // part of the files' names, so that several controllers share a folder
	Key       string        // what signs messages; "" makes a random one
	Period    time.Duration // between two heartbeats; 0 is one second
	Misses    int           // heartbeats that an engine may leave unanswered before it counts as dead; 0 is 10
	Depth     int           // tasks that an engine has at a time, the running one included; 0 follows how long tasks take
	JoinTime  time.Duration // how long an engine may take to register; 0 is 30 seconds
	Log       *slog.Logger  // of what no client hears of; nil for none
}

// Controller serves engines and clients until Close. Its methods may be called from several goroutines.
type Controller struct {
	Options
	codec   *wire.Codec
	engine  protocol.EngineFile
	client  protocol.ClientFile
	files   []string // connection files that were written
	sockets []io.Closer

	notices, output, pings *wire.Publisher

	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	tasks  sync.WaitGroup
	once   sync.Once
	closed chan struct{} // Close has ended

	mu       sync.Mutex
	registry registry
	queue    *scheduler
	beats    int // heartbeats so far
	ended    bool
}

// Start opens the sockets, begins to serve, and writes the connection files.
func Start(o Options) (*Controller, error) {
	o = o.withDefaults()
	codec, err := wire.NewCodec(scheme, o.Key, "controller")
	if err != nil {
		return nil, fmt.Errorf("controller: Start: %w", err)
	}
	c := &Controller{Options: o, codec: codec, closed: make(chan struct{}), registry: newRegistry()}
	c.queue = newScheduler(c)
	c.ctx, c.cancel = context.WithCancel(context.Background())
	if err = c.open(); err == nil {
		err = c.writeFiles()
	}
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("controller: Start: %w", err)
	}
	ticker, err := background.NewTicker(c.Period)
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("controller: Start: %w", err)
	}
	c.tasks.Go(func() { c.beat(ticker) })
	return c, nil
}

func (o Options) withDefaults() Options {
	if o.Host == "" {
		o.Host = "127.0.0.1"
	}
	if o.Key == "" {
		var key [32]byte
		rand.Read(key[:]) // never fails
		o.Key = hex.EncodeToString(key[:])
	}
	if o.Period <= 0 {
		o.Period = time.Second
	}
	if o.Misses <= 0 {
		o.Misses = 10
	}
	if o.JoinTime <= 0 {
		o.JoinTime = 30 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// EngineInfo is what engines need to connect, the key included.
func (c *Controller) EngineInfo() protocol.EngineFile { return c.engine }

// ClientInfo is what clients need to connect, the key included.
func (c *Controller) ClientInfo() protocol.ClientFile { return c.client }

// Done is closed when the controller has closed, because of Close or because a client asked for it.
func (c *Controller) Done() <-chan struct{} { return c.closed }

func (c *Controller) writeFiles() error {
	if c.Dir == "" {
		return nil
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	name := "ipcontroller-"
	if c.ClusterID != "" {
		name += c.ClusterID + "-"
	}
	for kind, file := range map[string]any{"engine": c.engine, "client": c.client} {
		path := filepath.Join(c.Dir, name+kind+".json")
		if err := protocol.Write(path, file); err != nil {
			return err
		}
		c.files = append(c.files, path)
	}
	return nil
}

// removeFile removes a connection file, unless it is gone or another controller's by now.
func (c *Controller) removeFile(path string) error {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var file struct {
		Key          string
		Registration int
	}
	if json.Unmarshal(text, &file) != nil || file.Key != c.Key || file.Registration != c.engine.Registration {
		return nil
	}
	return os.Remove(path)
}

// Close removes the connection files, unless another controller has replaced them, sends what is queued, for at most a second, and ends every connection and goroutine.
// Engines of this project end when their controller closes; requests get no reply any more.
func (c *Controller) Close() error {
	var err error
	c.once.Do(func() {
		for _, f := range c.files {
			err = errors.Join(err, c.removeFile(f))
		}
		c.cancel()
		var all sync.WaitGroup
		for _, s := range c.sockets {
			all.Go(func() { s.Close() })
		}
		all.Wait()
		c.tasks.Wait()
		c.mu.Lock()
		c.ended = true
		c.registry.stop()
		c.queue.stop()
		c.mu.Unlock()
		close(c.closed)
	})
	<-c.closed
	return err
}
