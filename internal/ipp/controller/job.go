package controller

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/internal/wire"
)

// phase is how far a job has come.
type phase int

const (
	waiting phase = iota // for dependencies
	ready                // for an engine
	running              // an engine has it, though it may wait there
	over
)

// wishes are what the metadata of a task asks for.
type wishes struct {
	Targets     protocol.Strings `json:"targets"` // uuids of the engines that may run it; none means all
	After       dependency       `json:"after"`   // tasks that have to end before it begins
	Follow      dependency       `json:"follow"`  // tasks on whose engine it has to run
	Timeout     *float64         `json:"timeout"` // seconds that it may wait for its turn
	Retries     int              `json:"retries"` // how often it is tried again when it fails
	RestartLost bool             `json:"restart_lost"`
}

// job is a task that a client has asked for.
type job struct {
	request
	frames  [][]byte // without idents
	message wire.Message
	targets targets
	after   condition
	follow  condition
	retries int
	restart bool // when its engine dies, whatever retries says
	timeout time.Duration

	phase      phase
	forgotten  bool // its client is gone
	engine     *engine
	turn       uint64 // when it was given to the engine
	started    time.Time
	sent       int // how often it was given to engines
	fatal      int // how many engines died while it ran
	unmet      map[*engine]bool
	tried      map[*engine]bool
	dependents []dependent
	timer      *time.Timer // of timeout; may be nil
}

// dependent is a job, and that condition of it which waits for another one.
type dependent struct {
	*job
	condition *condition
}

// newJob reads the metadata of a task.
func newJob(client *wire.Peer, m wire.Message) (*job, error) {
	var w wishes
	if err := json.Unmarshal(m.Metadata, &w); err != nil {
		return nil, fmt.Errorf("metadata of a task: %w", err)
	}
	j := &job{request: *newRequest(client, m), frames: m.Frames[len(m.Idents):], message: m, retries: w.Retries, restart: w.RestartLost}
	j.targets = newTargets(w.Targets)
	if w.Timeout != nil && *w.Timeout != 0 {
		if !(*w.Timeout > 0) {
			return nil, fmt.Errorf("metadata of a task: a timeout of %v s", *w.Timeout)
		}
		j.timeout = time.Duration(min(*w.Timeout*float64(time.Second), math.MaxInt64))
	}
	j.after, j.follow = w.After.condition(), w.Follow.condition()
	return j, nil
}

// special reports whether some engines may not run the job for reasons of its own.
func (j *job) special() bool { return len(j.follow.where) > 0 || len(j.unmet) > 0 || len(j.tried) > 0 }

// suits reports whether an engine may run the job.
func (j *job) suits(e *engine) bool {
	return j.targets.include(e) && (len(j.follow.where) == 0 || j.follow.where[e.uuid]) && !j.unmet[e]
}

// idle reports whether the job is neither with an engine nor over.
func (j *job) idle() bool { return j.phase == waiting || j.phase == ready }
