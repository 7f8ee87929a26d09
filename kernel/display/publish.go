package display

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sync/atomic"
)

// Publisher takes what is shown to where it is seen. Its methods may be called from several goroutines at once.
type Publisher interface {
	Display(Data) error
	Update(Data) error
	Clear(wait bool) error
	Result(Data) error
	Input(prompt string, password bool) (string, error)
	Page(Data) error
	SetNextInput(text string, replace bool) error
}

// connected is the process's one way out; a cell has no other place from which it could be handed one.
var connected atomic.Value // of publisherBox

type publisherBox struct{ Publisher }

func init() { Connect(&textPublisher{w: stdio{}, r: stdio{}, terminal: isTerminal(os.Stdout)}) }

// Connect makes p the destination of everything shown in this process. The worker calls it once.
func Connect(p Publisher) { connected.Store(publisherBox{p}) }

func publisher() Publisher { return connected.Load().(publisherBox).Publisher }

// Handle is one output on the screen. Err says why it could not be shown, if it could not.
type Handle struct {
	ID  string
	Err error
}

var session, handles = rand.Uint64(), atomic.Uint64{}

// Display shows v now. The handle can change it later.
func Display(v any) *Handle {
	h := &Handle{ID: fmt.Sprintf("warren-%x-%d", session, handles.Add(1))}
	h.Err = publisher().Display(withID(Render(v), h.ID))
	return h
}

// Update shows v in the place of what the handle showed before. It may be called from several goroutines.
func (h *Handle) Update(v any) error { return publisher().Update(withID(Render(v), h.ID)) }

// Update shows v in the place of an earlier output, given by its *Handle or its id.
func Update(target any, v any) error {
	switch t := target.(type) {
	case *Handle:
		return t.Update(v)
	case string:
		return (&Handle{ID: t}).Update(v)
	}
	return fmt.Errorf("display: Update needs a *display.Handle or an id, not a %T", target)
}

// Clear empties the cell's output, or with wait, does so when the next output comes.
func Clear(wait ...bool) error { return publisher().Clear(len(wait) > 0 && wait[0]) }

// Input asks the user for a line.
func Input(prompt string) (string, error) { return publisher().Input(prompt, false) }

// Password is Input that does not show in a notebook what is typed.
func Password(prompt string) (string, error) { return publisher().Input(prompt, true) }

// Page shows v in the front end's pager.
func Page(v any) error { return publisher().Page(Render(v)) }

// SetNextInput proposes text for the next cell, or with replace, puts it in the place of the cell that runs.
func SetNextInput(text string, replace ...bool) error {
	return publisher().SetNextInput(validText(text), len(replace) > 0 && replace[0])
}

// withID adds id to d, which must come from Encode: its maps are d's own.
func withID(d Data, id string) Data {
	if d.Transient == nil {
		d.Transient = MIMEMap{}
	}
	d.Transient["display_id"] = id
	return d
}
