package display

import (
	"errors"
	"fmt"
	"strings"
)

// maxErrors is the number of errors of a chain that are listed.
const maxErrors = 50

// renderError shows an error, and below it the errors that it wraps, each level indented.
func renderError(v any) (Data, bool) {
	err, ok := v.(error)
	if !ok {
		return Data{}, false
	}
	var lines []string
	chain(err, 0, &lines)
	return errorData(errors.New(clip(strings.Join(lines, "\n"), maxText, "\n…"))), true
}

func chain(err error, depth int, lines *[]string) {
	if err == nil || len(*lines) >= maxErrors {
		return
	}
	line := clip(err.Error(), maxText, "…")
	if depth > 0 {
		line = fmt.Sprintf("%s%T: %s", strings.Repeat("  ", depth), err, line)
	}
	*lines = append(*lines, line)
	switch u := err.(type) {
	case interface{ Unwrap() error }:
		chain(u.Unwrap(), depth+1, lines)
	case interface{ Unwrap() []error }:
		for _, w := range u.Unwrap() {
			chain(w, depth+1, lines)
		}
	}
}
