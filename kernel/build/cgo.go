package build

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	gobuild "go/build"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// cgoFiles are what the cgo tool and the C compiler make of a package that imports "C".
type cgoFiles struct {
	source  []string // Go files for the Go compiler
	objects []string // C objects for the archive
}

// errNoC says that cells with C code need a C compiler.
var errNoC = errors.New(`no C compiler found: cells that import "C" are compiled with gcc or clang (apt-get install gcc), or with what the environment variable CC names`)

// cgo translates cell.go in dir, as the go command does: the cgo tool splits it into Go and C, the C compiler compiles
// the C part and links it for a trial, and the cgo tool reads from that which libraries and symbols it needs.
func (w *Workspace) cgo(ctx context.Context, dir, importPath string) (*cgoFiles, error) {
	cc, err := cCompiler()
	if err != nil {
		return nil, err
	}
	flags, err := readCFlags(ctx, dir)
	if err != nil {
		return nil, err
	}
	args := []string{"-objdir", dir, "-importpath", importPath, "-trimpath", dir, "-ldflags=" + quoteFlags(flags.link), "--", "-I", dir}
	env := []string{"CC=" + strings.Join(cc, " ")}
	if _, err := command(ctx, dir, env, w.tool("cgo"), slices.Concat(args, flags.compile, []string{"cell.go"})...); err != nil {
		return nil, err
	}
	run := func(args ...string) error {
		_, err := command(ctx, dir, nil, cc[0], slices.Concat(cc[1:], []string{"-fPIC", "-pthread", "-fmessage-length=0", "-I", dir}, args)...)
		return err
	}
	var objects []string
	for _, c := range []string{"_cgo_export.c", "cell.cgo2.c", "_cgo_main.c"} {
		o := strings.TrimSuffix(c, ".c") + ".o"
		if err := run(slices.Concat(flags.compile, []string{"-o", o, "-c", c})...); err != nil {
			return nil, err
		}
		objects = append(objects, o)
	}
	if err := run(slices.Concat([]string{"-o", "_cgo_.o"}, objects, flags.link)...); err != nil {
		return nil, err
	}
	_, err = command(ctx, dir, nil, w.tool("cgo"), "-dynpackage", w.packageName(), "-dynimport", "_cgo_.o", "-dynout", "_cgo_import.go")
	return &cgoFiles{source: []string{"_cgo_gotypes.go", "cell.cgo1.go", "_cgo_import.go"}, objects: objects[:2]}, err
}

// cgoImports are the packages that the cgo tool's Go files import.
var cgoImports = []string{"runtime/cgo", "syscall"}

// cCompiler returns the command of the C compiler.
func cCompiler() ([]string, error) {
	if cc := strings.Fields(os.Getenv("CC")); len(cc) > 0 {
		return cc, nil
	}
	for _, name := range []string{"gcc", "clang", "cc"} {
		if _, err := exec.LookPath(name); err == nil {
			return []string{name}, nil
		}
	}
	return nil, errNoC
}

// cFlags are a package's flags for compiling and linking C.
type cFlags struct{ compile, link []string }

// toldFolders are the flags for a header and a library in folders where nobody looks by himself; "" is none.
func toldFolders(include, lib string) (f cFlags) {
	if include != "" {
		f.compile = []string{"-I" + include}
		f.link = []string{"-L" + lib, "-Wl,-rpath," + lib}
	}
	return f
}

// cgoEnv is what the environment of the go command needs beyond os.Environ for packages that use C libraries.
func (w *Workspace) cgoEnv() []string {
	return env(w.openCL.cgoFlags(), toldFolders(w.mpi.include, w.mpi.lib))
}

// env puts flags behind those of the environment.
func env(all ...cFlags) []string {
	var compile, link, env []string
	for _, f := range all {
		compile, link = append(compile, f.compile...), append(link, f.link...)
	}
	for _, v := range []struct {
		name string
		more []string
	}{{"CGO_CFLAGS", compile}, {"CGO_LDFLAGS", link}} {
		if len(v.more) > 0 {
			usual := cmp.Or(os.Getenv(v.name), "-O2 -g")
			env = append(env, v.name+"="+usual+" "+quoteFlags(v.more))
		}
	}
	return env
}

// readCFlags collects flags from the environment, the package's #cgo lines and the pkg-config packages these name.
func readCFlags(ctx context.Context, dir string) (*cFlags, error) {
	conf := gobuild.Default
	conf.CgoEnabled = true
	p, err := conf.ImportDir(dir, 0)
	if err != nil {
		return nil, err
	}
	compile := strings.Fields(os.Getenv("CGO_CFLAGS"))
	if len(compile) == 0 {
		compile = []string{"-O2"}
	}
	f := &cFlags{
		compile: slices.Concat(compile, p.CgoCPPFLAGS, p.CgoCFLAGS),
		link:    slices.Concat(strings.Fields(os.Getenv("CGO_LDFLAGS")), p.CgoLDFLAGS),
	}
	if len(p.CgoPkgConfig) == 0 {
		return f, nil
	}
	for _, ask := range []struct {
		what string
		to   *[]string
	}{{"--cflags", &f.compile}, {"--libs", &f.link}} {
		out, err := command(ctx, dir, nil, "pkg-config", slices.Concat([]string{ask.what, "--"}, p.CgoPkgConfig)...)
		if err != nil {
			return nil, fmt.Errorf("pkg-config does not know %s: %w", strings.Join(p.CgoPkgConfig, ", "), err)
		}
		*ask.to = append(*ask.to, strings.Fields(out)...)
	}
	return f, nil
}

// quoteFlags writes flags as the cgo tool reads them.
func quoteFlags(flags []string) string {
	quoted := make([]string, len(flags))
	for i, f := range flags {
		quoted[i] = `"` + f + `"`
	}
	return strings.Join(quoted, " ")
}

// pack adds C objects to a compiled archive.
func (w *Workspace) pack(ctx context.Context, dir, archive string, objects []string) error {
	_, err := command(ctx, dir, nil, w.Go, slices.Concat([]string{"tool", "pack", "r", filepath.Base(archive)}, objects)...)
	return err
}
