package object

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

func square(x int) int { return x * x }

func generic[T any](v T) T { return v }

type point struct{ x, y int }

func (p point) sum() int { return p.x + p.y }

var kept = 5

func TestFunctionsAreFoundAgain(t *testing.T) {
	within := func(x int) int { return x + 1 }
	for name, f := range map[string]any{
		"top level":         square,
		"literal":           within,
		"instance":          generic[string],
		"method expression": point.sum,
		"of another":        strings.Cut,
		"uses a global":     func() int { return kept },
	} {
		t.Run(name, func(t *testing.T) {
			v := reflect.ValueOf(f)
			named, err := FuncOf(v)
			if err != nil {
				t.Fatal(err)
			}
			found := reflect.New(v.Type())
			if err := named.In(found.UnsafePointer()); err != nil {
				t.Fatal(err)
			}
			if found.Elem().UnsafePointer() != v.UnsafePointer() {
				t.Errorf("%+v is another function", named)
			}
		})
	}
}

// instanceFor makes an instance of a type that only its caller knows.
func instanceFor[T any]() any { return generic[T] }

func TestFunctionsThatStayHere(t *testing.T) {
	n := len(os.Args)
	for name, test := range map[string]struct {
		f    any
		want string
	}{
		"closure":                      {func() int { return n }, "pass what it uses as an argument"},
		"bound method":                 {point{}.sum, "object.point.sum is bound to its receiver"},
		"reflect":                      {reflect.MakeFunc(reflect.TypeFor[func()](), func([]reflect.Value) []reflect.Value { return nil }).Interface(), "made by package reflect"},
		"nil":                          {(func())(nil), "the function is nil"},
		"no function":                  {3, "a int is no function"},
		"instance by a type parameter": {instanceFor[int](), "its type parameters"},
	} {
		t.Run(name, func(t *testing.T) {
			if f, err := FuncOf(reflect.ValueOf(test.f)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%+v, %v; want %q in the error", f, err, test.want)
			}
		})
	}
}

