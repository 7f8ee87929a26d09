package display

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync/atomic"
)

// Publisher takes what is shown to where it is seen. Its methods may be called from several goroutines at once.
type Publisher interface {
	Display(Data) error
	Update(Data) error
	Clear(wait bool) error
	Result(Data) error
	Input(prompt string, password bool) (string, error)
	Page(Data) error
	SetNextInput(text string, replace bool) error
}

// connected is the process's one way out; a cell has no other place from which it could be handed one.
var connected atomic.Value // of publisherBox

type publisherBox struct{ Publisher }

func init() { Connect(textPublisher{os.Stdout, os.Stdin}) }

// Connect makes p the destination of everything shown in this process. The worker calls it once.
func Connect(p Publisher) { connected.Store(publisherBox{p}) }

func publisher() Publisher { return connected.Load().(publisherBox).Publisher }

// Handle is one output on the screen. Err says why it could not be shown, if it could not.
type Handle struct {
	ID  string
	Err error
}

var session, handles = rand.Uint64(), atomic.Uint64{}

// Display shows v now. The handle can change it later.
func Display(v any) *Handle {
	h := &Handle{ID: fmt.Sprintf("warren-%x-%d", session, handles.Add(1))}
	h.Err = publisher().Display(Encode(withID(Render(v), h.ID)))
	return h
}

// Update shows v in the place of what the handle showed before.
func (h *Handle) Update(v any) error { return publisher().Update(Encode(withID(Render(v), h.ID))) }

// Update shows v in the place of an earlier output, given by its *Handle or its id.
func Update(target any, v any) error {
	switch t := target.(type) {
	case *Handle:
		return t.Update(v)
	case string:
		return (&Handle{ID: t}).Update(v)
	}
	return fmt.Errorf("display: Update needs a *display.Handle or an id, not a %T", target)
}

// Clear empties the cell's output, or with wait, does so when the next output comes.
func Clear(wait ...bool) error { return publisher().Clear(len(wait) > 0 && wait[0]) }

// Input asks the user for a line; Password does not show it while it is typed in a notebook.
func Input(prompt string) (string, error)    { return publisher().Input(prompt, false) }
func Password(prompt string) (string, error) { return publisher().Input(prompt, true) }

// Page shows v in the front end's pager.
func Page(v any) error { return publisher().Page(Encode(Render(v))) }

func withID(d Data, id string) Data {
	t := MIMEMap{"display_id": id}
	for k, v := range d.Transient {
		if k != "display_id" {
			t[k] = v
		}
	}
	d.Transient = t
	return d
}

// Encode gives a copy of d that encoding/json accepts: text is valid UTF-8, []byte stays (it becomes base64), and what
// JSON cannot hold becomes its text.
func Encode(d Data) Data {
	return Data{encodeMap(d.Data), encodeMap(d.Metadata), encodeMap(d.Transient)}
}

func encodeMap(m MIMEMap) MIMEMap {
	out := make(MIMEMap, len(m))
	for k, v := range m {
		out[strings.ToValidUTF8(k, "\uFFFD")] = encodeValue(k, v)
	}
	return out
}

func encodeValue(mimeType string, v any) (out any) {
	defer func() {
		if recover() != nil {
			out = sprint(v)
		}
	}()
	switch x := v.(type) {
	case string:
		return strings.ToValidUTF8(x, "\uFFFD")
	case []byte:
		if strings.HasPrefix(mimeType, "text/") || mimeType == MIMETypeSVG {
			return strings.ToValidUTF8(string(x), "\uFFFD")
		}
		return x
	}
	b, err := json.Marshal(v)
	if err != nil {
		return strings.ToValidUTF8(sprint(v), "\uFFFD")
	}
	return json.RawMessage(b)
}

// textPublisher writes plain text, for programs without a notebook. Passwords are visible as they are typed.
type textPublisher struct {
	w io.Writer
	r io.Reader
}

func (p textPublisher) Display(d Data) error {
	if text, ok := d.Data[MIMETypeText]; ok {
		_, err := fmt.Fprintln(p.w, text)
		return err
	}
	return nil
}
func (p textPublisher) Update(d Data) error             { return p.Display(d) }
func (p textPublisher) Result(d Data) error             { return p.Display(d) }
func (p textPublisher) Page(d Data) error               { return p.Display(d) }
func (p textPublisher) Clear(bool) error                { return nil }
func (p textPublisher) SetNextInput(string, bool) error { return nil }

// Input reads a line byte by byte, so that nothing after it is taken from the program's own reads.
func (p textPublisher) Input(prompt string, _ bool) (string, error) {
	fmt.Fprint(p.w, prompt)
	var line []byte
	for b := make([]byte, 1); ; {
		n, err := p.r.Read(b)
		if n == 1 && b[0] == '\n' {
			return strings.TrimSuffix(string(line), "\r"), nil
		}
		line = append(line, b[:n]...)
		if err == io.EOF && len(line) > 0 {
			return string(line), nil
		}
		if err != nil {
			return "", err
		}
	}
}
