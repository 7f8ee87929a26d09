package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/warren-go/warren/internal/background"
	"github.com/warren-go/warren/internal/ipp/client"
	"github.com/warren-go/warren/internal/ipp/controller"
	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/shm"
)

// maxEngines bounds what Start starts: each engine is a process.
const maxEngines = 1024

// Cluster is a controller and its engines, as a client sees them. It may be used by many goroutines at once.
//
// A cluster that is no longer reachable, nor are its views and results, closes itself, so a notebook cell that starts one can be run
// again and again. One with ConnectionFiles does not, since others use it.
type Cluster struct{ *core }

// core is what goroutines and views hold on to.
type core struct {
	config
	client     *client.Client
	d          *dispatcher
	controller *controller.Controller // nil where that is elsewhere
	fleet      *fleet                 // nil where the engines were started elsewhere

	places sync.Map // where engines run, a place for a uuid

	mu     sync.Mutex
	change chan struct{} // closed when engines come or go
	once   sync.Once
}

// library marks goroutines that serve this package.
const library = "cluster"

// Start starts a controller in this process and n engines, and returns when all of them have registered. Close the cluster when it
// is no longer needed. Should this process end without that, even by kill -9, its engines end too.
func Start(n int, options ...Option) (*Cluster, error) {
	c, err := startCluster(n, options, (*fleet).startEach)
	if err != nil {
		return nil, fmt.Errorf("cluster: Start: %w", err)
	}
	return remember(c), nil
}

// startCluster does what Start and StartMPI do, whose engines are launched differently.
func startCluster(n int, options []Option, launch func(f *fleet, n int) error) (c *Cluster, err error) {
	background.Run(library, func() { c, err = launchCluster(n, options, launch) })
	return c, err
}

func launchCluster(n int, options []Option, launch func(f *fleet, n int) error) (_ *Cluster, err error) {
	if n < 1 || n > maxEngines {
		return nil, fmt.Errorf("number of engines is %d; it must be between 1 and %d", n, maxEngines)
	}
	settings, err := newConfig(options)
	if err != nil {
		return nil, err
	}
	if isEngine.Load() || os.Getenv(envID) != "" {
		return nil, errors.New("this process is itself an engine of a cluster. Is cluster.Init() called first thing in main?")
	}
	by, err := settings.launcher()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), settings.timeout)
	defer cancel()
	owned, err := controller.Start(controller.Options{Host: settings.host, Dir: settings.folder, Log: settings.log})
	if err != nil {
		return nil, err
	}
	c, err := connect(ctx, owned.ClientInfo(), settings)
	if err != nil {
		owned.Close()
		return nil, err
	}
	c.controller = owned
	c.fleet = &fleet{by: by, controller: owned, processes: map[int]*process{}}
	c.d.replace = c.replace
	if err = launch(c.fleet, n); err == nil {
		err = c.register(ctx, slices.Collect(maps.Keys(c.fleet.processes)))
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Connect connects to a cluster that runs elsewhere: one that ipcluster, ipcontroller or another program started. place is a
// connection file, which ends in -client.json; a profile folder, in which that is security/ipcontroller-client.json; the name of an
// IPython profile; or "", which stands for the profile "default".
func Connect(place string, options ...Option) (c *Cluster, err error) {
	background.Run(library, func() { c, err = connectTo(place, options) })
	if err != nil {
		return nil, fmt.Errorf("cluster: Connect: %w", err)
	}
	return remember(c), nil
}

func connectTo(place string, options []Option) (*Cluster, error) {
	settings, err := newConfig(options)
	if err != nil {
		return nil, err
	}
	path, err := find(place)
	if err != nil {
		return nil, err
	}
	file, err := protocol.ReadClientFile(path)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), settings.timeout)
	defer cancel()
	return connect(ctx, file, settings)
}

// find is the connection file at a place.
func find(place string) (string, error) {
	if strings.HasSuffix(place, ".json") {
		return place, nil
	}
	if place == "" {
		place = "default"
	}
	if !strings.ContainsRune(place, filepath.Separator) {
		var err error
		if place, err = protocol.ProfileDir("", place); err != nil {
			return "", err
		}
	}
	return protocol.ClientPath(place, ""), nil
}

// connect makes the client's half of a cluster.
func connect(ctx context.Context, file protocol.ClientFile, settings config) (*Cluster, error) {
	c := &core{config: settings, change: make(chan struct{})}
	c.d = &dispatcher{output: settings.output, lanes: map[int]*lane{}, jobs: map[*job]bool{}}
	ready := make(chan struct{})
	var err error
	c.client, err = client.Connect(ctx, file, client.Options{Log: settings.log, Timeout: settings.timeout, Changed: func() {
		select {
		case <-ready:
			c.changed()
		default: // the engines that are there from the beginning
		}
	}})
	if err != nil {
		return nil, err
	}
	c.d.client, c.d.epitaph = c.client, c.epitaph
	if c.d.store, err = shm.Open(""); err != nil {
		settings.log.Info("large slices are sent instead of shared", "error", err)
	}
	close(ready)
	c.changed()
	go func() { // what waits has to hear of the end
		<-c.client.Done()
		c.changed()
	}()
	cluster := &Cluster{c}
	if settings.folder == "" { // else others use it, and this program need not
		runtime.AddCleanup(cluster, func(c *core) { go c.close() }, c)
	}
	return cluster, nil
}

