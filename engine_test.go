package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/warren-go/warren/internal/ipp/protocol"
)

func TestLogLevels(t *testing.T) {
	for text, want := range map[string]slog.Level{
		"DEBUG": slog.LevelDebug, "info": slog.LevelInfo, "WARNING": slog.LevelWarn, "30": slog.LevelWarn, "40": slog.LevelError, "CRITICAL": slog.LevelError + 4,
	} {
		if got, err := parseLevel(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	if _, err := parseLevel("loud"); !errors.Is(err, errUsage) {
		t.Errorf("got %v", err)
	}
}

func TestWantedID(t *testing.T) {
	rank := func(name string) string { return map[string]string{"PMI_RANK": "3"}[name] }
	none := func(string) string { return "" }
	for name, test := range map[string]struct {
		args   []string
		getenv func(string) string
		want   int // -1 for any
	}{
		"any": {nil, rank, -1}, "named": {[]string{"--id", "2", "--mpi"}, rank, 2}, "MPI": {[]string{"--mpi"}, rank, 3}, "no MPI": {[]string{"--mpi"}, none, -1},
	} {
		f, err := parseEngineFlags(test.args)
		if err != nil {
			t.Fatal(err)
		}
		got := -1
		if id := f.wantedID(test.getenv); id != nil {
			got = *id
		}
		if got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}

func TestTimeoutMustBeSomeTime(t *testing.T) {
	for _, text := range []string{"0", "-5"} {
		_, err := parseEngineFlags([]string{"--timeout", text})
		if !errors.Is(err, errUsage) || !strings.Contains(err.Error(), "--timeout is "+text+": want more than 0 seconds") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// The connection file is that of the option, else the text in the environment, else that of the profile.
func TestConnection(t *testing.T) {
	file := protocol.EngineFile{
		Base: protocol.Base{Interface: "tcp://127.0.0.1", Registration: 1, Control: 2, Mux: 3, Task: 4, IOPub: 5, Key: "k", Pack: "json", Unpack: "json", Scheme: "hmac-sha256"},
		Ping: 6, Pong: 7, Broadcast: []int{8},
	}
	dir := t.TempDir()
	write := func(path string, registration int) string {
		t.Helper()
		file.Registration = registration
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), protocol.Write(path, file)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	named := write(filepath.Join(dir, "named.json"), 11)
	write(protocol.EnginePath(dir, ""), 12)
	write(protocol.EnginePath(dir, "c"), 13)
	write(protocol.EnginePath(filepath.Join(dir, "profile_p"), ""), 14)
	text, err := os.ReadFile(write(filepath.Join(dir, "text.json"), 15))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		env  string
		args []string
		want int
	}{
		"option":            {string(text), []string{"--file=" + named}, 11},
		"environment":       {string(text), []string{"--profile-dir", dir}, 15},
		"folder of profile": {"", []string{"--profile-dir", dir}, 12},
		"cluster":           {"", []string{"--profile-dir", dir, "--cluster-id", "c"}, 13},
		"profile":           {"", []string{"--ipython-dir", dir, "--profile", "p"}, 14},
	} {
		t.Run(name, func(t *testing.T) {
			for _, v := range []string{protocol.EnvProfileDir, protocol.EnvClusterID} {
				t.Setenv(v, "")
			}
			t.Setenv(protocol.EnvConnection, test.env)
			f, err := parseEngineFlags(test.args)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := f.connection(t.Context()); err != nil || got.Registration != test.want {
				t.Errorf("registration at %d, want %d; %v", got.Registration, test.want, err)
			}
		})
	}
}

func TestWaitForFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.json")
	if _, err := waitForFile(t.Context(), path, 0); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := waitForFile(ctx, path, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an empty file: %v", err)
	}
	if err := os.WriteFile(path, []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := waitForFile(t.Context(), path, time.Minute); err == nil {
		t.Error("garbage was taken for a connection file")
	}
}
