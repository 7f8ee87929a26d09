package opencl

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/warren-go/warren/opencl/internal/binaries"
	"github.com/warren-go/warren/opencl/internal/driver"
)

// built is where built programs are kept: in the folder that the environment variable WARREN_OPENCL_CACHE names, or in
// warren/opencl of the user's cache. "off" keeps nothing.
var built = sync.OnceValue(func() *binaries.Store { return storeFor(os.Getenv("WARREN_OPENCL_CACHE")) })

func storeFor(setting string) *binaries.Store {
	switch setting {
	case "off":
		return binaries.In("")
	case "":
	default:
		return binaries.In(setting)
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return binaries.In("") // a user without a home compiles each time
	}
	return binaries.In(filepath.Join(base, "warren", "opencl"))
}

// dependsOnMore finds sources whose meaning is not all in their text.
var dependsOnMore = regexp.MustCompile(`(?m)^\s*#\s*include|__(?:DATE|TIME)__`)

// load gives the driver's program for a source: from disk where it was built before, or else from the compiler.
func (c *Context) load(source, options string) (driver.Program, error) {
	store := built()
	if dependsOnMore.MatchString(source) || strings.Contains(options, "-include") {
		store = binaries.In("")
	}
	d := c.device
	key := binaries.Key(d.Platform(), d.platform.Version, d.Name(), d.Version(), d.DriverVersion(), options, source)
	if binary, ok := store.Get(key); ok {
		if p, err := c.driver.Load(binary, options); err == nil {
			return p, nil
		}
		store.Drop(key)
	}
	p, log, err := c.compile(source, options)
	if errors.Is(err, driver.BuildFailed) {
		return nil, &BuildError{Device: d.Name(), Log: log, Lines: buildLines(log, source)}
	}
	if err != nil {
		return nil, err
	}
	if !store.Keeps() {
		return p, nil // to ask for a binary has some drivers compile all kernels once more
	}
	if binary, err := p.Binary(); err == nil {
		store.Put(key, binary)
	}
	return p, nil
}

// quietly is a build option that keeps PoCL's compiler from writing "1 error generated." to the process's standard error: it stands
// in the log, too. PoCL passes only options on that it knows, and takes what is between two spaces for one; the compiler behind it
// sees two, as these are separated by a tab. Where that is no longer so it is a macro that nobody uses, or refused, and left out.
const quietly = " -DWARREN_OPENCL\t-fno-caret-diagnostics"

// compile builds a source by the driver's compiler.
func (c *Context) compile(source, options string) (p driver.Program, log string, err error) {
	if c.device.Platform() == "Portable Computing Language" {
		p, log, err = c.driver.Compile(source, options+quietly)
		if !errors.Is(err, driver.InvalidBuildOptions) {
			return p, log, err
		}
	}
	return c.driver.Compile(source, options)
}
