package controller

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/warren-go/warren/internal/ipp/protocol"
)

// dependency says which tasks another task needs, and what has to become of them.
type dependency struct {
	ids              []string
	all              bool // all of them, or any
	success, failure bool // which of the two counts
}

// UnmarshalJSON takes null, the id of a task, a list of ids, or an object of ids and flags, as Python's clients write them.
func (d *dependency) UnmarshalJSON(text []byte) error {
	full := struct {
		IDs     protocol.Strings `json:"dependencies"`
		All     bool             `json:"all"`
		Success bool             `json:"success"`
		Failure bool             `json:"failure"`
	}{All: true, Success: true}
	if err := json.Unmarshal(text, &full.IDs); err != nil {
		if err := json.Unmarshal(text, &full); err != nil {
			return fmt.Errorf("%s is no dependency: want ids of tasks", text)
		}
	}
	if !full.Success && !full.Failure {
		return errors.New("a dependency has to count successes, failures or both")
	}
	*d = dependency{full.IDs, full.All, full.Success, full.Failure}
	return nil
}

// condition is a dependency, and what became of its tasks so far.
type condition struct {
	dependency
	open       int // tasks that have not ended
	met        bool
	impossible bool
	where      map[string]bool // nil for none; uuids of the engines where the tasks ran that count
}

func (d dependency) condition() condition {
	slices.Sort(d.ids)
	d.ids = slices.Compact(d.ids)
	return condition{dependency: d, open: len(d.ids), met: len(d.ids) == 0}
}

// note takes in that one of the tasks has ended.
func (c *condition) note(ok bool, uuid string) {
	counts := ok && c.success || !ok && c.failure
	c.open--
	if counts && uuid != "" { // else it ended before it ran
		if c.where == nil {
			c.where = map[string]bool{}
		}
		c.where[uuid] = true
	}
	switch {
	case c.all && !counts, !c.all && !counts && c.open == 0 && !c.met:
		c.impossible = true
	case c.all && c.open == 0, !c.all && counts:
		c.met = true
	}
}
