package function_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/warren-go/warren/internal/function"
	"github.com/warren-go/warren/internal/object"
	"github.com/warren-go/warren/internal/shm"
)

// notebook stands for a session: what is in it is in one plugin.
type notebook struct {
	variables map[string]any      // pointers
	uses      map[string][]string // variables by functions
	file      string              // of the plugin
	asked     []string            // variables that were set
	loaded    []function.Plugin
	has       bool // the plugin is open, or its file there

	unreadable bool // what functions use cannot be found out
}

func (n *notebook) Name(f object.Func) string { return f.Name[strings.LastIndex(f.Name, ".")+1:] }

func (n *notebook) Reads(f object.Func) (all []function.Variable, err error) {
	if n.unreadable {
		return nil, errors.New("no line")
	}
	for _, name := range n.uses[n.Name(f)] {
		all = append(all, function.Variable{Unit: "unit", Name: name})
	}
	return all, nil
}

func (n *notebook) MethodsRead(t object.Type) (all []function.Variable) {
	for _, name := range n.uses[t.Name] {
		all = append(all, function.Variable{Unit: "unit", Name: name})
	}
	return all
}

func (n *notebook) Value(v function.Variable) (any, error) {
	p, ok := n.variables[v.Name]
	if !ok {
		return nil, errors.New("it is not in this process")
	}
	n.asked = append(n.asked, v.Name)
	return p, nil
}

func (n *notebook) Holder(function.Variable) (string, error) { return "plugin", nil }

func (n *notebook) Plugins(ids []string) []function.Plugin {
	if !slices.Contains(ids, "plugin") {
		return nil
	}
	return []function.Plugin{{ID: "plugin", Path: n.file}}
}

func (n *notebook) Load(list []function.Plugin) error {
	if !n.has && list[0].Content == nil {
		return &function.MissingError{IDs: []string{list[0].ID}}
	}
	n.loaded, n.has = list, true
	return nil
}

