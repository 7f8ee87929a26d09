package cell

import "testing"

func TestFromCompiler(t *testing.T) {
	output := "# package\ncell[0123456789]:2:3: invalid operation: cannot indirect " + Mark + "t (variable of type ꞏ1." + Mark + "temp)\n" +
		"/tmp/x/cell[0123456789]:7:31: error: 'missing' undeclared\ncell[0123456789]:7:31: note: each is reported once\n\tcell.go:3: other declaration\n"
	got := FromCompiler(output)
	if len(got) != 2 || got[1].Line != 7 || got[1].Col != 31 || got[1].Message != "'missing' undeclared" {
		t.Fatalf("got %v", got)
	}
	if want := "invalid operation: cannot indirect t (variable of type temp)"; got[0].Message != want {
		t.Errorf("got %q, want %q", got[0].Message, want)
	}
	if got := FromCompiler("link: running ld failed"); got != nil {
		t.Errorf("got %v for an error without a place", got)
	}
}
