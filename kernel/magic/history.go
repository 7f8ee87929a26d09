package magic

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/warren-go/warren/kernel/history"
)

// showHistory prints earlier cells, chosen and shown as IPython's %history does.
func showHistory(c *call) error {
	if c.opts.History == nil {
		return errors.New("this front end keeps no history")
	}
	o, err := parseHistory(c.Args)
	if err != nil {
		return err
	}
	cells, err := o.find(c.opts.History)
	if err != nil {
		return err
	}
	for _, e := range cells {
		c.print("%s", o.text(e, c.opts.History.Session()))
	}
	return nil
}

// historyOptions are what may follow %history. At most one of ranges, last and search says which cells are meant.
type historyOptions struct {
	numbered, results, unique bool
	last, search              bool
	rest                      []string // the ranges, the number behind -l, or the pattern behind -g
}

// parseHistory reads the options, which may be put together: -no.
func parseHistory(args string) (o historyOptions, err error) {
	flags := map[rune]*bool{'n': &o.numbered, 'o': &o.results, 'u': &o.unique, 'l': &o.last, 'g': &o.search}
	for _, word := range strings.Fields(args) {
		letters, ok := strings.CutPrefix(word, "-")
		if !ok || o.search || letters == "" { // all that follows -g is the pattern
			o.rest = append(o.rest, word)
			continue
		}
		if number, ok := strings.CutPrefix(letters, "l"); ok && isNumber(number) { // -l5
			letters, o.rest = "l", append(o.rest, number)
		}
		for _, letter := range letters {
			flag := flags[letter]
			if flag == nil {
				return o, fmt.Errorf("there is no option -%c, only -n (numbers), -o (results), -u (unique), -l (last), -g (search)", letter)
			}
			*flag = true
		}
	}
	if o.last && o.search {
		return o, errors.New("give -l or -g, not both")
	}
	return o, nil
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

// find gives the cells that are meant.
func (o *historyOptions) find(h *history.History) (cells []history.Entry, err error) {
	switch {
	case o.search:
		o.numbered = true
		cells = h.Search("*"+strings.Join(o.rest, " ")+"*", false)
	case o.last:
		cells, err = lastCells(h, o.rest)
	case len(o.rest) == 0:
		cells = h.Between(0, 1, 0)
	default:
		cells, err = inRanges(h, o.rest)
	}
	if o.unique {
		cells = lastOfEqual(cells)
	}
	return cells, err
}

func lastCells(h *history.History, args []string) ([]history.Entry, error) {
	n := 10
	if len(args) > 0 {
		var err error
		if n, err = strconv.Atoi(args[0]); err != nil || n < 1 || len(args) > 1 {
			return nil, fmt.Errorf("-l takes a number of cells, not %q", strings.Join(args, " "))
		}
	}
	return history.Last(h.All(), n), nil
}

// cellRange matches 4, 4-6, 4:7, 4-, ~2/, ~2/4-6, 12/4 and ~8/1-~6/5: lines of a session, which ~ counts back from this one.
var cellRange = regexp.MustCompile(`^(?:(~?\d+)/)?(\d+)?(?:([-:])(?:(~?\d+)/)?(\d+)?)?$`)

func inRanges(h *history.History, ranges []string) (cells []history.Entry, err error) {
	for _, r := range ranges {
		m := cellRange.FindStringSubmatch(r)
		if m == nil {
			return nil, fmt.Errorf("%q is no range of cells: write 3, 5-8, ~1/2-4, or -g to search", r)
		}
		first, start := sessionOf(h, m[1]), atoi(m[2], 1)
		last, stop := first, 0
		if m[4] != "" {
			last = sessionOf(h, m[4])
		}
		switch {
		case m[5] != "" && m[3] == ":":
			stop = max(atoi(m[5], 0), 1)
		case m[5] != "":
			stop = atoi(m[5], 0) + 1
		case m[3] == "" && m[2] != "":
			stop = start + 1
		}
		for _, e := range h.All() {
			after := e.Session > first || e.Session == first && e.Line >= start
			before := e.Session < last || e.Session == last && (stop == 0 || e.Line < stop)
			if after && before {
				cells = append(cells, e)
			}
		}
	}
	return cells, nil
}

// sessionOf is the number of a session as it is written in a range.
func sessionOf(h *history.History, text string) int {
	if text == "" {
		return h.Session()
	}
	if back, ok := strings.CutPrefix(text, "~"); ok {
		return h.Session() - atoi(back, h.Session())
	}
	return atoi(text, 0) // which no session is
}

// atoi reads digits; otherwise stands for a number that is missing or too large.
func atoi(digits string, otherwise int) int {
	if n, err := strconv.Atoi(digits); err == nil {
		return n
	}
	return otherwise
}

// lastOfEqual leaves of cells with the same text only the last.
func lastOfEqual(cells []history.Entry) []history.Entry {
	seen := map[string]bool{}
	var kept []history.Entry
	for _, e := range slices.Backward(cells) {
		if !seen[e.Input] {
			seen[e.Input] = true
			kept = append(kept, e)
		}
	}
	slices.Reverse(kept)
	return kept
}

// text shows a cell, with its number if that is asked for: of another session as 12/3.
func (o *historyOptions) text(e history.Entry, session int) string {
	var b strings.Builder
	input := strings.TrimRight(e.Input, "\n")
	if o.numbered {
		number := strconv.Itoa(e.Line)
		if e.Session != session {
			number = fmt.Sprintf("%d/%d", e.Session, e.Line)
		}
		separator := " "
		if strings.Contains(input, "\n") {
			separator = "\n"
		}
		fmt.Fprintf(&b, "%4s:%s", number, separator)
	}
	b.WriteString(input + "\n")
	if o.results && e.Output != nil {
		b.WriteString(strings.TrimRight(*e.Output, "\n") + "\n")
	}
	return b.String()
}