func TestNamesAreShownAsUsersKnowThem(t *testing.T) {
	for name, want := range map[string]string{
		"warren.cell/3f0a.\ua7f5count.func1":       "count.func1",
		"warren.cell/3f0a.(*\ua7f5tree).\ua7f5add": "(*tree).add",
		"main.count.func1":                         "main.count.func1",
	} {
		if got := shown(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestNamesThatAreWrongAreErrors(t *testing.T) {
	good, err := FuncOf(reflect.ValueOf(square))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		change func(*Func)
		want   string
	}{
		"name":      {func(f *Func) { f.Name = "main.other" }, "does not hold it"},
		"offset":    {func(f *Func) { f.Offset += 8 }, "does not hold it"},
		"unaligned": {func(f *Func) { f.Offset++ }, "there is no function value"},
		"outside":   {func(f *Func) { f.Offset = 1 << 40 }, "is outside of"},
		"overflow":  {func(f *Func) { f.Offset = ^uint64(0) }, "is outside of"},
		"build":     {func(f *Func) { f.Object = "elsewhere" }, "must run the same build"},
	} {
		t.Run(name, func(t *testing.T) {
			f := good
			test.change(&f)
			var found func(int) int
			if err := f.In(unsafe.Pointer(&found)); err == nil || !strings.Contains(err.Error(), test.want) || found != nil {
				t.Errorf("%v, %v; want %q", found != nil, err, test.want)
			}
		})
	}
	var unknown *UnknownObjectError
	f := good
	f.Object = "elsewhere"
	if err := f.In(nil); !errors.As(err, &unknown) || unknown.Object != "elsewhere" {
		t.Errorf("the error is %v", err)
	}
}

func TestTypesAreFoundAgain(t *testing.T) {
	type local struct{ a, b string }
	for _, v := range []any{
		point{}, &point{}, local{}, []local{}, map[point][]*local{}, func(point) local { return local{} }, [3]point{},
		struct{ X point }{}, make(chan<- point), errors.New("x"), &UnknownObjectError{},
	} {
		want := reflect.TypeOf(v)
		named, err := TypeOf(want)
		if err != nil {
			t.Errorf("%v: %v", want, err)
			continue
		}
		if got, err := named.Type(); err != nil || got != want {
			t.Errorf("%v, %v; want %v", got, err, want)
		}
		for what, wrong := range map[string]Type{
			"offset": {Address{named.Object, named.Path, named.Offset + 8}, named.Name, named.Pointed},
			"name":   {named.Address, "*other.name", named.Pointed},
			"build":  {Address{"elsewhere", "", named.Offset}, named.Name, named.Pointed},
		} {
			if got, err := wrong.Type(); err == nil {
				t.Errorf("%v: the wrong %s is taken for %v", want, what, got)
			}
		}
	}
	if named, err := TypeOf(reflect.StructOf([]reflect.StructField{{Name: "Unheard", Type: reflect.TypeFor[point]()}})); !errors.Is(err, ErrNotStatic) {
		t.Errorf("%+v, %v", named, err)
	}
}

func TestLocalTypesOfOneNameAreTold(t *testing.T) {
	one := func() any { type local struct{ x int }; return local{} }()
	other := func() any { type local struct{ x int }; return local{} }()
	for _, v := range []any{one, other} {
		named, err := TypeOf(reflect.TypeOf(v))
		if err != nil {
			t.Fatal(err)
		}
		typesKnown.Clear()
		if got, err := named.Type(); err != nil || got != reflect.TypeOf(v) {
			t.Errorf("%v, %v: it is another local type", got, err)
		}
	}
}

func TestIdentityIsThatOfTheContent(t *testing.T) {
	exe, err := Executable()
	if err != nil {
		t.Fatal(err)
	}
	id, err := exe.ID()
	if err != nil || id == "" {
		t.Fatal(id, err)
	}
	again := &Object{Path: "/replaced", inode: exe.inode} // as after a build while the program runs
	if other, err := again.ID(); err != nil || other != id {
		t.Errorf("%q, %v; want %q", other, err, id)
	}
	plain := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(plain, []byte("no ELF file"), 0o600); err != nil {
		t.Fatal(err)
	}
	gone := &Object{Path: plain, inode: 1}
	if id, err := gone.ID(); err == nil || !strings.Contains(err.Error(), "was replaced or removed") {
		t.Errorf("%q, %v", id, err)
	}
}

func TestParseMapping(t *testing.T) {
	for line, want := range map[string]mapping{
		"00400000-004ab000 r-xp 00001000 08:01 393227                     /usr/bin/some prog": {0x400000, 0x4ab000, 0x1000, 393227, "/usr/bin/some prog"},
		"7f00-7f01 r--p 00000000 00:00 0 ":                                 {},
		"7ffc-7ffd rw-p 00000000 00:00 0                          [stack]": {},
		"":        {},
		"garbage": {},
	} {
		got, ok := parseMapping(line)
		if ok != (want != mapping{}) || ok && got != want {
			t.Errorf("%q: %+v, %v", line, got, ok)
		}
	}
}

func inner(x int) int {

	return 3 * x
}

//line known.go:100
func outer(x int) int { return inner(x) }

//line known.go:150
func (p *point) clear() { *p = point{} }

//line known.go:200
var literal = func() int {
	return inner(4)
}

//line object_test.go:300
func TestLineAndNameAreThoseOfTheOutermostFunction(t *testing.T) {
	for name, test := range map[string]struct {
		f    any
		line int
		name string
	}{
		"inlines another": {outer, 100, "object.outer"},
		"literal":         {literal, 200, "object.init.func1"},
		"method":          {(*point).clear, 150, "object.(*point).clear"},
	} {
		t.Run(name, func(t *testing.T) {
			v := reflect.ValueOf(test.f)
			f, err := FuncOf(v)
			if err != nil || !strings.HasSuffix(f.Name, test.name) {
				t.Errorf("%s, %v; want %s", f.Name, err, test.name)
			}
			if got, err := f.Line(); err != nil || got != test.line {
				t.Errorf("line %d, %v; want %d", got, err, test.line)
			}
		})
	}
}

// What is said of a file holds when it is looked for, also if that is gone by then.
func TestIdentify(t *testing.T) {
	if err := Identify("/nonexistent", "id", "/path"); err == nil {
		t.Error("a file is identified that is not there")
	}
	for _, looked := range []bool{false, true} { // whether it was looked for before
		file := filepath.Join(t.TempDir(), "cell.so")
		if err := os.WriteFile(file, make([]byte, 1<<16), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		memory, err := unix.Mmap(int(f.Fd()), 0, 1<<16, unix.PROT_READ, unix.MAP_PRIVATE)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		if looked {
			if _, err := at(uintptr(unsafe.Pointer(&memory[0]))); err != nil {
				t.Fatal(err)
			}
		}
		if err := Identify(file, "identity", "/kept/cell.so"); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		a, err := Locate(unsafe.Pointer(&memory[100]))
		if want := (Address{"identity", "/kept/cell.so", 100}); err != nil || a != want {
			t.Errorf("%+v, %v; want %+v", a, err, want)
		}
		if len(process.said) != 0 {
			t.Errorf("%d sayings are kept", len(process.said))
		}
		if err := unix.Munmap(memory); err != nil {
			t.Fatal(err)
		}
		if err := process.refresh(); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkRefresh(b *testing.B) {
	for b.Loop() {
		if err := process.refresh(); err != nil {
			b.Fatal(err)
		}
	}
}

func TestFunctionsAreFoundWhileFilesAreLookedFor(t *testing.T) {
	f := square
	named, err := FuncOf(reflect.ValueOf(f))
	if err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	work.Go(func() {
		for range 100 {
			if err := refreshed(); err != nil {
				t.Error(err)
			}
		}
	})
	work.Go(func() {
		for range 10_000 {
			var found func(int) int
			if err := named.In(unsafe.Pointer(&found)); err != nil {
				t.Error(err)
				return
			}
		}
	})
	work.Wait()
}

func refreshed() error {
	process.mu.Lock()
	defer process.mu.Unlock()
	return process.refresh()
}
