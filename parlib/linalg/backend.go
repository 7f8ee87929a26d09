package linalg

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/warren-go/warren/parlib/linalg/internal/gemm"
	"github.com/warren-go/warren/parlib/linalg/internal/openblas"
)

// Variable is the environment variable that says what to compute with: the path of an OpenBLAS library, or "go" for this
// package's own kernels. Without it an OpenBLAS is used where one is found.
const Variable = "PARLIB_BLAS"

const ownKernels = "go" // value of Variable

// Backend says what computes the products.
type Backend struct {
	Name    string // "OpenBLAS" or "Go"
	Version string // of OpenBLAS
	Path    string // of the library, or its name where the system found it
	Kernel  string // instruction set of the Go kernels, or processor that OpenBLAS took its kernels for
	Large   string // instruction set of the Go kernels that compute large products in its place, "" where none do
	Missing string // why OpenBLAS is not used although none asked for Go's kernels: what was tried, and how that failed
}

// String is one line for people.
func (b Backend) String() string {
	switch {
	case b.Path == "":
		return fmt.Sprintf("%s (%s kernels)", b.Name, b.Kernel)
	case b.Large != "":
		return fmt.Sprintf("%s %s (%s kernels, %s), large products by Go (%s kernels)", b.Name, b.Version, b.Kernel, b.Path, b.Large)
	}
	return fmt.Sprintf("%s %s (%s kernels, %s)", b.Name, b.Version, b.Kernel, b.Path)
}

// Using returns what computes the products now. If none was computed so far, it chooses.
func Using() Backend { return chosen.current().about }

// UseOpenBLAS makes OpenBLAS compute everything from now on: the library that the environment variable PARLIB_BLAS names,
// or else the first that is found in a Python environment (that of VIRTUAL_ENV, .venv beside the program's folder, the first on
// PATH) or among the system's libraries. Without a call of this function a library is looked for at the first large product,
// and none is no error; see the package's documentation for what it computes then.
func UseOpenBLAS() error {
	b, err := openBackend(os.Getenv)
	if err == nil {
		chosen.set(b)
	}
	return err
}

// UseGo makes this package's own kernels compute the products from now on.
func UseGo() { chosen.set(goBackend()) }

type backend struct {
	about  Backend
	double kernels[float64]
	single kernels[float32]
	lapack *openblas.Lapack // nil for gonum's
	slow   bool             // an OpenBLAS that is slower than Go's kernels
	fast   bool             // Go's kernels, faster than any OpenBLAS
}

// choice is the backend in force: chosen once, unless someone chooses another.
type choice struct {
	mu sync.RWMutex
	b  *backend
}

// chosen is that of the program; gonum also keeps one BLAS for a program.
var chosen choice

func (c *choice) set(b *backend) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.b = b
}

func (c *choice) current() *backend {
	c.mu.RLock()
	b := c.b
	c.mu.RUnlock()
	if b != nil {
		return b
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.b == nil {
		c.b = automatic(os.Getenv)
	}
	return c.b
}

// automatic chooses as the environment says. Where it says nothing, what was measured decides: with AVX-512 the products of this
// package are faster than OpenBLAS's but for small ones, and OpenBLAS is for all else; with older instructions OpenBLAS
// is for all, where there is one that suits the processor.
func automatic(getenv func(string) string) *backend {
	own := goBackend()
	if getenv(Variable) == ownKernels {
		return own
	}
	b, err := openBackend(getenv)
	switch {
	case err != nil:
		return own.without(err.Error())
	case getenv(Variable) != "":
		return b
	case b.slow:
		return own.without(fmt.Sprintf("linalg: %s is built for older processors, or for one thread", b.about.Path))
	case own.fast:
		return b.sharing(own)
	}
	return b
}

// without is b with a word on why OpenBLAS is not used.
func (b *backend) without(reason string) *backend {
	said := *b
	said.about.Missing = reason
	return &said
}

// sharing is b with the larger products by own.
func (b *backend) sharing(own *backend) *backend {
	both := *b
	both.about.Large = own.about.Kernel
	both.double = shared[float64]{b.double, own.double.(goKernels[float64])}
	both.single = shared[float32]{b.single, own.single.(goKernels[float32])}
	return &both
}

// goBackend is made once: its packed blocks are kept for the next product.
var goBackend = sync.OnceValue(func() *backend {
	double, single := gemm.New64(), gemm.New32()
	return &backend{
		about:  Backend{Name: "Go", Kernel: double.Kernel()},
		fast:   double.Kernel() == gemm.Fastest,
		double: goKernels[float64]{double, reference64()},
		single: goKernels[float32]{single, reference32()},
	}
})

func openBackend(getenv func(string) string) (*backend, error) {
	paths := openblas.Candidates(getenv)
	if path := getenv(Variable); path != "" && path != ownKernels {
		paths = []string{path}
	}
	var tried []error
	for _, path := range paths {
		l, err := openblas.Open(path)
		if err == nil {
			return &backend{
				about:  Backend{Name: "OpenBLAS", Version: l.Version(), Path: l.Path, Kernel: l.Core},
				double: l.Float64, single: l.Float32, lapack: l.Lapack, slow: l.Slow(),
			}, nil
		}
		tried = append(tried, err)
	}
	return nil, fmt.Errorf("linalg: no OpenBLAS can be used (install libopenblas0-pthread, or set %s to the path of a library): %s",
		Variable, strings.ReplaceAll(errors.Join(tried...).Error(), "\n", "; "))
}
