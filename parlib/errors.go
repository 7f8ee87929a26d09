package parlib

import (
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/warren-go/warren/parlib/team"
)

var (
	errGoexit  = team.ErrGoexit
	errLost    = errors.New("it was not done, as an item before it ended the goroutine (runtime.Goexit)")
	errStopped = errors.New("stopped") // a body that saw its context end; never leaves the package
)

// ItemError says at which item a parallel function failed, and how. Err is what the function returned, or a *PanicError.
type ItemError struct {
	Op    string // the parallel function, as "Map"
	Index int    // of the item, or the first index of the range
	Count int    // number of indices that failed together: 1, or the length of a range
	Item  string // the item's value where it is a number, string or bool; else ""
	Err   error
}

func (e *ItemError) Error() string {
	return fmt.Sprintf("parlib: %s: %s: %v", e.Op, e.where(), e.Err)
}

func (e *ItemError) where() string {
	switch {
	case e.Count > 1:
		return fmt.Sprintf("indices %d to %d", e.Index, e.Index+e.Count-1)
	case e.Item != "":
		return fmt.Sprintf("item %d (%s)", e.Index, e.Item)
	}
	return fmt.Sprintf("item %d", e.Index)
}

func (e *ItemError) Unwrap() error { return e.Err }

// Format adds the stack of a panic under %+v.
func (e *ItemError) Format(s fmt.State, verb rune) {
	io.WriteString(s, e.Error())
	var p *PanicError
	if verb == 'v' && s.Flag('+') && errors.As(e.Err, &p) {
		fmt.Fprintf(s, "\n\n%s", p.Stack)
	}
}

// PanicError is a panic of a function that ran on a pool or in a loop.
type PanicError = team.PanicError

// describe gives an item's value for a message where it is short and plain.
func describe(item any) string {
	const longest = 60 // bytes; a message should stay on one line
	v := reflect.ValueOf(item)
	switch {
	case !v.IsValid():
		return "nil"
	case v.Kind() == reflect.String && v.Len() <= longest:
		return fmt.Sprintf("%q", v.String())
	case v.Kind() == reflect.Bool, v.CanInt(), v.CanUint(), v.CanFloat(), v.CanComplex():
		return fmt.Sprint(item)
	}
	return ""
}
