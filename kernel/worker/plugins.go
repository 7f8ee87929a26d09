package worker

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"plugin"
	"slices"
	"sync"

	"github.com/warren-go/warren/internal/function"
	"github.com/warren-go/warren/internal/object"
	"github.com/warren-go/warren/kernel/proto"
)

// plugins are the compiled cells that the process has opened, some for its own front, some for calls from other sessions.
type plugins struct {
	mu     sync.Mutex // held while one is opened
	byID   map[string]proto.Plugin
	holder map[string]string // path of a unit to the identity of the plugin that was opened first with it
	failed map[string]error  // why those panicked that did when they were opened
}

func newPlugins() *plugins {
	return &plugins{byID: map[string]proto.Plugin{}, holder: map[string]string{}, failed: map[string]error{}}
}

// open opens a plugin, unless it is open: Go opens none twice, whatever the name of its file is. One that has panicked must not even be
// tried again: Go would wait for ever until it is initialized.
func (p *plugins) open(file proto.Plugin) (err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.byID[file.ID]; ok {
		return nil
	}
	if err := p.failed[file.ID]; err != nil {
		return err
	}
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("a package that the cell imports panics when it is initialized: %v", v)
			p.failed[file.ID] = err
		}
	}()
	if _, err := plugin.Open(file.File); err != nil {
		return fmt.Errorf("cannot load a compiled cell: %w", err)
	}
	p.byID[file.ID] = file
	for _, path := range file.Contains {
		if p.holder[path] == "" {
			p.holder[path] = file.ID
		}
	}
	_ = object.Identify(file.File, file.ID, file.Kept) // without which functions of the cell cannot travel, and all else works
	return nil
}

// with returns the plugins with the given identities, each behind those that it needs.
func (p *plugins) with(ids []string) []proto.Plugin {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []proto.Plugin
	seen := map[string]bool{}
	var add func(id string)
	add = func(id string) {
		file, ok := p.byID[id]
		if !ok || seen[id] {
			return
		}
		seen[id] = true
		for _, path := range file.Requires {
			add(p.holder[path])
		}
		all = append(all, file)
	}
	for _, id := range ids {
		add(id)
	}
	return all
}

func (p *plugins) holderOf(unit string) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, ok := p.holder[unit]
	return id, ok
}

// has tells whether a plugin is open.
func (p *plugins) has(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.byID[id]
	return ok
}

// load opens plugins of another session: from their files, which the cache of this machine may have, or from what came along.
func (p *plugins) load(list []function.Plugin) error {
	missing := &function.MissingError{}
	for _, l := range list {
		if !p.has(l.ID) && l.Content == nil && !isFile(l) {
			missing.IDs = append(missing.IDs, l.ID)
		}
	}
	if len(missing.IDs) > 0 {
		return missing
	}
	for _, l := range list {
		if p.has(l.ID) {
			continue
		}
		if err := p.loadOne(l); err != nil {
			return err
		}
	}
	return nil
}

func (p *plugins) loadOne(l function.Plugin) error {
	file := proto.Plugin{File: l.Path, ID: l.ID, Kept: l.Path, Contains: l.Contains, Requires: l.Requires}
	if l.Content == nil {
		return p.open(file)
	}
	if sumOf(l.Content) != l.ID {
		return fmt.Errorf("the content of %s, which came with a call, is damaged", filepath.Base(l.Path))
	}
	dir, err := os.MkdirTemp("", "warren-cell-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) // what is open stays so
	file.File = filepath.Join(dir, filepath.Base(l.Path))
	if err := os.WriteFile(file.File, l.Content, 0o700); err != nil {
		return err
	}
	return p.open(file)
}

// isFile tells whether this machine has the file of a plugin.
func isFile(l function.Plugin) bool {
	text, err := os.ReadFile(l.Path)
	return err == nil && sumOf(text) == l.ID
}

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// travelling makes of plugins what goes along with calls.
func travelling(list []proto.Plugin) []function.Plugin {
	all := make([]function.Plugin, len(list))
	for i, p := range list {
		all[i] = function.Plugin{ID: p.ID, Path: p.Kept, Contains: slices.Clone(p.Contains), Requires: slices.Clone(p.Requires)}
	}
	return all
}
