package goobj

// The compiler gives a package main that is compiled for a plugin a table of what it exports, for plugin.Open.
const (
	pluginTable   = "go:plugin.tabs"
	pluginExports = "go:plugin.exports"
)

// Dependency returns the archive of a cell as later cells need it: without the table that makes it a plugin, which the
// linker would otherwise take for theirs. Thin does the same.
func Dependency(archive []byte) ([]byte, error) {
	return eachObject(archive, (*object).dropPluginTable)
}

func (o *object) dropPluginTable() {
	for i := range o.syms {
		if name := o.syms[i].name; name == pluginTable || name == pluginExports {
			o.blank(i)
		}
	}
}
