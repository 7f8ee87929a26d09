package goobj

import (
	"errors"
	"os"
	"testing"
)

func TestRenameFilesRefuses(t *testing.T) {
	same := func(name string) string { return name }
	program, err := os.ReadFile("/bin/sh") // an ELF file that Go has not linked
	if err != nil {
		t.Fatal(err)
	}
	for name, so := range map[string][]byte{"no ELF": []byte("text"), "nothing": nil, "no Go": program} {
		if err := RenameFiles(so, same); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := renameIn([]byte("short"), func(string) string { return "longer" }); err == nil {
		t.Error("a name that does not fit")
	}
}
