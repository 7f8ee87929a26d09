package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHelpListsEveryCommand(t *testing.T) {
	for _, args := range [][]string{nil, {"help"}} {
		var out strings.Builder
		if err := dispatch(context.Background(), args, &out); err != nil {
			t.Fatal(err)
		}
		for _, c := range commands() {
			if !strings.Contains(out.String(), "\n  "+c.name+" ") || !strings.Contains(out.String(), c.about) {
				t.Errorf("warren %v does not tell of %q:\n%s", args, c.name, out.String())
			}
		}
	}
}

func TestVersionNamesTheToolchain(t *testing.T) {
	var out strings.Builder
	if err := dispatch(context.Background(), []string{"version"}, &out); err != nil || !strings.Contains(out.String(), "built with go1.") {
		t.Errorf("%q, %v", out.String(), err)
	}
}

func TestWrongArgumentsAreExplained(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"dance"}, `no command "dance"`},
		{[]string{"broker"}, "the folder"},
		{[]string{"broker", "-sync", "one", "two"}, "the folder"},
		{[]string{"clean", "all"}, `no argument "all"`},
		{[]string{"install", "here"}, `no argument "here"`},
		{[]string{"install", "--user", "--sys-prefix"}, "only one of"},
		{[]string{"install", "--user", "--prefix", "/x"}, "only one of"},
	} {
		err := dispatch(context.Background(), c.args, new(strings.Builder))
		if !errors.Is(err, errUsage) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: error %v, want one with %q", c.args, err, c.want)
		}
	}
}

func TestCleanSaysWhatItRemoves(t *testing.T) {
	home := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", home)
	old := "go1.26.8-0123456789abcdef"
	if err := os.MkdirAll(filepath.Join(home, "warren", old), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"removed " + old + "\n", "nothing to remove\n"} {
		var out strings.Builder
		if err := dispatch(context.Background(), []string{"clean"}, &out); err != nil || out.String() != want {
			t.Errorf("says %q, %v; not %q", out.String(), err, want)
		}
	}
}

func TestTargetDirFollowsTheOptions(t *testing.T) {
	t.Setenv("VIRTUAL_ENV", "/v")
	t.Setenv("JUPYTER_DATA_DIR", "/data")
	for _, c := range []struct {
		prefix          string
		sysPrefix, user bool
		want            string
	}{
		{want: "/data"},
		{user: true, want: "/data"},
		{sysPrefix: true, want: "/v/share/jupyter"},
		{prefix: "/p", want: "/p/share/jupyter"},
	} {
		if got, err := targetDir(c.prefix, c.sysPrefix, c.user); err != nil || got != c.want {
			t.Errorf("%+v: got %q, %v", c, got, err)
		}
	}
}

// The test program itself stands for the binary; "go test" keeps it where "go run" would, so the refusal is seen too.
func TestInstallRefusesABinaryThatWillVanish(t *testing.T) {
	dir := t.TempDir()
	err := dispatch(context.Background(), []string{"install", "--prefix", dir}, new(strings.Builder))
	if err == nil || !strings.Contains(err.Error(), "go build") {
		t.Errorf("error %v, want one that says to build first", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "share")); err == nil {
		t.Error("something was installed")
	}
}
