package function

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/warren-go/warren/internal/object"
)

// Identity says what a process runs.
type Identity struct {
	Build   string // of its executable, see object.Object.ID
	Program string // path of its executable
	Go      string // version
	Warren  string // version, "(devel)" for one that is worked on
	System  string // as linux/amd64
	Store   string // name of the store it has a part in, "" for none; see WithStore
}

// Self is the identity of this process, without a store.
func Self() (Identity, error) { return self() }

var self = sync.OnceValues(func() (Identity, error) {
	exe, err := object.Executable()
	if err != nil {
		return Identity{}, err
	}
	id, err := exe.ID()
	if err != nil {
		return Identity{}, err
	}
	return Identity{Build: id, Program: exe.Path, Go: runtime.Version(), Warren: warrenVersion(), System: runtime.GOOS + "/" + runtime.GOARCH}, nil
})

// modulePath is that of Warren.
const modulePath = "github.com/warren-go/warren"

func warrenVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if info.Main.Path == modulePath {
		return info.Main.Version
	}
	for _, m := range info.Deps {
		if m.Path == modulePath {
			return m.Version
		}
	}
	return "unknown"
}

// fields are for processes that do not know the type Identity as this build has it.
func (id Identity) fields() []string {
	return []string{id.Build, id.Program, id.Go, id.Warren, id.System, id.Store}
}

// DecodeIdentity reads the answer to EncodeIdentity.
func DecodeIdentity(buffers [][]byte) (Identity, error) {
	f, err := Decode[[]string](buffers)
	if err != nil {
		return Identity{}, err
	}
	if len(f) < 6 {
		return Identity{}, fmt.Errorf("function: DecodeIdentity: %d fields came, of 6", len(f))
	}
	return Identity{f[0], f[1], f[2], f[3], f[4], f[5]}, nil
}

// Same is an error that names both sides if functions cannot travel between them.
func (id Identity) Same(other Identity) error {
	if id.Build == other.Build && id.System == other.System {
		return nil
	}
	return fmt.Errorf("function: the two sides run different programs: here %v, there %v; start the engines from the program that uses them, after each build", id, other)
}

// String is what people compare.
func (id Identity) String() string {
	return fmt.Sprintf("%s (build …%s, %s, Warren %s, %s)", id.Program, tail(id.Build), id.Go, id.Warren, id.System)
}
