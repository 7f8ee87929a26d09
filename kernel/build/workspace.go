package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"go/types"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/modfile"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
	"golang.org/x/sys/unix"

	"github.com/warren-go/warren/internal/atomicfile"
	"github.com/warren-go/warren/kernel/goobj"
	"github.com/warren-go/warren/kernel/rt"
)

// Module is the import path of Warren itself.
const Module = "github.com/warren-go/warren"

// Mark is put before unexported names in generated packages, and Prefix before their paths: by these the compiled code
// is given ordinary names again. Mark is an upper-case letter for Go, sorts after the letters people use, and names
// with it should occur in no program.
const (
	Mark   = rt.Mark
	Prefix = "warren.cell/"
)

// Preloaded are the packages beside the standard library that the worker holds, so that cells need no import line for
// them and their plugins no copy. What starts a timer or a goroutine as soon as it is loaded cannot be among them: as long as
// something may wake a goroutine, no deadlock is found. The server within parlib/taskq/broker does; parlib/taskq is without.
var Preloaded = []string{
	Module + "/kernel/display", Module + "/kernel/display/comm", Module + "/kernel/rt", Module + "/parlib", Module + "/parlib/bench", Module + "/parlib/observe",
	Module + "/opencl", Module + "/parlib/cluster", Module + "/parlib/coord", Module + "/parlib/linalg", Module + "/parlib/remote", Module + "/parlib/schedule",
	Module + "/parlib/taskq", Module + "/parlib/team", Module + "/parlib/vec",
	"gonum.org/v1/gonum/blas", "gonum.org/v1/gonum/blas/blas32", "gonum.org/v1/gonum/blas/blas64", "gonum.org/v1/gonum/floats", "gonum.org/v1/gonum/mat",
	"gonum.org/v1/gonum/stat", "gonum.org/v1/gonum/stat/distuv",
	"gonum.org/v1/plot", "gonum.org/v1/plot/plotter", "gonum.org/v1/plot/plotutil", "gonum.org/v1/plot/vg",
	"gonum.org/v1/plot/vg/draw", "gonum.org/v1/plot/palette", "gonum.org/v1/plot/vg/vgimg", "gonum.org/v1/plot/vg/vgsvg",
	"golang.org/x/sync/errgroup", "golang.org/x/sync/semaphore", "golang.org/x/sync/singleflight",
}

// Options say where a workspace is made and from what.
type Options struct {
	CacheDir string   // "" is the user's cache folder
	Source   string   // folder with Warren's own module
	Modules  []string // further modules, as path@version
	Race     bool     // build for the race detector
	Whole    bool     // link whole archives also where thin ones are possible
	NoOpenCL bool     // leave OpenCL out also where it is installed
	Log      func(format string, args ...any)
}

// Workspace is a folder of the cache in which everything is built for one toolchain and one set of module versions:
// the worker, the archives that cells are compiled and linked against, and the cells.
type Workspace struct {
	*Toolchain
	Dir    string
	Worker string // the worker's executable
	cells  string // folder of compiled cells: what they are depends on this package, too
	Race   bool
	Whole  bool // archives are as the compiler made them, and names keep their Mark
	veil   *goobj.Veil

	cache  Cache
	opts   Options
	openCL openCL
	mpi    mpi
	// openCLNotice says that OpenCL is installed, and why it is left out all the same.
	openCLNotice string
	mu           sync.Mutex
	archives     map[string]string // import path to archive
	extra        map[string]bool   // packages that the worker does not hold
	names        map[string][]string
	imports      map[string]*types.Package
	modFile      string              // the session's go.mod, see ModFile
	slots        *semaphore.Weighted // as many tools at once as there are processors
	release      []func()            // what Close lets go of
	checked      map[string]bool     // files of the cache that were found intact
}

