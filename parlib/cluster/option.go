package cluster

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Option changes how a cluster is started or connected to.
type Option func(*config) error

type config struct {
	log     *slog.Logger
	timeout time.Duration // for the start of engines, or the controller's answer
	launch  Launcher
	output  func(Output)
	folder  string // for connection files, "" for none
	host    string // that Start listens at, "" for this machine only
}

const startTime = 30 * time.Second

func newConfig(options []Option) (config, error) {
	c := config{log: slog.New(slog.DiscardHandler), timeout: startTime, output: Print}
	return c, each(options, &c)
}

// each applies options to what they change.
func each[C any, O ~func(*C) error](options []O, to *C) error {
	for i, o := range options {
		if o == nil {
			return fmt.Errorf("option %d is nil", i)
		}
		if err := o(to); err != nil {
			return err
		}
	}
	return nil
}

// Log has a logger told of what no call hears of: messages that are dropped, engines that end.
func Log(l *slog.Logger) Option {
	return func(c *config) error {
		if l == nil {
			return errors.New("the logger is nil")
		}
		c.log = l
		return nil
	}
}

// StartTimeout is how long Start waits for its engines, and Connect for the controller, in all. Without it that is 30 seconds.
func StartTimeout(d time.Duration) Option {
	return func(c *config) error {
		if d <= 0 {
			return fmt.Errorf("the time-out is %v; it must be more than 0", d)
		}
		c.timeout = d
		return nil
	}
}

// LaunchBy has Start use another launcher of engines. See Launcher for what there is without it.
func LaunchBy(l Launcher) Option {
	return func(c *config) error {
		if l == nil {
			return errors.New("the launcher is nil")
		}
		c.launch = l
		return nil
	}
}

// ShowOutput has what engines print and show go to a function, which must not wait for other calls on the cluster. Without it
// that is Print. The function is called by one goroutine at a time, with the output of each call in its order.
func ShowOutput(show func(Output)) Option {
	return func(c *config) error {
		if show == nil {
			return errors.New("the function is nil; DropOutput shows nothing")
		}
		c.output = show
		return nil
	}
}

// DropOutput has what engines print and show go nowhere, except into the results of Execute.
func DropOutput() Option { return func(c *config) error { c.output = nil; return nil } }

// ConnectionFiles has Start write the controller's connection files into a folder, such as a profile's security folder, so that
// other clients can connect, Python's among them. They are removed by Close.
func ConnectionFiles(folder string) Option {
	return func(c *config) error {
		if folder == "" {
			return errors.New("the folder for connection files has no name")
		}
		c.folder = folder
		return nil
	}
}

// Listen has Start listen at an address or a name of this machine that engines and clients on other machines can reach, such as
// "10.0.0.5", instead of at the loopback interface. "0.0.0.0" stands for all addresses; then others look for this machine by
// its name. The system chooses the ports. LaunchBy has Start start engines on other machines; in notebooks, "warren engine
// --file" is one on each machine that has the engines' file of ConnectionFiles, and Wait waits for it.
//
// Whoever reaches the address and has the key can run code as the user of the engines. Messages are signed with the key, so
// that nobody else can send any, but they are not encrypted, and what engines print is sent to all who ask. So use it only on a
// network that you trust.
func Listen(address string) Option {
	return func(c *config) error {
		if address == "" {
			return errors.New("the address to listen at is empty")
		}
		c.host = address
		return nil
	}
}

// CallOption changes how a call works. One that has no meaning for a call, such as Window for Map, changes nothing.
type CallOption func(*call) error

// call is what the options of one say.
type call struct {
	chunk    int // items, 0 for automatic
	retries  int
	timeout  time.Duration // of an item, 0 for none
	after    []Dependency
	follow   []Dependency
	targets  []int // ids of engines, nil for all of the view
	progress func(done, total int)
	window   int // calls under way in a stream, 0 for automatic
	stop     bool
	keepAll  bool // failures, however many
	output   func(Output)
}

// Chunk fixes how many neighbouring items an engine is sent at a time. Without it the first chunk is one item, and later ones
// are as many as keep an engine busy for some 20 ms by what the items took so far; with Timeout, one item.
func Chunk(size int) CallOption {
	return func(c *call) error {
		if size < 1 {
			return fmt.Errorf("chunk size is %d; it must be at least 1", size)
		}
		c.chunk = size
		return nil
	}
}

// Retries has an item that fails or times out done again, up to n times. Items whose engine died are done again without this
// option: once, or up to n times where that is more.
func Retries(n int) CallOption {
	return func(c *call) error {
		if n < 0 {
			return fmt.Errorf("number of retries is %d; it must not be negative", n)
		}
		c.retries = n
		return nil
	}
}

// Timeout limits the time of each item, from when it is sent to an engine that has nothing else to do for this cluster. An item
// that takes longer fails with ErrTimeout, and its context on the engine ends. What is left of the work goes to other engines
// until this one answers again; one that Start has started is killed and replaced if it does not within two seconds.
func Timeout(d time.Duration) CallOption {
	return func(c *call) error {
		if d <= 0 {
			return fmt.Errorf("the time-out is %v; it must be more than 0", d)
		}
		c.timeout = d
		return nil
	}
}

// Dependency is a result that a call can wait for: an *AsyncResult of any type.
type Dependency interface {
	Done() <-chan struct{}
	Successful() bool
	places() map[int]bool // ids of the engines on which it was worked on
}

// After has a call wait for others. If one of them fails, so does the call.
func After(results ...Dependency) CallOption {
	return func(c *call) error {
		c.after = append(c.after, results...)
		return checkDependencies("After", results)
	}
}

// Follow is After for a call that must also run where the others have run, on an engine that did part of each.
func Follow(results ...Dependency) CallOption {
	return func(c *call) error {
		c.follow = append(c.follow, results...)
		return checkDependencies("Follow", results)
	}
}

func checkDependencies(option string, results []Dependency) error {
	for i, r := range results {
		if r == nil {
			return fmt.Errorf("%s: result %d is nil", option, i)
		}
	}
	return nil
}

// Targets limits a call to some of the view's engines.
func Targets(ids ...int) CallOption {
	return func(c *call) error {
		if len(ids) == 0 {
			return errors.New("Targets names no engines")
		}
		c.targets = ids
		return nil
	}
}

// Progress has report called after each chunk with the number of items that are through, failed ones included, and the number
// of all. Calls of report do not overlap and done never falls. It must be quick and not use the cluster; if
// it panics, the call ends with that as its error.
func Progress(report func(done, total int)) CallOption {
	return func(c *call) error {
		if report == nil {
			return errors.New("progress function is nil")
		}
		c.progress = report
		return nil
	}
}

// Window fixes how many chunks Imap and ImapUnordered have under way at most: sent, or done and not yet consumed. Without it
// there are four for each engine.
func Window(chunks int) CallOption {
	return func(c *call) error {
		if chunks < 1 {
			return fmt.Errorf("window is %d chunks; it must be at least 1", chunks)
		}
		c.window = chunks
		return nil
	}
}

// StopAtFailure ends a call at the first item that fails, instead of doing the others.
func StopAtFailure() CallOption { return func(c *call) error { c.stop = true; return nil } }

// WithOutput has what engines print and show during the call go to a function instead of the cluster's; nil drops it.
func WithOutput(show func(Output)) CallOption {
	return func(c *call) error { c.output = show; return nil }
}
