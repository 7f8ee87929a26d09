package openblas

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/cpu"
)

// Float is what the routines here compute with.
type Float interface{ float32 | float64 }

// Library is an OpenBLAS that was opened.
type Library struct {
	Path    string // as it was given to Open
	Config  string // what the library says of its build, beginning with name and version: "OpenBLAS 0.3.21 ..."
	Core    string // processor whose kernels it uses, as "SkylakeX"
	Float64 *Routines[float64]
	Float32 *Routines[float32]
	Lapack  *Lapack // nil in a library without LAPACK
}

// Version is the library's version, as "0.3.21".
func (l *Library) Version() string {
	f := strings.Fields(l.Config)
	if len(f) < 2 {
		return "of unknown version"
	}
	return f[1]
}

// places limits how many calls are in a library at once. OpenBLAS has a number of buffers that was fixed when it was built, at least
// as many as its threads, and ends the program when they are used up. More calls than processors would not be faster.
type places chan struct{}

func (l *Library) newPlaces() places {
	most := 32
	if _, after, ok := strings.Cut(l.Config, "MAX_THREADS="); ok {
		fmt.Sscanf(after, "%d", &most) // stays as it is where there is no number
	}
	if l.singleThreaded() {
		most = 1
	}
	return make(places, max(1, min(most, runtime.NumCPU())))
}

// singleThreaded says whether the library was built without threads. Such a build may do without locks, too; the calls of
// several threads at once would then share its buffers and give wrong results.
func (l *Library) singleThreaded() bool { return strings.Contains(l.Config, "SINGLE_THREADED") }

func (p places) enter() { p <- struct{}{} }

func (p places) leave() { <-p }

// withoutAVX2 are processors, by OpenBLAS's names, that have no AVX2, and whose kernels are slow on one that has.
var withoutAVX2 = []string{
	"Katmai", "Coppermine", "Northwood", "Prescott", "Banias", "Core2", "Penryn", "Dunnington", "Nehalem", "Atom", "Athlon",
	"Opteron", "Opteron_SSE3", "Barcelona", "Bobcat", "Nano", "Sandybridge", "Bulldozer", "Generic",
}

// Slow says whether the library is far below what the machine can do: it uses kernels for older processors, or can only be
// called by one thread at a time.
func (l *Library) Slow() bool { return l.hasOldKernels() || l.singleThreaded() && runtime.NumCPU() > 1 }

func (l *Library) hasOldKernels() bool {
	return bestCore() != "" && slices.ContainsFunc(withoutAVX2, func(core string) bool { return strings.EqualFold(core, l.Core) })
}

// bestCore is an OpenBLAS name whose kernels run on this processor at about its full speed; "" where nothing is known of it.
func bestCore() string {
	x86 := &cpu.X86
	switch {
	case x86.HasAVX512F && x86.HasAVX512BW && x86.HasAVX512CD && x86.HasAVX512DQ && x86.HasAVX512VL:
		return "SkylakeX"
	case x86.HasAVX2 && x86.HasFMA:
		return "Haswell"
	}
	return ""
}

// systemNames are what distributions call the library; the dynamic linker finds them.
var systemNames = []string{"libopenblas.so.0", "libopenblas.so", "libopenblasp.so.0", "libopenblas64_.so.0", "libopenblas64.so.0"}

// wheelNames are where Python's packages bring a library along, below an environment: one that is nothing else, then those of
// NumPy and SciPy.
var wheelNames = []string{
	"lib/python3*/site-packages/scipy_openblas32/lib/lib*openblas*.so*",
	"lib/python3*/site-packages/scipy_openblas64/lib/lib*openblas*.so*",
	"lib/python3*/site-packages/numpy.libs/lib*openblas*.so*",
	"lib/python3*/site-packages/scipy.libs/lib*openblas*.so*",
}

// Candidates lists what may be worth opening, the best first: the libraries in the Python environment that is active
// (VIRTUAL_ENV), beside the program (../.venv) or first on PATH, then the system's. Python's are the newer ones as a rule.
func Candidates(getenv func(string) string) []string {
	var list []string
	for _, env := range environments(getenv) {
		for _, pattern := range wheelNames {
			found, _ := filepath.Glob(filepath.Join(env, pattern)) // fails for a bad pattern only
			list = append(list, found...)
		}
	}
	return append(list, systemNames...)
}

// environments lists Python environments without starting Python.
func environments(getenv func(string) string) []string {
	var list []string
	add := func(env string) {
		if !slices.Contains(list, env) {
			list = append(list, env)
		}
	}
	if env := getenv("VIRTUAL_ENV"); env != "" {
		add(filepath.Clean(env))
	}
	if program, err := os.Executable(); err == nil {
		add(filepath.Join(filepath.Dir(program), "..", ".venv"))
	}
	for _, dir := range filepath.SplitList(getenv("PATH")) {
		if _, err := os.Stat(filepath.Join(dir, "python3")); err == nil {
			add(filepath.Dir(dir))
			break
		}
	}
	return list
}
