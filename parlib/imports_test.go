package parlib

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// light are the modules that the library may import beside the standard library: what any program can afford, and no kernel.
var light = []string{"golang.org/x/sync/", "golang.org/x/time/rate/", "golang.org/x/sys/", "golang.org/x/image/", "github.com/warren-go/warren/parlib/",
	"github.com/warren-go/warren/internal/figure/", "github.com/warren-go/warren/internal/mpienv/", "github.com/warren-go/warren/internal/relay/"}

func isLight(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".") || slices.ContainsFunc(light, func(p string) bool { return strings.HasPrefix(path+"/", p) })
}

// The library is there for programs that know no notebook, and a notebook's cells link what it imports.
func TestImportsStayLight(t *testing.T) {
	for _, pattern := range []string{"*.go", "bench/*.go", "coord/*.go", "mpi/*.go", "mpi/internal/lib/*.go", "mpi/launch/*.go", "../internal/figure/*.go", "../internal/mpienv/*.go", "../internal/relay/*.go", "observe/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, spec := range f.Imports {
				name, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				if !isLight(name) {
					t.Errorf("%s imports %s", file, name)
				}
			}
		}
	}
}
