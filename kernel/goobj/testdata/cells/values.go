package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"reflect"
	"slices"
	"sort"
	"strings"
)

type Shape interface{ Area() float64 }
type Square struct{ Side float64 }
type Circle struct {
	R    float64 `json:"radius"`
	Tags []string
}

func (s Square) Area() float64   { return s.Side * s.Side }
func (c *Circle) Area() float64  { return 3 * c.R * c.R }
func (c *Circle) String() string { return fmt.Sprintf("circle(%g)", c.R) }

type key struct {
	a int
	b string
}

type failure struct{ code int }

func (f *failure) Error() string { return fmt.Sprint("failure ", f.code) }

type List[T any] struct {
	head *node[T]
	n    int
}
type node[T any] struct {
	v    T
	next *node[T]
}

func (l *List[T]) Push(v T) { l.head = &node[T]{v, l.head}; l.n++ }
func (l *List[T]) All() func(func(int, T) bool) {
	return func(yield func(int, T) bool) {
		i := 0
		for n := l.head; n != nil; n = n.next {
			if !yield(i, n.v) {
				return
			}
			i++
		}
	}
}

func Sum[T int | float64](xs ...T) (t T) {
	for _, x := range xs {
		t += x
	}
	return
}

func kindOf(v any) string {
	switch v := v.(type) {
	case *os.File:
		return "file " + v.Name()
	case io.Reader:
		return "reader"
	case *failure:
		return "failure"
	case error:
		return "error " + v.Error()
	case fmt.Stringer:
		return "stringer " + v.String()
	case map[key]int:
		return fmt.Sprint("map of ", len(v))
	case []any:
		return "slice"
	}
	return fmt.Sprintf("%T", v)
}

type Deep struct {
	Name  string
	Inner map[string][]Square
	Any   any
	skip  int
}

type named interface {
	Name() string
	Fd() uintptr
}

var own named

func Run() {
	fmt.Println("== values")
	own = os.Stdout // an interface of the cell on a type of the process
	fmt.Println(own.Name(), own.Fd())
	shapes := []Shape{Square{2}, &Circle{1, []string{"a"}}}
	for _, s := range shapes {
		fmt.Printf("%T %v %.1f\n", s, s, s.Area())
	}
	m := map[key]int{{1, "x"}: 1, {2, "y"}: 2}
	m[key{1, "x"}]++
	fmt.Println(m[key{1, "x"}], len(m), m)
	_, notExist := os.Open("/nonexistent")
	for _, v := range []any{os.Stdout, strings.NewReader("x"), &failure{3}, errors.New("e"), &Circle{R: 2}, m, []any{1}, 7, key{}, notExist} {
		fmt.Println(kindOf(v))
	}
	var pathErr *fs.PathError
	fmt.Println(errors.As(notExist, &pathErr), errors.Is(notExist, fs.ErrNotExist))
	var f *failure
	fmt.Println(errors.As(fmt.Errorf("wrapped: %w", &failure{9}), &f), f)

	xs := []string{"b", "c", "a"}
	slices.Sort(xs)
	keys := []key{{3, "c"}, {1, "a"}}
	slices.SortFunc(keys, func(a, b key) int { return a.a - b.a })
	sort.Slice(keys, func(i, j int) bool { return keys[i].b > keys[j].b })
	fmt.Println(xs, keys, slices.Sorted(maps.Keys(map[string]key{"q": {}, "p": {}})))
	var l List[key]
	l.Push(key{1, "one"})
	l.Push(key{2, "two"})
	for i, v := range l.All() {
		fmt.Println(i, v)
	}
	fmt.Println(Sum(1, 2, 3), Sum(0.5, 0.25), l.n)

	d := Deep{"n", map[string][]Square{"k": {{1}, {2}}}, &Circle{3, nil}, 5}
	text, err := json.Marshal(d)
	fmt.Println(string(text), err)
	var back Deep
	fmt.Println(json.Unmarshal(text, &back), back)

	t := reflect.TypeOf(&Circle{})
	for i := range t.NumMethod() {
		fmt.Println(t.Method(i).Name, t.Method(i).Type)
	}
	method, _ := t.MethodByName("Area")
	fmt.Println(method.Func.Call([]reflect.Value{reflect.ValueOf(&Circle{R: 2})})[0])
	fmt.Println(reflect.PointerTo(reflect.TypeOf(key{})) == reflect.TypeOf(&key{}), reflect.SliceOf(reflect.TypeOf(Square{})) == reflect.TypeOf([]Square{}))
	st := reflect.StructOf([]reflect.StructField{{Name: "X", Type: reflect.TypeOf(Square{}), Tag: `json:"x"`}})
	v := reflect.New(st)
	v.Elem().Field(0).Set(reflect.ValueOf(Square{4}))
	text, _ = json.Marshal(v.Interface())
	fmt.Println(string(text), st)
	fn := reflect.MakeFunc(reflect.TypeOf(func(int, key) string { return "" }), func(in []reflect.Value) []reflect.Value {
		return []reflect.Value{reflect.ValueOf(fmt.Sprint(in[0], in[1]))}
	}).Interface().(func(int, key) string)
	fmt.Println(fn(3, key{4, "z"}))
	ft := reflect.TypeOf(os.Stdout)
	_, ok := ft.MethodByName("WriteString")
	fmt.Println(ft.NumMethod() > 20, ok, reflect.TypeOf((*error)(nil)).Elem())
	big := [200]int{1: 5}
	other := big
	big[0] = 1
	fmt.Println(other[1], len(big), strings.Repeat("ab", 3))
	var array [1000]key
	fmt.Println(array[999])
}
