package protocol

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// stock is a connection file as ipcontroller 9.2 writes it for engines.
const stock = `{"ssh": "", "interface": "tcp://127.0.0.1", "registration": 40001, "control": 40002, "mux": 40003, "task": 40004,
	"hb_ping": 40005, "hb_pong": 40006, "broadcast": [40007, 40008], "iopub": 40009, "key": "k", "curve_serverkey": null,
	"location": "host", "pack": "json", "unpack": "json", "signature_scheme": "hmac-sha256"}`

func TestPaths(t *testing.T) {
	t.Setenv("IPYTHONDIR", "/set")
	for _, test := range []struct{ ipythonDir, profile, want string }{{"", "default", "/set/profile_default"}, {"/d", "p", "/d/profile_p"}} {
		if got, err := ProfileDir(test.ipythonDir, test.profile); err != nil || got != test.want {
			t.Errorf("%+v: got %q, %v", test, got, err)
		}
	}
	if got := EnginePath("/p", ""); got != "/p/security/ipcontroller-engine.json" {
		t.Errorf("got %q", got)
	}
	if got := ClientPath("/p", "7"); got != "/p/security/ipcontroller-7-client.json" {
		t.Errorf("got %q", got)
	}
}

func TestParseEngineFile(t *testing.T) {
	tests := map[string]struct{ old, new, fail string }{
		"as it is":         {"", "", ""},
		"ipc":              {"tcp://127.0.0.1", "ipc:///tmp/x", ""},
		"not JSON":         {"{", "", "invalid"},
		"curve":            {"null", `"abc"`, "CURVE"},
		"ssh":              {`"ssh": ""`, `"ssh": "u@h"`, "tunnel"},
		"pickle":           {`"pack": "json"`, `"pack": "pickle"`, "pickle"},
		"no key":           {`"key": "k"`, `"key": ""`, "key is empty"},
		"a client's file":  {"[40007, 40008]", "40007", "-engine.json"},
		"no broadcast":     {"[40007, 40008]", "[]", "-engine.json"},
		"no port":          {"40003", "0", "0 is no port"},
		"too large a port": {"40008", "70000", "70000 is no port"},
		"no transport":     {"tcp://127.0.0.1", "127.0.0.1", "interface"},
		"unknown":          {"tcp://127.0.0.1", "pgm://127.0.0.1", "interface"},
		"no address":       {"tcp://127.0.0.1", "tcp://", "interface"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := ParseEngineFile([]byte(strings.Replace(stock, test.old, test.new, 1)))
			if (err != nil) != (test.fail != "") || err != nil && !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(test.fail)) {
				t.Errorf("error %v, want %q", err, test.fail)
			}
		})
	}
}

func FuzzParseEngineFile(f *testing.F) {
	f.Add([]byte(stock))
	f.Add([]byte(`{"broadcast":[1]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if file, err := ParseEngineFile(text); err == nil && (file.Key == "" || file.Address(file.Mux) == "") {
			t.Errorf("accepted %s", text)
		}
	})
}

func TestAddress(t *testing.T) {
	name, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ iface, location, want string }{
		{"tcp://10.0.0.1", "", "tcp://10.0.0.1:5"},
		{"tcp://[::1]", "", "tcp://[::1]:5"},
		{"ipc:///tmp/x", "", "ipc:///tmp/x-5"},
		{"tcp://*", "", "tcp://127.0.0.1:5"},
		{"tcp://0.0.0.0", name, "tcp://127.0.0.1:5"},
		{"tcp://*", "127.0.0.1", "tcp://127.0.0.1:5"},
		{"tcp://*", "192.0.2.7", "tcp://192.0.2.7:5"},
		{"tcp://*", "head.example.org", "tcp://head.example.org:5"},
	}
	for _, test := range tests {
		if got := (Base{Interface: test.iface, Location: test.location}).Address(5); got != test.want {
			t.Errorf("%s at %q: got %s, want %s", test.iface, test.location, got, test.want)
		}
	}
}

// What is written can be read again, by the user alone.
func TestFilesAreWrittenAndRead(t *testing.T) {
	engine, err := ParseEngineFile([]byte(stock))
	if err != nil {
		t.Fatal(err)
	}
	client := ClientFile{Base: engine.Base, Notification: 40010, TaskScheme: "leastload", Broadcast: 40011}
	dir := t.TempDir()
	one, two := filepath.Join(dir, "ipcontroller-engine.json"), filepath.Join(dir, "ipcontroller-client.json")
	for path, file := range map[string]any{one: engine, two: client} {
		if err := Write(path, file); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
	if got, err := ReadEngineFile(one); err != nil || !reflect.DeepEqual(got, engine) {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := ReadClientFile(two); err != nil || !reflect.DeepEqual(got, client) {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := ReadClientFile(one); err == nil {
		t.Error("an engine's file was taken for a client's")
	}
	if _, err := ReadEngineFile(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("%v, %v: only the two files should be left", left, err)
	}
	if err := Write(filepath.Join(dir, "none", "file"), engine); err == nil {
		t.Error("a file was written where there is no directory")
	}
}

func TestStringsMayBeAlone(t *testing.T) {
	for text, want := range map[string]Strings{`null`: nil, `"a"`: {"a"}, `["a","b"]`: {"a", "b"}, `[]`: {}} {
		var got Strings
		if err := json.Unmarshal([]byte(text), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{`1`, `{}`, `[1]`} {
		if err := json.Unmarshal([]byte(text), new(Strings)); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
}
