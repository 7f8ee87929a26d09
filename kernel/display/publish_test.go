package display

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

func TestInputOutsideANotebookTakesOneLine(t *testing.T) {
	before := publisher()
	defer Connect(before)
	var out bytes.Buffer
	in := strings.NewReader("first\r\nsecond\nthird")
	Connect(&textPublisher{w: &out, r: in})
	for _, want := range []string{"first", "second", "third"} {
		if got, err := Input("? "); got != want || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	if _, err := Password("? "); err != io.EOF {
		t.Error(err)
	}
	if got := out.String(); got != "? ? ? ? " {
		t.Errorf("%q", got)
	}
}

// next records SetNextInput.
type next struct {
	Publisher
	text    string
	replace bool
}

func (n *next) SetNextInput(text string, replace bool) error {
	n.text, n.replace = text, replace
	return nil
}

func TestSetNextInput(t *testing.T) {
	before := publisher()
	defer Connect(before)
	n := &next{}
	Connect(n)
	if SetNextInput("a\xff"); n.text != "a\uFFFD" || n.replace {
		t.Errorf("%+v", n)
	}
	if SetNextInput("b", true); n.text != "b" || !n.replace {
		t.Errorf("%+v", n)
	}
}

func TestUpdateTakesHandleOrID(t *testing.T) {
	r := record(t)
	h := Display(1)
	for _, target := range []any{h, h.ID} {
		if err := Update(target, 2); err != nil || r.last() != "2" || len(r.ids) != 1 {
			t.Error(err, r.lines, r.ids)
		}
	}
	if err := Update(7, 2); err == nil || !strings.Contains(err.Error(), "not a int") {
		t.Error(err)
	}
}
