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
			if v, ok := peekOne(name); ok {
				values[name] = v
			}
		}
		w.ack(m, proto.Message{Kind: proto.Peeked, Values: values}, nil)
	}()
}

func peekOne(name string) (v proto.Value, ok bool) {
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
	v.Data = display.Render(value.Interface())
	v.Text, _ = v.Data.Data["text/plain"].(string)
	return v, true
}