// Open makes the workspace, or finds it in the cache: seconds to minutes the first time, milliseconds after that. The error is a
// *ToolchainError where Go itself is at fault.
func Open(ctx context.Context, opts Options) (*Workspace, error) {
	t, err := FindToolchain(ctx)
	if err != nil {
		return nil, &ToolchainError{err}
	}
	if opts.Log == nil {
		opts.Log = func(string, ...any) {}
	}
	cache := Cache{Dir: opts.CacheDir}
	if opts.CacheDir == "" {
		if cache, err = DefaultCache(); err != nil {
			return nil, err
		}
	}
	cl := openCL{}
	if !opts.NoOpenCL {
		cl = findOpenCL("/", os.Getenv)
	}
	m := findMPI("/", os.Getenv)
	key, err := workspaceKey(t, opts, cl, m)
	if err != nil {
		return nil, err
	}
	w := &Workspace{
		Toolchain: t, Dir: filepath.Join(cache.Dir, key), Race: opts.Race, opts: opts, openCL: cl, mpi: m,
		archives: map[string]string{}, checked: map[string]bool{}, extra: map[string]bool{}, imports: map[string]*types.Package{}, slots: semaphore.NewWeighted(int64(max(2, runtime.NumCPU()))),
	}
	w.Worker = filepath.Join(w.Dir, "worker")
	if w.veil, err = goobj.NewVeil(Mark, Prefix); err != nil {
		return nil, err
	}
	if err := w.hold(cache); err != nil {
		return nil, err
	}
	if err := w.prepare(ctx); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// hold keeps the workspace, and the source it is made from, from being removed from the cache. Before that it lets the
// cache be trimmed.
func (w *Workspace) hold(cache Cache) error {
	w.cache = cache
	source, err := cache.Hold(w.opts.Source)
	if err != nil {
		return err
	}
	w.release = append(w.release, source)
	if err := cache.trimDaily(w.Dir); err != nil {
		w.opts.Log("the compile cache cannot be trimmed: %v", err)
	}
	workspace, err := cache.make(w.Dir)
	if err != nil {
		return errors.Join(err, w.Close())
	}
	w.release = append(w.release, workspace)
	return nil
}

// workspaceKey names what a workspace depends on: toolchain, Warren's own source and module versions, flags, and whether OpenCL
// and MPI are there: once they are installed, the next start of a kernel finds them.
func workspaceKey(t *Toolchain, opts Options, cl openCL, m mpi) (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, t.Version, t.Root, runtime.GOARCH, opts.Race, opts.Whole, opts.Modules, Preloaded, formatVersion, cl, m)
	for _, v := range []string{"GOFLAGS", "GOEXPERIMENT", "GOAMD64", "CGO_CFLAGS", "CGO_LDFLAGS", "CC", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR"} {
		fmt.Fprintln(h, v, os.Getenv(v))
	}
	err := hashSource(h, opts.Source, "go.mod", "go.sum", "kernel/rt", "kernel/proto", "kernel/worker", "kernel/display", "kernel/rank", "internal", "parlib", "opencl")
	if err != nil {
		return "", err
	}
	return t.Version + "-" + hex.EncodeToString(h.Sum(nil))[:16], nil
}

// formatVersion changes when this package changes what it keeps in a workspace.
const formatVersion = 4

// hashSource adds files and folders of Warren's own source, without tests.
func hashSource(h io.Writer, dir string, parts ...string) error {
	for _, part := range parts {
		root := filepath.Join(dir, part)
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			fmt.Fprintln(h, strings.TrimPrefix(path, dir), len(text))
			h.Write(text)
			return err
		})
		if err != nil {
			return fmt.Errorf("Warren's own source is not complete in %s: %w", dir, err)
		}
	}
	return nil
}

