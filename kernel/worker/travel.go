package worker

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/warren-go/warren/internal/function"
	"github.com/warren-go/warren/internal/object"
	"github.com/warren-go/warren/kernel/rt"
)

// traveller tells package function what functions of cells need in another worker.
type traveller struct{ plugins *plugins }

// Reads implements function.Session. The units say which variables their functions use, by line and by the declaration around that.
func (t traveller) Reads(f object.Func) ([]function.Variable, error) {
	line, err := f.Line()
	if err != nil {
		return nil, err
	}
	at := parts(f.Name)
	if all := readsAt(unitOf(f.Name), line, at); len(all) > 0 {
		return variablesOf(all), nil
	}
	var all []rt.Reads
	for _, p := range t.plugins.with([]string{f.Object}) { // a literal of a function that was inlined into one of another unit
		for _, unit := range p.Contains {
			all = append(all, readsAt(unit, line, at)...)
		}
	}
	return variablesOf(all), nil
}

// MethodsRead implements function.Session.
func (t traveller) MethodsRead(typ object.Type) []function.Variable {
	name := strings.TrimPrefix(strings.TrimPrefix(plain(typ.Name), "*"), "main.")
	name, _, _ = strings.Cut(name, "[") // of a generic type
	var all []rt.Reads
	for _, p := range t.plugins.with([]string{typ.Object}) {
		for _, path := range p.Contains {
			unit, _ := rt.Lookup(path)
			all = append(all, rt.Reads{Vars: unit.Types[name]})
		}
	}
	return variablesOf(all)
}

// readsAt is what a unit says about a line of some declaration of which a function's name tells.
func readsAt(path string, line int, within []string) (all []rt.Reads) {
	unit, _ := rt.Lookup(path)
	for _, r := range unit.Reads {
		if r.Line == line && slices.Contains(within, r.Within) {
			all = append(all, r)
		}
	}
	return all
}

// unitOf is the path in front of a function's name. Plugins hold copies of the functions of units that they need, so the place of its
// code does not tell where a function belongs.
func unitOf(name string) string {
	dir, base, _ := strings.Cut(name, "/")
	base, _, _ = strings.Cut(base, ".")
	return dir + "/" + base
}

// parts splits a function's name as the linker has it, "warren.cell/1234.(*counter).add.func1".
func parts(name string) []string {
	return strings.FieldsFunc(plain(name), func(r rune) bool { return strings.ContainsRune(".()*[]", r) })
}

// plain is a name without what the cell compiler has put into it.
func plain(name string) string { return strings.NewReplacer(rt.Mark, "", "ꞏ", "").Replace(name) }

// Name implements function.Session.
func (t traveller) Name(f object.Func) string {
	name := plain(f.Name)
	if _, of, ok := strings.Cut(name, "/"); ok { // the path of the cell
		_, name, _ = strings.Cut(of, ".")
	}
	if literal, ok := strings.CutPrefix(name, "run."); ok {
		return "a function literal (" + literal + ")"
	}
	return name
}

func variablesOf(reads []rt.Reads) (all []function.Variable) {
	for _, r := range reads {
		for _, key := range r.Vars {
			unit, name, _ := strings.Cut(key, "\x00")
			if v := (function.Variable{Unit: unit, Name: name}); !slices.Contains(all, v) {
				all = append(all, v)
			}
		}
	}
	return all
}

// Value implements function.Session.
func (t traveller) Value(v function.Variable) (any, error) {
	unit, ok := rt.Lookup(v.Unit)
	if !ok || unit.Vars[v.Name] == nil {
		return nil, errors.New("it is not in this process")
	}
	p := unit.Vars[v.Name]
	if at := reflect.ValueOf(p); at.Kind() != reflect.Pointer || at.IsNil() {
		return nil, errors.New("it is not there yet: the cell that declares it has not run")
	}
	return p, nil
}

// Holder implements function.Session.
func (t traveller) Holder(v function.Variable) (string, error) {
	id, ok := t.plugins.holderOf(v.Unit)
	if !ok {
		return "", fmt.Errorf("the cell that declares it is not open")
	}
	return id, nil
}

// Plugins implements function.Session.
func (t traveller) Plugins(ids []string) []function.Plugin { return travelling(t.plugins.with(ids)) }

// Load implements function.Session.
func (t traveller) Load(list []function.Plugin) error { return t.plugins.load(list) }
