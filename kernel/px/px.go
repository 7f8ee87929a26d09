// Package px holds what the magics of clusters, such as %px and %cluster, ask of the worker, and what that answers. The cluster is
// the worker's, as cells use it too; package server is that side.
package px

import "github.com/warren-go/warren/kernel/display"

// Target is the comm over which the worker is asked: a Request opens it, Output comes over it, and an Answer closes it.
const Target = "warren.cluster"

// What can be asked for.
const (
	Start   = "start"   // N engines, with MPI as ranks
	Connect = "connect" // to the cluster at Place
	Stop    = "stop"    // or disconnect
	Status  = "status"  // a table of engines
	Run     = "run"     // Code on Engines
	Collect = "collect" // what Run with Later came to
)

// Request is one thing to do.
type Request struct {
	Do      string `json:"do"`
	N       int    `json:"n,omitempty"`
	MPI     bool   `json:"mpi,omitempty"` // engines are ranks of one MPI program
	Place   string `json:"place,omitempty"`
	Code    string `json:"code,omitempty"`
	Engines string `json:"engines,omitempty"` // as users write them: "0,2", "1:3", "all" or "" for all
	Later   bool   `json:"later,omitempty"`   // do not wait: Collect does
}

// Output is something that an engine printed or showed.
type Output struct {
	Engine int             `json:"engine"`
	Stream string          `json:"stream,omitempty"` // "stdout" or "stderr"; "" for what is shown
	Text   string          `json:"text,omitempty"`   // printed, or what is shown as plain text
	Data   display.MIMEMap `json:"data,omitempty"`   // shown
	Result bool            `json:"result,omitempty"` // Data is the value of the last expression
}

// Failure is how code failed on engines, all of which say the same.
type Failure struct {
	Engines   []int  `json:"engines"`
	Name      string `json:"name"`
	Message   string `json:"message"`
	Traceback string `json:"traceback,omitempty"`
}

// Answer is what a request came to.
type Answer struct {
	Text     string        `json:"text,omitempty"`  // to print
	Data     *display.Data `json:"data,omitempty"`  // to show
	Error    string        `json:"error,omitempty"` // why nothing was done
	Failures []Failure     `json:"failures,omitempty"`
}
