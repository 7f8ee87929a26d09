package history

import (
	"regexp"
	"strings"
)

// Last gives the n last entries, all if there are fewer, and none if n is negative.
func Last(entries []Entry, n int) []Entry {
	return entries[len(entries)-min(max(n, 0), len(entries)):]
}

// Between gives the lines start to stop, without stop, of one session; stop 0 is its end. Session 0 is this one, -1 the one
// before it.
func (h *History) Between(session, start, stop int) []Entry {
	if session <= 0 {
		session += h.session
	}
	var found []Entry
	for _, e := range h.All() {
		if e.Session == session && e.Line >= start && (stop == 0 || e.Line < stop) {
			found = append(found, e)
		}
	}
	return found
}

// Search gives the entries whose whole text matches a pattern of *, ? and [set]; with unique, of equal ones only the last.
func (h *History) Search(pattern string, unique bool) []Entry {
	re := glob(pattern)
	var found []Entry
	at := map[string]int{}
	for _, e := range h.All() {
		if re.MatchString(e.Input) {
			at[e.Input] = len(found)
			found = append(found, e)
		}
	}
	if !unique {
		return found
	}
	kept := found[:0]
	for i, e := range found {
		if at[e.Input] == i {
			kept = append(kept, e)
		}
	}
	return kept
}

var globSet = regexp.MustCompile(`^\[\^?\]?[^\]]*\]`)

// glob compiles a pattern of *, ? and [set], which must match the whole text. A set that is none stands for itself.
func glob(pattern string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	for rest := pattern; rest != ""; {
		size := 1
		switch set := globSet.FindString(rest); {
		case rest[0] == '*':
			b.WriteString(".*")
		case rest[0] == '?':
			b.WriteByte('.')
		case set != "" && compiles(set):
			b.WriteString(set)
			size = len(set)
		default:
			b.WriteString(regexp.QuoteMeta(rest[:1]))
		}
		rest = rest[size:]
	}
	b.WriteString(`\z`)
	re, err := regexp.Compile(b.String())
	if err != nil { // text that is not UTF-8
		return regexp.MustCompile(`\A` + regexp.QuoteMeta(strings.ToValidUTF8(pattern, "")) + `\z`)
	}
	return re
}

func compiles(set string) bool {
	_, err := regexp.Compile(set)
	return err == nil
}
