// Package atomicfile writes files of which nobody ever sees half: what a cache keeps, and what another process waits for.
package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Prefix begins the names of files that are not whole yet. A process that dies while it writes leaves one behind.
const Prefix = ".new-"

// Write makes data the content of the file at path, with the permissions perm. Until it is whole, it is in a file beside it, whose
// name begins with [Prefix]. After an error path is what it was, and the errors are those of package os.
func Write(path string, data []byte, perm fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), Prefix+"*")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Chmod(perm), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
