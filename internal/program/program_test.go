package program

import (
	"os"
	"strings"
	"testing"
)

func TestTheEnvironmentNamesThisProgram(t *testing.T) {
	line, err := Environment()
	if err != nil {
		t.Fatal(err)
	}
	name, path, _ := strings.Cut(line, "=")
	t.Setenv(name, path)
	mine, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if Binary() != mine {
		t.Errorf("the program is %q, not %q", Binary(), mine)
	}
}

func TestOutsideOfSessionsThereIsNoProgram(t *testing.T) {
	t.Setenv(Variable, "")
	if path := Binary(); path != "" {
		t.Errorf("the program is %q", path)
	}
}
