package worker

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/proto"
	"github.com/warren-go/warren/kernel/rt"
)

// peek renders session variables. A name is "unit path\x00variable".
func (w *Worker) peek(m proto.Message) {
	go func() { // a String method of the user's may take its time
		values := map[string]proto.Value{}
		for _, name := range m.Names {
			if v, ok := peekOne(name, w.running()); ok {
				values[name] = v
			}
		}
		w.ack(m, proto.Message{Kind: proto.Peeked, Values: values}, nil)
	}()
}

func (w *Worker) running() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.current != nil
}

// peekOne renders a variable. While a cell runs it looks at numbers only: what the cell changes meanwhile, a map above
// all, cannot be read without harm.
func peekOne(name string, running bool) (v proto.Value, ok bool) {
	defer func() {
		if r := recover(); r != nil {
			v, ok = proto.Value{Text: fmt.Sprint("cannot be shown: ", r)}, true
		}
	}()
	path, variable, _ := strings.Cut(name, "\x00")
	unit, ok := rt.Lookup(path)
	if !ok {
		return v, false
	}
	p, ok := unit.Vars[variable]
	if !ok {
		return v, false
	}
	value := reflect.ValueOf(p).Elem()
	v.Type = value.Type().String()
	if k := value.Kind(); running && (k < reflect.Bool || k > reflect.Complex128) {
		v.Text = "(in use by the cell that runs)"
		return v, true
	}
	v.Data = display.Encode(display.Render(value.Interface()))
	v.Text, _ = v.Data.Data["text/plain"].(string)
	return v, true
}
