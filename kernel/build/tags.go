package build

import "strings"

// openCLTag is the tag of a build with OpenCL.
const openCLTag = "opencl"

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
	return tags(w.Toolchain.flags, append(found, w.mpi.tags()...)...)
}
