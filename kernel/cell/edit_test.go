package cell

import "testing"

func TestEdits(t *testing.T) {
	upper := func(inner func(int, int) string) string { return "<" + inner(2, 6) + "|" + inner(2, 6) + ">" }
	for name, c := range map[string]struct {
		edits editList
		want  string
	}{
		"none":                        {nil, "0123456789"},
		"in any order":                {editList{{start: 5, end: 6, text: "B"}, {start: 0, end: 1, text: "A"}}, "A1234B6789"},
		"insertions in order":         {editList{{start: 3, end: 3, text: "a"}, {start: 3, end: 3, text: "b"}}, "012ab3456789"},
		"insertion before an edit":    {editList{{start: 3, end: 5, text: "X"}, {start: 3, end: 3, text: "a"}}, "012aX56789"},
		"at both ends":                {editList{{start: 0, end: 0, text: "("}, {start: 10, end: 10, text: ")"}}, "(0123456789)"},
		"twice what is inside":        {editList{{start: 2, end: 6, render: upper}, {start: 3, end: 4, text: "X"}}, "01<2X45|2X45>6789"},
		"inside what is thrown away":  {editList{{start: 2, end: 6, render: func(func(int, int) string) string { return "" }}, {start: 3, end: 4, text: "X"}}, "016789"},
		"insertion at a wrap's start": {editList{{start: 2, end: 6, render: upper}, {start: 2, end: 2, text: "i"}}, "01i<2345|2345>6789"},
	} {
		if got := c.edits.apply("0123456789"); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if got := (editList{{start: 1, end: 2, text: "A"}, {start: 7, end: 8, text: "B"}}).render("0123456789", 5, 9); got != "56B8" {
		t.Errorf("a part: %s", got)
	}
}
