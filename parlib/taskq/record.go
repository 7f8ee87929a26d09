package taskq

import (
	"encoding/json"
	"time"
)

// Status is how far a task has come.
type Status string

// A task is Waiting for others, Queued until a worker takes it, Running, and in the end Done, Dead or Revoked. After a failure that is
// to be tried again it is Queued once more.
const (
	Waiting Status = "waiting"
	Queued  Status = "queued"
	Running Status = "running"
	Done    Status = "done"
	Dead    Status = "dead" // it failed for good: these are the dead letters
	Revoked Status = "revoked"
)

// Final reports whether the status stays as it is, unless somebody calls Requeue.
func (s Status) Final() bool { return s == Done || s == Dead || s == Revoked }

// record is all that is known of a task; the broker holds it under the task's ID. Every change names the revision that it changes, so
// that of two who change one record at the same time only one succeeds: a worker that was thought dead cannot complete a task that
// another has taken over.
type record struct {
	Task   string          `json:"task,omitempty"` // empty where results are only gathered, see Group
	Status Status          `json:"status"`
	Input  json.RawMessage `json:"input,omitempty"`
	Output json.RawMessage `json:"output,omitempty"`
	Policy policy          `json:"policy"`

	// The place in a workflow. What this waits for has the IDs ID.0, ID.1…
	Next    string `json:"next,omitempty"`    // who waits for this one
	Index   int    `json:"index,omitempty"`   // and as which of those it waits for
	Parents int    `json:"parents,omitempty"` // how many this one waits for
	Joined  []bool `json:"joined,omitempty"`  // which of these are done
	Round   int    `json:"round,omitempty"`   // how often it was queued again by hand

	Message  uint64    `json:"message,omitempty"` // number of the broker's message by which it was taken first; others are duplicates
	Holder   string    `json:"holder,omitempty"`  // worker that runs it
	Attempt  int       `json:"attempt,omitempty"` // how often it was begun
	Failures int       `json:"failures,omitempty"`
	Losses   int       `json:"losses,omitempty"` // how often its worker vanished
	Before   time.Time `json:"before,omitzero"`  // not to be begun before
	Error    string    `json:"error,omitempty"`
	Cause    cause     `json:"cause,omitempty"`
	Progress float64   `json:"progress,omitempty"`
	Note     string    `json:"note,omitempty"`

	Submitted time.Time `json:"submitted"`
	Started   time.Time `json:"started,omitzero"`
	Finished  time.Time `json:"finished,omitzero"`
}

// gathers reports whether the record only collects results.
func (r *record) gathers() bool { return r.Task == "" }

// policy is what options say about running a task.
type policy struct {
	Retries int           `json:"retries,omitempty"`
	Backoff time.Duration `json:"backoff,omitempty"`
	Timeout time.Duration `json:"timeout,omitempty"`
}

// maxBackoff keeps a doubled delay from growing without end.
const maxBackoff = time.Hour

// delay is the time before the next attempt after a number of failures, which is at least 1: it doubles with each.
func (p policy) delay(failures int) time.Duration {
	d := p.Backoff
	for range failures - 1 {
		if d >= maxBackoff/2 {
			return max(p.Backoff, maxBackoff)
		}
		d *= 2
	}
	return d
}

// Info is what is known of a task at one moment.
type Info struct {
	ID        string
	Task      string // name given to Define; "" for a Group
	Status    Status
	Attempt   int       // how often it was begun
	Failures  int       // attempts that ended with an error
	Losses    int       // attempts whose worker vanished
	Progress  float64   // what the handler reported by Progress, from 0 to 1
	Note      string    // and the words that it reported
	Error     string    // of the last attempt that failed
	Submitted time.Time // the times are those of the machines that ran Submit and the worker
	Started   time.Time // of the last attempt; zero before the first
	Finished  time.Time // zero before the end
	NotBefore time.Time // when it may be begun; zero is at once
}

func (r *record) info(id string) Info {
	return Info{
		ID: id, Task: r.Task, Status: r.Status, Attempt: r.Attempt, Failures: r.Failures, Losses: r.Losses, Progress: r.Progress, Note: r.Note,
		Error: r.Error, Submitted: r.Submitted, Started: r.Started, Finished: r.Finished, NotBefore: r.Before,
	}
}
