// Package gosource finds the source text of Go functions that run, for what translates them: the files of their package, or,
// where a program keeps its source elsewhere than in files, what that program says.
package gosource

import (
	"errors"
	"fmt"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// File is a part of a package: a file, or some declarations.
type File struct {
	Name    string            // as in positions
	Line    int               // of the first line of Text, where that is declarations without a package clause; 0 for a whole file
	Text    string            //
	Imports map[string]string // packages that declarations know besides math, math/bits and opencl: name to import path
}

// Lookup finds the source of functions that are not in files. Functions go by their name without the package's, as the runtime has it
// (see [runtime.FuncForPC]), and the file in which it finds them.
type Lookup struct {
	Name  func(function, file string) string          // the function's name in the source
	Files func(function, file string) ([]File, error) // the package that it belongs to; none for functions that are not known
}

var lookups struct {
	sync.Mutex
	all []Lookup
}

// Register has Name and Find ask a lookup before they take a function for one of a file. Lookups are asked in the order of their
// registration.
func Register(l Lookup) {
	lookups.Lock()
	defer lookups.Unlock()
	lookups.all = append(lookups.all, l)
}

func registered() []Lookup {
	lookups.Lock()
	defer lookups.Unlock()
	return lookups.all
}

// Name returns the name of a function in its source.
func Name(function, file string) string {
	for _, l := range registered() {
		if name := l.Name(function, file); name != "" {
			return name
		}
	}
	return function
}

// Find returns the source of the package that a function belongs to. The error says what to do where there is none.
func Find(function, file string) ([]File, error) {
	for _, l := range registered() {
		files, err := l.Files(function, file)
		if err != nil {
			return nil, fmt.Errorf("gosource: Find: %s in %s: %w", function, file, err)
		}
		if len(files) > 0 {
			return files, nil
		}
	}
	return folder(file)
}

// folder reads the files of a package from its folder: those that the compiler would take, and the named one in any case.
func folder(file string) ([]File, error) {
	own, err := read(file)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			err = fmt.Errorf("the source file %s is not here: run the program where its source is, built without -trimpath, or gosource.Register it", file)
		}
		return nil, fmt.Errorf("gosource: Find: %w", err)
	}
	files := []File{own}
	name := packageName(own.Text)
	dir := filepath.Dir(file)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("gosource: Find: %w", err)
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		isTest := strings.HasSuffix(e.Name(), "_test.go") && !strings.HasSuffix(file, "_test.go")
		if isTest || path == filepath.Clean(file) || !strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		if ok, err := build.Default.MatchFile(dir, e.Name()); err != nil || !ok {
			continue
		}
		if other, err := read(path); err == nil && packageName(other.Text) == name {
			files = append(files, other)
		}
	}
	return files, nil
}

func read(path string) (File, error) {
	text, err := os.ReadFile(path)
	return File{Name: path, Text: string(text)}, err
}

func packageName(text string) string {
	tree, err := parser.ParseFile(token.NewFileSet(), "", text, parser.PackageClauseOnly)
	if err != nil {
		return ""
	}
	return tree.Name.Name
}
