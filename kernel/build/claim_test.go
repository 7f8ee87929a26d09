package build

import (
	"testing"
	"time"
)

// Who claims a package that is claimed waits until it is released; others do not.
func TestClaimsOfOnePackageExcludeEachOther(t *testing.T) {
	dir := t.TempDir()
	w := func() *Workspace { return &Workspace{cells: dir, opts: Options{Log: t.Logf}} }
	same := &Package{Path: "warren.cell/a"}
	other := &Package{Path: "warren.cell/b"}
	if Hash(same.Path)[:1] == Hash(other.Path)[:1] {
		t.Fatal("the packages share a lock")
	}
	release := w().Claim(same)
	w().Claim(other)()
	claimed := make(chan struct{})
	go func() {
		defer close(claimed)
		w().Claim(same)()
	}()
	select {
	case <-claimed:
		t.Error("claimed twice")
	case <-time.After(50 * time.Millisecond):
	}
	release()
	<-claimed
}

// A folder that cannot be written keeps nobody from building.
func TestClaimsWithoutLocks(t *testing.T) {
	w := &Workspace{cells: t.TempDir() + "/none", opts: Options{Log: t.Logf}}
	w.Claim(&Package{Path: "warren.cell/a"})()
}
