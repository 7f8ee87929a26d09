package cell

import (
	"slices"
	"strings"
)

// edit replaces text[start:end]. Where it has a render function, that makes the replacement, and may render parts of
// the text with the edits inside it.
type edit struct {
	start, end int
	text       string
	render     func(inner func(start, end int) string) string
}

// editList collects edits. They may nest, if the outer one renders, but not overlap.
type editList []edit

func (l *editList) replace(start, end int, text string) { *l = append(*l, edit{start, end, text, nil}) }

func (l *editList) insert(at int, text string) { *l = append(*l, edit{at, at, text, nil}) }

func (l *editList) wrap(start, end int, render func(inner func(start, end int) string) string) {
	*l = append(*l, edit{start, end, "", render})
}

// apply returns text with all edits.
func (l editList) apply(text string) string { return l.render(text, 0, len(text)) }

// render returns text[start:end] with the edits that lie inside it.
func (l editList) render(text string, start, end int) string {
	var inside editList
	for _, e := range l {
		if e.start >= start && e.end <= end {
			inside = append(inside, e)
		}
	}
	slices.SortStableFunc(inside, func(a, b edit) int {
		if a.start != b.start {
			return a.start - b.start
		}
		if (a.end == a.start) != (b.end == b.start) { // insertions come before what starts at the same place
			if a.end == a.start {
				return -1
			}
			return 1
		}
		return b.end - a.end // the outer one first
	})
	return renderSorted(inside, text, start, end)
}

func renderSorted(list editList, text string, start, end int) string {
	var b strings.Builder
	at := start
	for i := 0; i < len(list); i++ {
		e := list[i]
		b.WriteString(text[at:e.start])
		at = e.end
		if e.render == nil {
			b.WriteString(e.text)
			continue
		}
		last := i + 1
		for last < len(list) && list[last].start < e.end {
			last++
		}
		nested := list[i+1 : last]
		b.WriteString(e.render(func(s, t int) string {
			var within editList
			for _, n := range nested {
				if n.start >= s && n.end <= t {
					within = append(within, n)
				}
			}
			return renderSorted(within, text, s, t)
		}))
		i = last - 1
	}
	b.WriteString(text[at:end])
	return b.String()
}
