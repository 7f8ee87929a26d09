package value_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/big"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"gonum.org/v1/gonum/mat"

	"github.com/warren-go/warren/internal/value"
)

// there and back: what a reader makes of a value.
func travel[T any](v T) (got T, err error) {
	var w value.Writer
	if err := value.Write(&w, &v); err != nil {
		return got, err
	}
	head, aside := w.Buffers()
	r := value.NewReader(head, aside, nil)
	if err := value.Read(r, &got); err != nil {
		return got, err
	}
	return got, r.End()
}

type pair struct {
	a int8
	b float64
}

type tree struct {
	name        string
	left, right *tree
	up          *tree
}

type names map[string][]string

type everything struct {
	flag   bool
	pairs  []pair
	text   string
	list   [][]string
	table  names
	any    any
	array  [2]string
	when   time.Time
	number *big.Int
	f      func(int) int
	_      int
}

func TestValuesArriveAsTheyWere(t *testing.T) {
	for name, v := range map[string]any{
		"int":               -5,
		"NaN bits":          []uint64{math.Float64bits(math.NaN())},
		"infinity":          math.Inf(-1),
		"complex":           complex(1, -2),
		"string":            "grün",
		"empty string":      "",
		"nil slice":         []int(nil),
		"empty slice":       []int{},
		"nil map":           map[int]string(nil),
		"empty map":         map[int]string{},
		"nil pointer":       (*pair)(nil),
		"pointer":           &pair{1, 2},
		"pointer twice":     func() **int { n := 3; p := &n; return &p }(),
		"structs":           []pair{{1, 2}, {3, 4}},
		"nested slices":     [][]float64{{1, 2}, nil, {}},
		"large nested":      [][]float64{make([]float64, 1000), {7}},
		"strings":           []string{"a", "", "b"},
		"array":             [3]string{"x", "y", "z"},
		"empty structs":     make([]struct{}, 5),
		"no strings":        [0]string{},
		"map of structs":    map[pair][]pair{{1, 2}: {{3, 4}}},
		"map of nothing":    map[struct{}]int{{}: 3},
		"any":               []any{1, "a", nil, 2.5, []any{pair{1, 2}}, map[string]any{"x": 1}},
		"time":              time.Date(2020, 2, 29, 1, 2, 3, 4, time.UTC),
		"duration":          time.Minute,
		"big number":        new(big.Int).Lsh(big.NewInt(3), 1000),
		"matrix":            mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6}),
		"vector":            mat.NewVecDense(2, []float64{1, 2}),
		"error":             fmt.Errorf("at %d: %w", 3, fs.ErrNotExist),
		"named":             names{"a": {"b"}},
		"everything":        everything{true, []pair{{1, 2}}, "t", [][]string{{"x"}}, names{"n": nil}, 3, [2]string{"p", "q"}, time.Unix(1, 2).UTC(), big.NewInt(9), nil, 0},
		"anonymous struct":  struct{ A []int }{[]int{1}},
		"array in any":      [2][2]int{{1, 2}, {3, 4}},
		"map of interfaces": map[any]int{1: 1, "a": 2},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := travel(v)
			if err != nil || !reflect.DeepEqual(got, v) {
				t.Errorf("%#v, %v; want %#v", got, err, v)
			}
		})
	}
}

func TestNaNAndNegativeZeroKeepTheirBits(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Copysign(0, -1), math.Float64frombits(0x7ff8000000000123)} {
		if got, err := travel(v); err != nil || math.Float64bits(got) != math.Float64bits(v) {
			t.Errorf("%x, %v; want %x", math.Float64bits(got), err, math.Float64bits(v))
		}
	}
}

func TestPointersStayEqual(t *testing.T) {
	root := &tree{name: "root"}
	root.left = &tree{name: "leaf", up: root}
	root.right = root.left
	got, err := travel(root)
	if err != nil {
		t.Fatal(err)
	}
	if got.right != got.left || got.left.up != got || got.left.name != "leaf" {
		t.Errorf("%+v", got)
	}
}

