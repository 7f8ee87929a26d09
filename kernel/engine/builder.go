package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/warren-go/warren/kernel/build"
	"github.com/warren-go/warren/kernel/goobj"
	"github.com/warren-go/warren/kernel/proto"
)

// builder compiles and links packages, each once, also when several goroutines ask for it.
type builder struct {
	ws    *build.Workspace
	known func(path string) bool // the session has this package

	mu       sync.Mutex
	compiles map[string]*future
	links    map[string]*future
}

// future is a job under way.
type future struct {
	done   chan struct{}
	plugin *build.Plugin
	err    error
}

func newBuilder(ws *build.Workspace, known func(path string) bool) *builder {
	return &builder{ws: ws, known: known, compiles: map[string]*future{}, links: map[string]*future{}}
}

// once returns the job of that key, which start begins if nobody has.
func (b *builder) once(jobs map[string]*future, key string, work func(*future)) *future {
	b.mu.Lock()
	defer b.mu.Unlock()
	if f := jobs[key]; f != nil {
		return f
	}
	f := &future{done: make(chan struct{})}
	jobs[key] = f
	go func() {
		work(f)
		if f.err != nil { // another time it may work: the disk was full, say
			b.mu.Lock()
			delete(jobs, key)
			b.mu.Unlock()
		}
		close(f.done)
	}()
	return f
}

func (f *future) wait(ctx context.Context) error {
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// compile compiles a package after those it imports.
func (b *builder) compile(ctx context.Context, p *build.Package) error {
	return b.once(b.compiles, p.Path, func(f *future) {
		ctx := context.WithoutCancel(ctx)
		var g errgroup.Group
		for _, c := range p.Cells {
			g.Go(func() error { return b.compile(ctx, c) })
		}
		if f.err = g.Wait(); f.err == nil {
			f.err = b.ws.Compile(ctx, p)
		}
	}).wait(ctx)
}

// usable tells whether a plugin can be loaded in this session: one that was linked for several cells of another session
// may need packages that this one does not have.
func (b *builder) usable(p *build.Plugin) bool {
	for _, path := range p.Requires {
		if !b.known(path) {
			return false
		}
	}
	return true
}

// built returns the plugin that holds a package, if there is one.
func (b *builder) built(p *build.Package) *build.Plugin {
	if plugin := b.ws.Linked(p, b.usable); plugin != nil && b.ws.Compiled(p) {
		return plugin
	}
	return nil
}

// link returns the plugin that holds a package, which it builds if there is none.
func (b *builder) link(ctx context.Context, p *build.Package) (*build.Plugin, error) {
	f := b.once(b.links, p.Path, func(f *future) {
		ctx := context.WithoutCancel(ctx)
		if f.plugin = b.built(p); f.plugin != nil {
			return
		}
		defer b.ws.Claim(p)()
		if f.plugin = b.built(p); f.plugin != nil {
			return
		}
		if f.err = b.compile(ctx, p); f.err == nil {
			f.plugin, f.err = b.ws.Link(ctx, []*build.Package{p})
		}
	})
	err := f.wait(ctx)
	return f.plugin, err
}

// linkAll builds one plugin of several packages, in the background. Packages that have one already stay out.
func (b *builder) linkAll(ctx context.Context, packages []*build.Package) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var fresh []*build.Package
	seen := map[string]bool{}
	for _, p := range packages {
		if b.links[p.Path] == nil && !seen[p.Path] && b.ws.Linked(p, b.usable) == nil {
			seen[p.Path] = true
			fresh = append(fresh, p)
		}
	}
	if len(fresh) == 0 {
		return
	}
	shared := &future{done: make(chan struct{})}
	for _, p := range fresh {
		b.links[p.Path] = shared
	}
	go func() {
		defer close(shared.done)
		shared.plugin, shared.err = b.linkTogether(ctx, fresh)
		if shared.err == nil {
			return
		}
		b.mu.Lock()
		for _, p := range fresh {
			delete(b.links, p.Path)
		}
		b.mu.Unlock()
	}()
}

func (b *builder) linkTogether(ctx context.Context, packages []*build.Package) (*build.Plugin, error) {
	g, gctx := errgroup.WithContext(ctx)
	for _, p := range packages {
		g.Go(func() error { return b.compile(gctx, p) })
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return b.ws.Link(ctx, packages)
}

// load opens a package, and what it needs, in the worker.
func (e *Engine) load(ctx context.Context, p *process, pkg *build.Package) error {
	if p.loaded[pkg.Path] {
		return nil
	}
	plugin, err := e.builder.link(ctx, pkg)
	if err != nil {
		// A batch fails as a whole; alone the package may do.
		if plugin, err = e.builder.link(ctx, pkg); err != nil {
			return err
		}
	}
	for _, path := range plugin.Requires {
		need := e.packageAt(path)
		if need == nil {
			return fmt.Errorf("the compiled cell needs package %s, which this session does not have", path)
		}
		if err := e.load(ctx, p, need); err != nil {
			return err
		}
	}
	file, id, err := e.named(plugin)
	if err != nil {
		return err
	}
	_, err = p.call(ctx, proto.Message{Kind: proto.Load, Plugin: &proto.Plugin{
		File: file, ID: id, Kept: plugin.File, Contains: plugin.Contains, Requires: plugin.Requires,
	}})
	os.Remove(file) // the worker has it mapped
	if err != nil {
		return err
	}
	for _, path := range plugin.Contains {
		p.loaded[path] = true
	}
	return nil
}

// cLine is what the cell compiler puts before a cell's C code.
var cLine = regexp.MustCompile(`(?m)^// #line \d+ "(cell\[[0-9a-f]{10}\])"$`)

// cFiles returns the file names of a package's C code.
func cFiles(p *build.Package) (names []string) {
	if p == nil || !p.Cgo {
		return nil
	}
	for _, m := range cLine.FindAllSubmatch(p.Source, -1) {
		names = append(names, string(m[1]))
	}
	return names
}

// fileName is the name that a source file of a plugin gets: the label of a cell, as far as it fits.
func (e *Engine) fileName(name string) string {
	if label := e.label(name); len(label) <= len(name) {
		return label
	}
	return name
}

// placeholder matches the names of cells in messages of the compiler.
var placeholder = regexp.MustCompile(`cell\[[0-9a-f]{10}\]`)

// named copies a plugin with the names of the cells, "cell[7]", in place of the placeholders it was compiled with. It also returns
// the identity of the plugin, under which every worker knows it, whatever the names are there.
func (e *Engine) named(plugin *build.Plugin) (file, id string, err error) {
	text, err := os.ReadFile(plugin.File)
	if err != nil {
		return "", "", err
	}
	sum := sha256.Sum256(text)
	if err := goobj.RenameFiles(text, e.fileName); err != nil && !errors.Is(err, goobj.ErrFormat) {
		return "", "", err // of an unknown format, only what the program itself asks for keeps the placeholder
	}
	for _, path := range plugin.Contains {
		for _, name := range cFiles(e.packageAt(path)) {
			if err := goobj.RenameCFile(text, name, e.fileName(name)); err != nil && !errors.Is(err, goobj.ErrFormat) {
				return "", "", err
			}
		}
	}
	to := filepath.Join(e.temp, filepath.Base(plugin.File))
	if err := os.WriteFile(to, text, 0o755); err != nil {
		return "", "", fmt.Errorf("the session's temporary folder cannot be written: %w", err)
	}
	return to, hex.EncodeToString(sum[:]), nil
}
