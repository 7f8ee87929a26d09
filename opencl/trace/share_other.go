//go:build !unix

package trace

import (
	"errors"
	"os"
)

// share fails: notes are kept on Unix only.
func share(*os.File) ([]byte, error) { return nil, errors.ErrUnsupported }
