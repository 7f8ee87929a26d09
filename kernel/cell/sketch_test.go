package cell

import "testing"

func TestCompleteTellsWhatACellStillNeeds(t *testing.T) {
	for _, c := range []struct{ text, status, indent string }{
		{"x := 1", "complete", ""},
		{"", "complete", ""},
		{"for i := range 3 {\n\tfmt.Println(i)\n}", "complete", ""},
		{"func f() int { return 1 }", "complete", ""},
		{"6 * 7", "complete", ""},
		{"import \"fmt\"", "complete", ""},
		{"i++", "complete", ""},
		{"for i := range 3 {", "incomplete", "\t"},
		{"func f(", "incomplete", "\t"},
		{"x := []int{1,", "incomplete", "\t"},
		{"if a {\n\tfor {", "incomplete", "\t\t"},
		{"var s = `one\ntwo", "incomplete", ""},
		{"/* a comment", "incomplete", ""},
		{"x :=", "incomplete", "\t"},
		{"a +", "incomplete", "\t"},
		{"x := )", "invalid", ""},
		{"func func", "invalid", ""},
		{"} else {", "invalid", ""},
		{"x := \"abc", "invalid", ""},
	} {
		if status, indent := Complete(c.text); status != c.status || indent != c.indent {
			t.Errorf("Complete(%q) = %q, %q, want %q, %q", c.text, status, indent, c.status, c.indent)
		}
	}
}
