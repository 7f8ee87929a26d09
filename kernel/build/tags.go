package build

import "strings"

// Tags of the build that say what the machine has.
const (
	openCLTag = "opencl"
	mpiTag    = "mpi"
)

// tags returns the flag of the go command for tags. What -tags the user set in GOFLAGS is kept, which a flag would override.
func tags(goflags string, tags ...string) []string {
	if len(tags) == 0 {
		return nil
	}
	for _, f := range strings.Fields(goflags) {
		if list, ok := strings.CutPrefix(strings.TrimLeft(f, "-"), "tags="); ok {
			tags = append(tags, list) // which may hold one of ours again
		}
	}
	return []string{"-tags=" + strings.Join(tags, ",")}
}

// tags are those of what this machine has.
func (w *Workspace) tags() []string {
	var found []string
	if w.openCL.found {
		found = append(found, openCLTag)
	}
	if w.mpi {
		found = append(found, mpiTag)
	}
	return tags(w.Toolchain.flags, found...)
}
