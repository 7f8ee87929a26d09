package broker

import (
	"net"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func startBroker(t *testing.T, opts Options) *Broker {
	t.Helper()
	b, err := Start(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

func TestAFolderHasOneBroker(t *testing.T) {
	dir := t.TempDir()
	b := startBroker(t, Options{Dir: dir})
	if _, err := Start(Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second broker: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	startBroker(t, Options{Dir: dir})
}

func TestOthersNeedTheToken(t *testing.T) {
	b := startBroker(t, Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	nc, err := nats.Connect(b.URL())
	if err != nil {
		t.Fatal(err)
	}
	nc.Close()
	host := b.URL()[strings.Index(b.URL(), "@")+1:]
	for _, url := range []string{"nats://" + host, "nats://wrong@" + host} {
		if nc, err := nats.Connect(url); err == nil {
			nc.Close()
			t.Errorf("%s: connected", url)
		}
	}
	if ip, _, _ := net.SplitHostPort(host); ip != "127.0.0.1" {
		t.Errorf("the broker listens on %s", ip)
	}
}

func TestBadOptionsAreErrors(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name string
		opts Options
		want string
	}{
		{"no folder", Options{}, "Dir is empty"},
		{"no port", Options{Dir: dir, Listen: "127.0.0.1"}, `"127.0.0.1"`},
		{"a port too high", Options{Dir: dir, Listen: "127.0.0.1:70000"}, "70000"},
		{"open to all", Options{Dir: dir, Listen: "0.0.0.0:0"}, "Token"},
		{"open to all by default", Options{Dir: dir, Listen: ":0"}, "Token"},
		{"a folder that cannot be", Options{Dir: "/dev/null/x"}, "/dev/null"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := Start(c.opts)
			if err == nil {
				b.Close()
				t.Fatal("started")
			}
			if !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "broker: Start: ") {
				t.Errorf("%v; want it to contain %q", err, c.want)
			}
		})
	}
}