func TestValueIsThatOfTheCall(t *testing.T) {
	v := make([]float64, value.AsideMin)
	var w value.Writer
	if err := value.Write(&w, &v); err != nil {
		t.Fatal(err)
	}
	v[0] = 1
	head, aside := w.Buffers()
	var got []float64
	if err := value.Read(value.NewReader(head, aside, nil), &got); err != nil || got[0] != 0 {
		t.Errorf("%v, %v: the value was changed after it was written", got[0], err)
	}
}

func TestLargeSlicesAreNotCopiedWhenTheyAreRead(t *testing.T) {
	v := make([]float64, value.AsideMin)
	var w value.Writer
	if err := value.Write(&w, &v); err != nil {
		t.Fatal(err)
	}
	head, aside := w.Buffers()
	var got []float64
	if err := value.Read(value.NewReader(head, aside, nil), &got); err != nil {
		t.Fatal(err)
	}
	if unsafe.Pointer(&got[0]) != unsafe.Pointer(&aside[0][0]) || cap(got) != len(got) {
		t.Errorf("the slice is not the buffer that came")
	}
	shifted := append(make([]byte, 0, len(aside[0])+1), 0)
	shifted = append(shifted, aside[0]...)[1:] // not aligned as a float64 wants it
	if err := value.Read(value.NewReader(head, [][]byte{shifted}, nil), &got); err != nil || uintptr(unsafe.Pointer(&got[0]))%8 != 0 {
		t.Errorf("the elements are not aligned, %v", err)
	}
}

type job struct {
	Name string
	done chan bool
}

type account struct {
	mu      sync.Mutex
	balance int
}

type worker struct{ jobs []map[string]*job }

func TestWhatCannotTravelIsNamed(t *testing.T) {
	n := 1
	long := &tree{}
	for p, i := long, 0; i < 100_000; i++ {
		p.left = &tree{}
		p = p.left
	}
	for name, test := range map[string]struct {
		v    any
		want string
	}{
		"channel":              {worker{}, "field jobs ([]map[string]*value_test.job): element (map[string]*value_test.job): element (*value_test.job): what it points to (value_test.job): field done (chan bool): it is a chan"},
		"lock":                 {&account{}, "field mu (sync.Mutex): sync.Mutex: a lock"},
		"file":                 {os.Stdin, "os.File: a file or process belongs"},
		"closure":              {func() int { return n }, "pass what it uses as an argument"},
		"memory":               {unsafe.Pointer(&n), "it is a unsafe.Pointer"},
		"in any":               {[]any{1, account{}}, "sync.Mutex"},
		"too deep":             {long, "nested more than 50000 deep"},
		"type made by reflect": {reflect.Zero(reflect.StructOf([]reflect.StructField{{Name: "Some", Type: reflect.TypeFor[int]()}})).Interface(), "type struct { Some int }: it is no part of the program's file"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := travel(test.v); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want %q in it", err, test.want)
			}
		})
	}
}

// locked is an error that cannot travel.
type locked struct {
	sync.Mutex
	why string
}

func (l *locked) Error() string { return l.why }

func TestErrorThatCannotTravelKeepsItsText(t *testing.T) {
	type result struct {
		before, err error
		after       *pair
		again       *pair
	}
	p := &pair{1, 2}
	got, err := travel(result{errors.New("first"), fmt.Errorf("%w", &locked{why: "busy"}), p, p})
	if err != nil {
		t.Fatal(err)
	}
	if got.before.Error() != "first" || got.err.Error() != "busy" || *got.after != *p || got.after != got.again {
		t.Errorf("%+v", got)
	}
}

// shelf keeps memory under one letter.
type shelf map[string][]byte

func (s shelf) Name() string { return "shelf" }

func (s shelf) Put(data []byte) ([]byte, bool, error) {
	if len(data) > 1<<20 {
		return nil, false, nil
	}
	key := string(rune('a' + len(s)))
	s[key] = bytes.Clone(data)
	return []byte(key), true, nil
}