// changed follows engines that come and go, and wakes who waits for them.
func (c *core) changed() {
	c.d.refresh()
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.change)
	c.change = make(chan struct{})
}

// changes is closed at the next change.
func (c *core) changes() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.change
}

// Close disconnects. A cluster of Start ends, with its controller and engines, whatever they are at; one of Connect goes on. Calls
// under way fail with ErrClosed. Closing a closed cluster does nothing, nor a nil one.
func (c *Cluster) Close() error {
	if c == nil || c.core == nil {
		return nil
	}
	c.core.close()
	return nil
}

func (c *core) close() {
	c.once.Do(func() {
		c.client.Close()
		c.d.tasks.Wait()
		if c.d.store != nil {
			_ = c.d.store.Close()
		}
		if c.fleet != nil {
			c.fleet.close()
		}
		if c.controller != nil {
			c.controller.Close()
		}
	})
}

// Stop closes the cluster, and ends it also if it was started elsewhere: all engines and the controller are shut down.
func (c *Cluster) Stop(ctx context.Context) error {
	if err := c.check(ctx, "Stop"); err != nil {
		return err
	}
	defer c.Close()
	if c.controller != nil {
		return nil
	}
	var asked []*client.Future
	for _, e := range c.client.Engines() {
		asked = append(asked, c.client.Control(ctx, e, "shutdown_request", map[string]bool{"restart": false}))
	}
	for _, f := range asked {
		if _, err := f.Wait(ctx); err != nil && !errors.Is(err, ErrEngineLost) {
			return fmt.Errorf("cluster: Stop: %w", err)
		}
	}
	_, err := c.client.Hub(ctx, "shutdown_request", nil).Wait(ctx)
	if err != nil && !errors.Is(err, ErrControllerGone) {
		return fmt.Errorf("cluster: Stop: controller: %w", err)
	}
	return nil
}

// IDs are the ids of the engines that are registered, in order.
func (c *Cluster) IDs() []int {
	if c == nil || c.core == nil {
		return nil
	}
	var ids []int
	for _, e := range c.client.Engines() {
		ids = append(ids, e.ID)
	}
	return ids
}

// Wait waits until at least n engines are registered.
func (c *Cluster) Wait(ctx context.Context, n int) error {
	if err := c.check(ctx, "Wait"); err != nil {
		return err
	}
	for {
		change := c.changes()
		have := len(c.client.Engines())
		if have >= n {
			return nil
		}
		select {
		case <-change:
		case <-c.client.Done():
			return fmt.Errorf("cluster: Wait: %w", c.client.Err())
		case <-ctx.Done():
			return fmt.Errorf("cluster: Wait: %d of %d engines are there: %w", have, n, context.Cause(ctx))
		}
	}
}

// RestartEngine kills an engine, whatever it is at, and starts a new one with its id, without its variables. What it was working on
// goes to other engines. Only engines that Start has started can be restarted.
func (c *Cluster) RestartEngine(ctx context.Context, id int) error {
	if err := c.check(ctx, "RestartEngine"); err != nil {
		return err
	}
	if err := c.restart(ctx, id); err != nil {
		return fmt.Errorf("cluster: RestartEngine: %w", err)
	}
	return nil
}

// replace restarts an engine that does not react, for calls that wait.
func (c *core) replace(e client.Engine) error {
	turn := c.fleet.turn(e.ID)
	turn.Lock()
	defer turn.Unlock()
	if !slices.Contains(c.client.Engines(), e) { // others were faster
		return nil
	}
	c.log.Warn("an engine is restarted, since it does not end a call that timed out", "engine", e.ID)
	ctx, cancel := context.WithTimeout(context.Background(), c.timeout)
	defer cancel()
	err := c.renew(ctx, e.ID)
	if err != nil {
		c.log.Error("an engine could not be restarted", "engine", e.ID, "error", err)
	}
	return err
}

// epitaphTime is how long the end of a process may come after that of its connection.
const epitaphTime = 500 * time.Millisecond

// epitaph says how an engine ended that was started here.
func (c *core) epitaph(id int) string {
	if c.fleet == nil {
		return ""
	}
	p := c.fleet.process(id)
	if p == nil {
		return ""
	}
	return p.epitaph(epitaphTime)
}

func (c *Cluster) String() string {
	if c == nil || c.core == nil {
		return "cluster.Cluster(nil)"
	}
	return fmt.Sprintf("cluster.Cluster(%d engines)", len(c.client.Engines()))
}

var errNoCluster = errors.New("the cluster is nil; make one with Start or Connect")

func (c *Cluster) check(ctx context.Context, op string) error {
	if ctx == nil {
		return fmt.Errorf("cluster: %s: %w", op, errNilContext)
	}
	if c == nil || c.core == nil {
		return fmt.Errorf("cluster: %s: %w", op, errNoCluster)
	}
	if err := c.client.Err(); err != nil {
		return fmt.Errorf("cluster: %s: %w", op, err)
	}
	return nil
}
