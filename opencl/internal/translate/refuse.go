package translate

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// Refusal says what of a function cannot be translated.
type Refusal struct {
	Pos     token.Position
	What    string // what stands there, and why it cannot be in a kernel
	Instead string // what to do
}

func (r Refusal) String() string {
	s := fmt.Sprintf("%s: %s", r.Pos, r.What)
	if r.Instead != "" {
		s += "; " + r.Instead
	}
	return s
}

// Refusals are all that was found, sorted by position.
type Refusals []Refusal

func (r Refusals) Error() string {
	lines := make([]string, len(r))
	for i, one := range r {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// refuse notes that n cannot be translated.
func (t *translator) refuse(n ast.Node, what, instead string) {
	t.refusals = append(t.refusals, Refusal{t.fset.Position(n.Pos()), what, instead})
}