func (s shelf) Fetch(ticket []byte) ([]byte, error) {
	b, ok := s[string(ticket)]
	if !ok {
		return nil, errors.New("not there")
	}
	return b, nil
}

func TestStore(t *testing.T) {
	s := shelf{}
	v := [][]int32{{1, 2}, make([]int32, 5000), make([]int32, 1<<20), make([]int32, 6000)}
	v[1][7], v[2][8], v[3][9] = 1, 2, 3
	w := value.Writer{Store: s}
	if err := value.Write(&w, &v); err != nil {
		t.Fatal(err)
	}
	head, aside := w.Buffers()
	if len(s) != 2 || len(aside) != 1 {
		t.Errorf("%d in the store and %d beside", len(s), len(aside))
	}
	var got [][]int32
	if err := value.Read(value.NewReader(head, aside, s), &got); err != nil || !reflect.DeepEqual(got, v) {
		t.Errorf("%v", err)
	}
	for name, other := range map[string]value.Store{"none": nil, "empty": shelf{}} {
		if err := value.Read(value.NewReader(head, aside, other), &got); err == nil {
			t.Errorf("%s: what is not there was read", name)
		}
	}
}

func FuzzRead(f *testing.F) {
	v := everything{true, []pair{{1, 2}}, "t", [][]string{{"x"}}, names{"n": {"m"}}, []any{1, map[string]any{"a": [2]int8{}}, &pair{}}, [2]string{"p", "q"}, time.Unix(1, 2).UTC(), big.NewInt(9), func(x int) int { return x }, 0}
	var w value.Writer
	if err := value.Write(&w, &v); err != nil {
		f.Fatal(err)
	}
	head, _ := w.Buffers()
	f.Add(head, []byte(nil))
	var loop value.Writer
	root := &tree{name: "a"}
	root.up = root
	if err := value.Write(&loop, &root); err != nil {
		f.Fatal(err)
	}
	head, _ = loop.Buffers()
	f.Add(head, []byte("aside"))
	f.Fuzz(func(t *testing.T, head, aside []byte) {
		for _, read := range []func(r *value.Reader) error{
			func(r *value.Reader) error { return value.Read(r, new(everything)) },
			func(r *value.Reader) error { return value.Read(r, new(*tree)) },
			func(r *value.Reader) error { return value.Read(r, new(any)) },
			func(r *value.Reader) error { return value.Read(r, new([][]float64)) },
			func(r *value.Reader) error { return value.Read(r, new(map[any]mat.Dense)) },
		} {
			read(value.NewReader(head, [][]byte{aside}, shelf{}))
		}
	})
}

func BenchmarkFloats(b *testing.B) {
	v := make([]float64, 1<<20)
	b.SetBytes(int64(len(v) * 8))
	for b.Loop() {
		if _, err := travel(v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStructsWithStrings(b *testing.B) {
	type person struct {
		name string
		age  int
	}
	v := make([]person, 10_000)
	for i := range v {
		v[i] = person{"somebody", i}
	}
	for b.Loop() {
		if _, err := travel(v); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(v)), "ns/struct")
}

func TestSortedWritersWriteEqualMapsAlike(t *testing.T) {
	equal := func() map[any]map[string]int {
		m := map[any]map[string]int{"none": nil}
		for i := range 20 {
			m[i] = map[string]int{"a": i, "b": 2, "c": 3}
			m[fmt.Sprint(i)] = map[string]int{"d": 4, "e": 5}
		}
		return m
	}
	var first []byte
	for range 10 {
		m := equal()
		w := value.Writer{Sorted: true}
		if err := value.Write(&w, &m); err != nil {
			t.Fatal(err)
		}
		head, aside := w.Buffers()
		if first == nil {
			first = head
		}
		if !bytes.Equal(head, first) {
			t.Fatal("an equal map is written in another way")
		}
		var got map[any]map[string]int
		if err := value.Read(value.NewReader(head, aside, nil), &got); err != nil || !reflect.DeepEqual(got, m) {
			t.Fatal(got, err)
		}
	}
}
