package mpi

import (
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"unsafe"

	"github.com/warren-go/warren/parlib/mpi/internal/lib"
)

// Op combines two elements into one, for reductions.
type Op struct {
	name string
	own  lib.Op
	// numbers are those that an operation of the library takes.
	numbers numbers

	// combine is nil for operations of the library; of others kind is what they take.
	combine  func(in, inout unsafe.Pointer, n int)
	kind     reflect.Type
	commutes bool
}

// numbers are sets of kinds.
type numbers int

const (
	all numbers = iota
	ordered
	integers
)

func (n numbers) has(k reflect.Kind) bool {
	switch n {
	case integers:
		return k >= reflect.Int && k <= reflect.Uint64
	case ordered:
		return k >= reflect.Int && k <= reflect.Float64
	}
	return true
}

var numberNames = [...]string{all: "numbers", ordered: "integers and floats", integers: "integers"}

// The operations of the library. The logical ones take 0 for false and any other number for true, and make 0 and 1.
var (
	Sum        = Op{name: "Sum", own: lib.Sum}
	Prod       = Op{name: "Prod", own: lib.Prod}
	Max        = Op{name: "Max", own: lib.Max, numbers: ordered}
	Min        = Op{name: "Min", own: lib.Min, numbers: ordered}
	LogicalAnd = Op{name: "LogicalAnd", own: lib.LogicalAnd, numbers: integers}
	LogicalOr  = Op{name: "LogicalOr", own: lib.LogicalOr, numbers: integers}
	LogicalXor = Op{name: "LogicalXor", own: lib.LogicalXor, numbers: integers}
	BitAnd     = Op{name: "BitAnd", own: lib.BitAnd, numbers: integers}
	BitOr      = Op{name: "BitOr", own: lib.BitOr, numbers: integers}
	BitXor     = Op{name: "BitXor", own: lib.BitXor, numbers: integers}
)

// OpOf makes an operation of a function, which must be associative. It is applied in the order of the ranks, so it need not be
// commutative; if it is, Commutative lets the library combine what comes first. A panic in f is an error of the reduction on
// the rank where it happened.
func OpOf[T Element](f func(a, b T) T) Op {
	o := Op{name: "OpOf", kind: reflect.TypeFor[T]()}
	if f == nil {
		return o // check says it
	}
	o.combine = func(in, inout unsafe.Pointer, n int) {
		a, b := unsafe.Slice((*T)(in), n), unsafe.Slice((*T)(inout), n)
		for i := range b {
			b[i] = f(a[i], b[i])
		}
	}
	return o
}

// Commutative returns the same operation, with the promise that f(a, b) is f(b, a).
func (o Op) Commutative() Op {
	o.commutes = true
	return o
}

func (o Op) String() string {
	if o.kind != nil {
		return o.name + "[" + o.kind.String() + "]"
	}
	return o.name
}

// check says why the operation does not take elements of type t.
func (o Op) check(t reflect.Type) error {
	switch {
	case o.name == "":
		return errors.New("the operation is the zero Op; use one of the package, as Sum, or OpOf")
	case o.kind != nil && o.combine == nil:
		return errors.New("OpOf: the function is nil")
	case o.kind != nil && o.kind != t:
		return fmt.Errorf("%v does not take elements of type %v", o, t)
	case o.kind == nil && !o.numbers.has(t.Kind()):
		return fmt.Errorf("%v is for %s, not for elements of type %v", o, numberNames[o.numbers], t)
	}
	return nil
}

// use puts the operation into a call. The function it returns is to be called when the call is complete, with its error.
func (o Op) use(call *lib.Call) (after func(error) error, err error) {
	if o.combine == nil {
		call.Op = o.own
		return func(err error) error { return err }, nil
	}
	// The library calls from C, through which a panic cannot go.
	var panicked error
	op, slot, code, ok := lib.MakeOp(func(in, inout unsafe.Pointer, n int) {
		defer func() {
			if p := recover(); p != nil && panicked == nil {
				panicked = fmt.Errorf("the operation's function panicked: %v\n%s", p, debug.Stack())
			}
		}()
		o.combine(in, inout, n)
	}, o.commutes)
	switch {
	case !ok:
		return nil, fmt.Errorf("%d reductions with functions of Go are under way, and more are not possible", lib.Slots)
	case code != 0:
		return nil, codeError(code)
	}
	call.Op, call.OwnOp = op, true
	return func(err error) error {
		lib.FreeOp(op, slot)
		if err == nil {
			err = panicked
		}
		return err
	}, nil
}