// prepare builds what is missing. A lock keeps two kernels from building the same workspace at once.
func (w *Workspace) prepare(ctx context.Context) error {
	h := sha256.New()
	if err := hashSource(h, w.opts.Source, "kernel/build", "kernel/goobj"); err != nil {
		return err
	}
	w.cells = filepath.Join(w.Dir, "cells-"+hex.EncodeToString(h.Sum(nil))[:8])
	if err := os.MkdirAll(w.cells, 0o755); err != nil {
		return fmt.Errorf("cannot make the compile cache: %w", err)
	}
	unlock, err := lock(filepath.Join(w.Dir, "lock"))
	if err != nil {
		return err
	}
	defer unlock()
	if err := w.holdSource(); err != nil {
		return err
	}
	list := filepath.Join(w.Dir, "packages")
	if !w.complete(list) {
		w.opts.Log("building the worker and the packages it holds with %s (once per toolchain)", w.Version)
		os.Remove(filepath.Join(w.Dir, openCLNote)) // of a workspace that is no longer whole; there may be none
		if err := w.create(ctx, list); err != nil {
			return err
		}
	}
	w.Whole = isFile(filepath.Join(w.Dir, wholeNote))
	w.readOpenCLNote()
	return w.readPackages(list)
}

func lock(path string) (unlock func(), err error) {
	f, err := lockFile(path, unix.LOCK_EX)
	if err != nil {
		return nil, err
	}
	return func() { f.Close() }, nil
}

func (w *Workspace) create(ctx context.Context, list string) error {
	std, err := w.standardLibrary(ctx)
	if err != nil {
		return err
	}
	if err := w.writeModule(std); err != nil {
		return err
	}
	for _, m := range w.opts.Modules {
		if _, err := command(ctx, w.Dir, nil, w.Go, "get", m); err != nil {
			return err
		}
	}
	packages, err := w.buildWorker(ctx)
	if err != nil && w.openCL.found && ctx.Err() == nil {
		packages, err = w.buildWithoutOpenCL(ctx, err)
	}
	if err != nil {
		return err
	}
	return w.keepPackages(packages, list)
}

// buildWorker builds the worker and what it holds, and returns the list of that.
func (w *Workspace) buildWorker(ctx context.Context) (packages string, err error) {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		_, err := command(ctx, w.Dir, w.cgoEnv(), w.Go, slices.Concat([]string{"build"}, w.goFlags(), []string{"-ldflags=-checklinkname=0", "-o", "worker", "./host"})...)
		return err
	})
	g.Go(func() (err error) {
		packages, err = w.listExports(ctx, "./deps")
		return err
	})
	err = g.Wait()
	return packages, err
}

func (w *Workspace) goFlags() []string {
	flags := append([]string{"-trimpath", "-mod=mod", "-buildvcs=false"}, w.tags()...)
	if w.Race {
		flags = append(flags, "-race")
	}
	return flags
}

// listExports builds what the main package pkg imports as for a plugin and returns a line "path archive name" each.
func (w *Workspace) listExports(ctx context.Context, pkg string, flags ...string) (string, error) {
	args := slices.Concat([]string{"list"}, w.goFlags(), flags, []string{
		"-buildmode=plugin", "-export", "-deps", "-f", "{{if .Export}}{{.ImportPath}} {{.Export}} {{.Name}}{{end}}", pkg})
	return command(ctx, w.Dir, w.cgoEnv(), w.Go, args...)
}

// standardLibrary lists the importable packages of the standard library.
func (w *Workspace) standardLibrary(ctx context.Context) ([]string, error) {
	out, err := command(ctx, w.Root, []string{"GOFLAGS="}, w.Go, "list", "std")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(strings.Fields(out), func(p string) bool {
		return strings.HasPrefix(p, "vendor/") || slices.Contains(strings.Split(p, "/"), "internal") ||
			p == "unsafe" || p == "runtime/race" || p == "simd/archsimd"
	}), nil
}

