package observe

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Timeline is what a Recorder was told up to a moment. It shows itself in a notebook as a chart with a lane for each worker.
type Timeline struct {
	Title string
	Lanes []Lane        // of worker 0, 1, …
	Total time.Duration // from the first begin to the last end
}

// Lane is what one worker did, in the order of the beginnings.
type Lane struct {
	Spans []Span
	more  Load
}

// Span is a piece of work. Begin and End are counted from the first begin of the timeline. A chunk of a loop has no name,
// but the bounds of its indices, Lo (in) and Hi (out).
type Span struct {
	Name       string
	Lo, Hi     int
	Begin, End time.Duration
}

// String says what the work was.
func (s Span) String() string {
	switch {
	case s.Name != "":
		return s.Name
	case s.Hi == s.Lo+1:
		return fmt.Sprintf("index %d", s.Lo)
	}
	return fmt.Sprintf("indices %d to %d", s.Lo, s.Hi-1)
}

// Timeline gives what was reported so far.
func (r *Recorder) Timeline() Timeline {
	r.mu.RLock()
	defer r.mu.RUnlock()
	all := make([][]recorded, len(r.lanes))
	t := Timeline{Title: "Who worked when", Lanes: make([]Lane, len(r.lanes))}
	for i, l := range r.lanes {
		l.mu.Lock()
		all[i], t.Lanes[i].more = slices.Clone(l.spans), l.more
		l.mu.Unlock()
	}
	first, last := ends(all)
	t.Total = last.Sub(first)
	for i, spans := range all {
		for _, s := range spans {
			t.Lanes[i].Spans = append(t.Lanes[i].Spans, Span{s.name, s.lo, s.hi, s.begin.Sub(first), s.end.Sub(first)})
		}
		slices.SortStableFunc(t.Lanes[i].Spans, func(a, b Span) int { return cmp.Compare(a.Begin, b.Begin) })
	}
	return t
}

// ends are the first begin and the last end.
func ends(all [][]recorded) (first, last time.Time) {
	for _, spans := range all {
		for _, s := range spans {
			if first.IsZero() || s.begin.Before(first) {
				first = s.begin
			}
			if s.end.After(last) {
				last = s.end
			}
		}
	}
	return first, last
}

// String is how much each worker did, and how even that was.
func (t Timeline) String() string { return t.Title + "\n\n" + t.Loads().String() }

// names are those of the spans, in the order of their first appearance from lane to lane.
func (t Timeline) names() []string {
	var names []string
	for _, lane := range t.Lanes {
		for _, s := range lane.Spans {
			if s.Name != "" && !slices.Contains(names, s.Name) {
				names = append(names, s.Name)
			}
		}
	}
	return names
}
