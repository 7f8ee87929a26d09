package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// The tests of several hosts run in network namespaces that are joined by a bridge. The controller and the client are in one:
// the test's own program, started once more. Each engine is in another, with a name and shared memory of its own. All of that
// belongs to processes alone, and is gone with them, however they end; nothing of the machine's own network is touched.
const (
	envInside   = "CLUSTER_TEST_INSIDE" // set in the namespace of the controller
	hostAddress = "10.99.0.1"           // of the controller

	// makeBridge makes the network, in the controller's namespace.
	makeBridge = `set -e
ip link set lo up
ip link add name bridge type bridge
ip addr add ` + hostAddress + `/24 dev bridge
ip link set bridge up`

	// makeHost makes one of the network's hosts of the process itself, and then an engine of it.
	makeHost = `set -e
name=$1 address=$2 bridge=$3; shift 3
mount --make-rprivate /
mount -t tmpfs tmpfs /dev/shm
hostname $name
ip link set lo up
ip link add name wire type veth peer name $name netns $bridge
nsenter --target $bridge --net ip link set $name master bridge up
ip addr add $address/24 dev wire
ip link set wire up
exec "$@"`
)

// elsewhere has a command run in namespaces of its own, in which it is root.
func elsewhere(cmd *exec.Cmd, flags uintptr) *exec.Cmd {
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	return cmd
}

// inside has the rest of a test run in a network of its own, and reports whether this is the process that does.
func inside(t *testing.T) bool {
	t.Helper()
	if os.Getenv(envInside) != "" {
		return true
	}
	for _, tool := range []string{"ip", "nsenter", "mount", "hostname"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("no network of hosts can be made: %v; install/prepare.sh test installs iproute2", err)
		}
	}
	const all = syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS
	trial := elsewhere(exec.Command("sh", "-c", makeBridge+"; ip link add name one type veth peer name two; hostname trial"), all)
	if out, err := trial.CombinedOutput(); err != nil {
		t.Skipf("no network of hosts can be made here, which takes root or user namespaces: %v\n%s", err, out)
	}
	test := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.v", "-test.run=^"+t.Name()+"$")
	test.Env = append(os.Environ(), envInside+"=yes")
	out, err := elsewhere(test, syscall.CLONE_NEWNET).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if testing.Verbose() {
		t.Logf("%s", out)
	}
	return false
}

// network joins this process and hosts that its launcher makes, one of each engine.
func network(t *testing.T) Launcher {
	t.Helper()
	shell(t, makeBridge)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return func(l Launch) (*exec.Cmd, error) {
		address, bridge := fmt.Sprintf("10.99.0.%d", 10+l.ID), strconv.Itoa(os.Getpid())
		cmd := exec.Command("sh", "-c", makeHost, "host", hostName(l.ID), address, bridge, self)
		cmd.Env = append(os.Environ(), envID+"="+strconv.Itoa(l.ID))
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS}
		return cmd, nil
	}
}

func hostName(id int) string { return fmt.Sprint("host", id) }

func shell(t *testing.T, script string) {
	t.Helper()
	if out, err := exec.Command("sh", "-c", script).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
}

func host() (string, error) { return os.Hostname() }

// sharedFolders are those of Warren's processes in shared memory.
func sharedFolders() ([]string, error) {
	all, err := os.ReadDir("/dev/shm")
	var names []string
	for _, e := range all {
		if strings.HasPrefix(e.Name(), "warren-") {
			names = append(names, e.Name())
		}
	}
	return names, err
}

func TestHostsGetDataInMessages(t *testing.T) {
	if !inside(t) {
		return
	}
	c := startN(t, 2, Listen(hostAddress), LaunchBy(network(t)))
	hosts, err := Apply[string](within(t), c.Direct(), host)
	if err != nil || !slices.Equal(hosts, []string{"host0", "host1"}) {
		t.Fatalf("%v, %v", hosts, err)
	}
	const n = 300_000 // large enough for shared memory, were there any
	want := sum(ramp(n))
	sums, err := Apply[float64](within(t), c.Direct(), sum, ramp(n))
	if err != nil || !slices.Equal(sums, []float64{want, want}) {
		t.Errorf("%v, %v, want %v", sums, err, want)
	}
	ramps, err := Map(c.Balanced(), []int{n, n, n, n}, ramp)
	if err != nil || sum(ramps[3]) != want {
		t.Errorf("%d slices, %v", len(ramps), err)
	}
	shared, err := Apply[[]string](within(t), c.Direct(), sharedFolders)
	if err != nil || len(shared) != 2 || len(shared[0])+len(shared[1]) != 0 {
		t.Errorf("hosts have put data into their own shared memory, where nobody finds it: %q, %v", shared, err)
	}
}

func TestWorkOutlivesAHostThatIsCutOff(t *testing.T) {
	if !inside(t) {
		return
	}
	c := startN(t, 3, Listen(hostAddress), LaunchBy(network(t)))
	dir := t.TempDir() // files are what these hosts have in common
	items := make([]marked, 1000)
	for i := range items {
		items[i] = marked{dir, i}
	}
	work := MapAsync(c.Balanced(), items, mark)
	until(t, "an item of each host", func() bool { return len(work.places()) == 3 })
	shell(t, "ip link set "+hostName(1)+" down")
	call := CallAsync[int](within(t), c.Direct(1), pid)
	got, err := work.Get()
	if err != nil || !slices.Equal(got, numbers(len(items))) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := call.Get(); !errors.Is(err, ErrEngineLost) || !strings.Contains(err.Error(), "engine 1") {
		t.Errorf("a call on the host that is cut off: %v", err)
	}
	until(t, "the end of its engine", func() bool { return slices.Equal(c.IDs(), []int{0, 2}) })
	if hosts, err := Apply[string](within(t), c.Direct(), host); err != nil || !slices.Equal(hosts, []string{"host0", "host2"}) {
		t.Errorf("afterwards: %v, %v", hosts, err)
	}
}