// writeModule writes the module that worker and cells are built in.
func (w *Workspace) writeModule(std []string) error {
	text, err := os.ReadFile(filepath.Join(w.opts.Source, "go.mod"))
	if err != nil {
		return fmt.Errorf("Warren's own go.mod: %w", err)
	}
	mod, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		return err
	}
	mod.AddModuleStmt("warren.workspace")
	for _, t := range slices.Clone(mod.Tool) {
		mod.DropTool(t.Path)
	}
	mod.AddRequire(Module, "v0.0.0")
	mod.AddReplace(Module, "", w.opts.Source, "")
	mod.Cleanup()
	if text, err = mod.Format(); err != nil {
		return err
	}
	sum, err := os.ReadFile(filepath.Join(w.opts.Source, "go.sum"))
	if err != nil {
		return fmt.Errorf("Warren's own go.sum: %w", err)
	}
	var deps strings.Builder
	deps.WriteString("package main\n\nimport (\n")
	for _, p := range slices.Concat(std, Preloaded, []string{"runtime/cgo"}) {
		fmt.Fprintf(&deps, "\t_ %q\n", p)
	}
	deps.WriteString(")\n\nfunc main() {}\n")
	host := strings.Replace(deps.String(), "import (\n", fmt.Sprintf("import (\n\t\"os\"\n\t%q\n", Module+"/kernel/worker"), 1)
	host = strings.Replace(host, "func main() {}", "func main() { os.Exit(worker.Main()) }", 1)
	return writeFiles(w.Dir, map[string]string{
		"go.mod": string(text), "go.sum": string(sum), "deps/main.go": deps.String(), "host/main.go": host,
	})
}

func writeFiles(dir string, files map[string]string) error {
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// keepPackages copies the archives out of Go's build cache, which forgets what was not used for some days, and writes the
// list last: it marks the workspace as complete.
func (w *Workspace) keepPackages(packages, list string) error {
	dir := filepath.Join(w.Dir, "pkg")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return diskError(err)
	}
	archives := map[string]string{}
	var kept []string
	for line := range strings.Lines(packages) {
		path, archive, name, err := cutPackage(line)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, strings.ReplaceAll(path, "/", "!")+".a")
		archives[to] = archive
		kept = append(kept, strings.Join([]string{path, to, name}, " "))
	}
	if err := w.keepArchives(archives); err != nil {
		return err
	}
	return w.writePackages(list, kept)
}

// writePackages lists the packages in lines "path archive name", with the size of the archive.
func (w *Workspace) writePackages(list string, lines []string) error {
	var text strings.Builder
	for _, line := range lines {
		_, archive, _, err := cutPackage(line)
		if err != nil {
			return err
		}
		info, err := os.Stat(archive)
		if err != nil {
			return err
		}
		fmt.Fprintln(&text, line, info.Size())
	}
	return diskError(atomicfile.Write(list, []byte(text.String()), 0o644))
}

// complete tells whether a workspace was made, and all of it is still there: files of a machine that lost power may be
// missing or empty.
func (w *Workspace) complete(list string) bool {
	text, err := os.ReadFile(list)
	if err != nil || !isFile(w.Worker) {
		return false
	}
	for line := range strings.Lines(string(text)) {
		_, archive, _, err := cutPackage(line)
		if err != nil {
			return false
		}
		info, err := os.Stat(archive)
		if err != nil || !strings.HasSuffix(line, fmt.Sprintf(" %d\n", info.Size())) {
			return false
		}
	}
	return len(text) > 0
}

// cutPackage takes the first three words of a line.
func cutPackage(line string) (path, archive, name string, err error) {
	f := strings.Fields(line)
	if len(f) < 3 {
		return "", "", "", fmt.Errorf("go list printed %q where a package was expected", line)
	}
	return f[0], f[1], f[2], nil
}

func (w *Workspace) readPackages(list string) error {
	text, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	w.names = map[string][]string{"unsafe": {"unsafe"}} // which has no archive
	for line := range strings.Lines(string(text)) {
		path, archive, name, err := cutPackage(line)
		if err != nil {
			return err
		}
		w.addPackage(path, archive, name)
	}
	return nil
}

func (w *Workspace) addPackage(path, archive, name string) {
	w.archives[path] = archive
	hidden := strings.HasPrefix(path, "vendor/") || slices.Contains(strings.Split(path, "/"), "internal")
	if !hidden && name != "main" && !slices.Contains(w.names[name], path) {
		w.names[name] = append(w.names[name], path)
	}
}
