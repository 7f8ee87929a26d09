//go:build opencl

package driver

import (
	"strings"
	"testing"
)

func TestMissingCLBlastIsAnErrorThatSaysWhatToInstall(t *testing.T) {
	for _, test := range []struct{ file, says string }{
		{"libnothing.so.1", "apt install libclblast1"},
		{"libc.so.6", "libc.so.6 has no CLBlastSgemm"},
	} {
		if _, err := OpenCLBlast(test.file); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v does not say %q", test.file, err, test.says)
		}
	}
}