var (
	factor  = 3
	weights = make([]float64, 100_000)
	chosen  func(int) int
	channel chan int
	table   = map[string]int{"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}
	head    *node
	last    *node
)

type node struct {
	value int
	next  *node
}

func scaled(x int) int   { return factor * x }
func weighted(x int) int { return int(weights[x]) }
func indirect(x int) int { return chosen(x) }
func waiting(x int) int  { return <-channel }
func looked(x int) int   { return table["a"] }

// appended puts a number at the end of a list, and returns how long the list is.
func appended(x int) (n int) {
	last.next = &node{value: x}
	last = last.next
	for at := head; at != nil; at = at.next {
		n++
	}
	return n
}

// begin makes the process a session.
func begin(t *testing.T) *notebook {
	n := &notebook{
		variables: map[string]any{"factor": &factor, "weights": &weights, "chosen": &chosen, "channel": &channel, "table": &table, "head": &head, "last": &last},
		uses:      map[string][]string{"scaled": {"factor"}, "weighted": {"weights", "factor"}, "indirect": {"chosen"}, "waiting": {"channel"}, "looked": {"table"}, "appended": {"head", "last"}},
		file:      filepath.Join(t.TempDir(), "cell.so"), has: true,
	}
	function.Connect(n)
	t.Cleanup(func() { function.Connect(nil) })
	return n
}

func run(t *testing.T, message [][]byte, list ...function.Option) []int {
	t.Helper()
	came := make([][]byte, len(message)) // which belong to who runs it
	for i, b := range message {
		came[i] = bytes.Clone(b)
	}
	answer, err := function.Run(t.Context(), came, list...)
	if err != nil {
		t.Fatal(err)
	}
	c, err := function.Decode[function.Chunk[int]](answer, list...)
	if err != nil || len(c.Failed) > 0 {
		t.Fatal(err, c.Failed)
	}
	return c.Results
}

func task(f func(int) int, items ...int) function.Task {
	return &function.Map[int, int]{F: f, Items: items}
}

func TestVariablesTravelWithTheFunctionsThatUseThem(t *testing.T) {
	n := begin(t)
	chosen = scaled
	message, err := function.Encode(task(indirect, 2))
	if err != nil {
		t.Fatal(err)
	}
	factor, chosen, n.asked = 0, nil, nil // as they are elsewhere
	if got := run(t, message); got[0] != 6 || !slices.Equal(n.asked, []string{"chosen", "factor"}) {
		t.Errorf("%v; set: %v", got, n.asked)
	}
	factor = 7 // which the other process has changed
	if got := run(t, message); got[0] != 14 {
		t.Errorf("%v: the same values came again, and were set again", got)
	}
	if _, err := function.Encode(task(waiting, 1)); err == nil || !strings.Contains(err.Error(), "waiting uses the session's variable channel, which cannot travel with it: value: a chan int cannot travel") {
		t.Errorf("the error is %v", err)
	}
	function.Connect(nil)
	if _, err := function.Run(t.Context(), message); err == nil || !strings.Contains(err.Error(), "needs engines of notebooks") {
		t.Errorf("a compiled program says %v", err)
	}
}

// weight is a type whose method uses a variable.
type weight int

func (w weight) norm() float64 { return float64(int(w) * factor) }

func TestVariablesTravelWithMethodsOfValuesInInterfaces(t *testing.T) {
	n := begin(t)
	n.uses["*function_test.weight"] = []string{"factor"}
	factor = 3
	c, err := function.NewCall(measure, weight(4))
	if err != nil {
		t.Fatal(err)
	}
	message, err := function.Encode(c)
	if err != nil {
		t.Fatal(err)
	}
	factor = 0
	answer, err := function.Run(t.Context(), message)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := function.Decode[float64](answer); err != nil || got != 12 {
		t.Errorf("%v, %v", got, err)
	}
}

// A function whose variables are unknown would run with those of the engine.
func TestFunctionsWhoseVariablesAreUnknownDoNotTravel(t *testing.T) {
	n := begin(t)
	n.unreadable = true
	if _, err := function.Encode(task(weighted, 1)); err == nil || !strings.Contains(err.Error(), "weighted uses cannot be found out: no line") {
		t.Errorf("got %v", err)
	}
}

func TestEnvironmentIsThatOfItsCapture(t *testing.T) {
	begin(t)
	store, err := shm.Open("")
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	batch := store.Batch()
	defer batch.Close()
	factor, weights[5] = 3, 50
	e, err := function.Capture(task(weighted), function.WithStore(batch))
	if err != nil {
		t.Fatal(err)
	}
	factor, weights[5] = 4, 60
	for name, test := range map[string]struct {
		list  []function.Option
		aside int // buffers beside the first
	}{"shared": {[]function.Option{function.WithStore(store)}, 0}, "sent": {nil, 1}} {
		for range 2 { // several receivers
			message, err := function.Encode(task(weighted, 5), append(test.list, function.WithEnvironment(e))...)
			if err != nil || len(message) != 1+test.aside {
				t.Fatal(name, len(message), err)
			}
			weights[5] = 0
			function.Connect(begin(t)) // which has had no call yet
			if got := run(t, message, test.list...); got[0] != 50 {
				t.Errorf("%s: %v", name, got)
			}
		}
	}
	factor = 8
	message, err := function.Encode(task(scaled, 1), function.WithEnvironment(e)) // which is not what was captured
	if err != nil {
		t.Fatal(err)
	}
	factor = 0
	if got := run(t, message); got[0] != 8 {
		t.Errorf("another function: %v", got)
	}
}

func TestContentsAreSentToThoseWithoutTheFiles(t *testing.T) {
	n := begin(t)
	factor = 5
	message, err := function.Encode(task(scaled, 1, 2))
	if err != nil {
		t.Fatal(err)
	}
	n.has = false
	answer, err := function.Run(t.Context(), message)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := function.Supply(message, answer); err == nil {
		t.Error("a file was supplied that is not there")
	}
	if err := os.WriteFile(n.file, []byte("code"), 0o600); err != nil {
		t.Fatal(err)
	}
	again, needed, err := function.Supply(message, answer)
	if err != nil || !needed {
		t.Fatal(needed, err)
	}
	factor = 0
	if got := run(t, again); !slices.Equal(got, []int{5, 10}) || string(n.loaded[0].Content) != "code" {
		t.Errorf("%v, with %q", got, n.loaded)
	}
	answer, err = function.Run(t.Context(), again)
	if err != nil {
		t.Fatal(err)
	}
	if _, needed, err := function.Supply(again, answer); needed || err != nil {
		t.Errorf("%v, %v: the call was done", needed, err)
	}
}

func TestContentsAreSentToThoseThatShareMemoryButNoFiles(t *testing.T) {
	n := begin(t)
	if err := os.WriteFile(n.file, []byte("code"), 0o600); err != nil {
		t.Fatal(err)
	}
	store, err := shm.Open("")
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	batch := store.Batch()
	defer batch.Close()
	weights[5] = 50
	message, err := function.Encode(task(weighted, 5), function.WithStore(batch))
	if err != nil || len(message) != 1 {
		t.Fatal(len(message), err)
	}
	n.has, weights[5] = false, 0
	answer, err := function.Run(t.Context(), message, function.WithStore(store))
	if err != nil {
		t.Fatal(err)
	}
	again, needed, err := function.Supply(message, answer, function.WithStore(store))
	if err != nil || !needed {
		t.Fatal(needed, err)
	}
	if got := run(t, again, function.WithStore(store)); got[0] != 50 || string(n.loaded[0].Content) != "code" {
		t.Errorf("%v, with %q", got, n.loaded)
	}
}

func TestContentsThatACallDidNotBringCannotBeAskedFor(t *testing.T) {
	n := begin(t)
	message, err := function.Encode(task(scaled, 1))
	if err != nil {
		t.Fatal(err)
	}
	n.has = false
	answer, err := function.Run(t.Context(), message)
	if err != nil {
		t.Fatal(err)
	}
	function.Connect(nil)
	plain, err := function.Encode(task(scaled, 1)) // that of a compiled program
	if err != nil {
		t.Fatal(err)
	}
	if _, needed, err := function.Supply(plain, answer); needed || err == nil || !strings.Contains(err.Error(), "came with none") {
		t.Errorf("%v, %v", needed, err)
	}
}

// here runs a call as an engine would, whose variables differ from those of who makes it.
func here(t *testing.T, f func(int) int, x int, change func()) int {
	t.Helper()
	message, err := function.Encode(task(f, x))
	if err != nil {
		t.Fatal(err)
	}
	change()
	return run(t, message)[0]
}

func TestVariablesAreSetOnlyWhenTheyComeWithOtherValues(t *testing.T) {
	begin(t)
	factor, weights[1] = 3, 10
	here(t, scaled, 1, func() {})
	if got := here(t, weighted, 1, func() { factor, weights[1] = 7, 0 }); got != 10 || factor != 7 {
		t.Errorf("%d; the factor is %d: another call set a variable that it brought unchanged", got, factor)
	}
	factor = 3
	if got := here(t, scaled, 2, func() { factor = 7 }); got != 14 {
		t.Errorf("%d: the same value came again, after a call with more variables", got)
	}
	factor = 4
	if got := here(t, scaled, 2, func() { factor = 7 }); got != 8 {
		t.Errorf("%d: another value came", got)
	}
	for range 20 { // in which a map is written in several orders
		table["a"] = 1
		here(t, looked, 0, func() { table["a"] = 2 })
	}
	table["a"] = 1
	if got := here(t, looked, 0, func() { table["a"] = 2 }); got != 2 {
		t.Errorf("%d: an equal map came again", got)
	}
}

func TestVariablesThatPointToTheSameStayLinked(t *testing.T) {
	begin(t)
	last = &node{value: 1}
	head = last
	if n := here(t, appended, 2, func() { head, last = nil, nil }); n != 2 {
		t.Fatalf("%d nodes, not 2", n)
	}
	last = &node{value: 1} // as before
	head = &node{value: 0, next: last}
	if n := here(t, appended, 2, func() {}); n != 3 {
		t.Errorf("%d nodes, not 3: one variable was set, and the other still points to the former list", n)
	}
}
