package opencl

import (
	"errors"
	"strings"
	"testing"

	"github.com/warren-go/warren/opencl/internal/cltest"
	"github.com/warren-go/warren/opencl/internal/driver"
)

func TestDevicesAreListed(t *testing.T) {
	list, err := listDevices(twoPlatforms)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, d := range list {
		ids = append(ids, d.String())
	}
	want := "0:0 cpu-xeon <2> (Portable Computing Language), 1:0 small (NVIDIA CUDA), 1:1 H200 (NVIDIA CUDA)"
	if got := strings.Join(ids, ", "); got != want {
		t.Error(got)
	}
	text, html := list.String(), list.HTML()
	for _, want := range []string{"id", "device", "local memory", "512 KiB", "64 GiB", "CPU", "GPU", "yes", "no"} {
		if !strings.Contains(text, want) || !strings.Contains(html, want) {
			t.Errorf("%q is not shown in\n%s\n%s", want, text, html)
		}
	}
	if !strings.Contains(html, "cpu-xeon &lt;2&gt;") || strings.Count(text, "\n") != 4 {
		t.Errorf("%s\n%s", text, html)
	}
}

func TestWhereNoDeviceIsTheErrorSaysSo(t *testing.T) {
	for _, test := range []struct {
		name      string
		platforms func() ([]driver.Platform, error)
		is        error
		says      string
	}{
		{"built without", func() ([]driver.Platform, error) { return nil, driver.ErrAbsent }, ErrNoPlatform, "apt install ocl-icd-opencl-dev pocl-opencl-icd"},
		{"nothing installed", func() ([]driver.Platform, error) { return nil, driver.PlatformNotFound }, ErrNoPlatform, "apt install pocl-opencl-icd"},
		{"no devices", fakes(fakePlatform{name: "Empty"}, fakePlatform{name: "Void"}), ErrNoDevice, "(Empty, Void)"},
		{"failing platform", fakes(fakePlatform{name: "Broken", err: driver.OutOfHostMemory}), nil, "CL_OUT_OF_HOST_MEMORY (-6)"},
	} {
		_, err := listDevices(test.platforms)
		err = failed("Devices", err)
		if err == nil || !strings.Contains(err.Error(), test.says) || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestAPlatformThatFailsHidesNoOther(t *testing.T) {
	list, err := listDevices(fakes(fakePlatform{name: "Broken", err: driver.OutOfHostMemory},
		fakePlatform{name: "Good", devices: []driver.DeviceInfo{{Name: "one", Available: true}}}))
	if err != nil || len(list) != 1 || list[0].ID() != "1:0" {
		t.Error(list, err)
	}
}

func TestDevicesAreChosen(t *testing.T) {
	list, err := listDevices(twoPlatforms)
	if err != nil {
		t.Fatal(err)
	}
	if d := list.best(); d.Name() != "H200" {
		t.Errorf("the best device is %v", d)
	}
	for text, want := range map[string]string{
		"0": "0:0", "1": "1:1", "0:0": "0:0", "1:0": "1:0", "nvidia": "", "nvidia:": "1:1", "NVIDIA:small": "1:0", "portable:xeon": "0:0",
		"h200": "1:1", ":h200": "1:1", ":0": "1:0", " 1 : 0 ": "1:0", "2": "", "1:2": "", "nvidia:xeon": "", "-1": "", "1:1:1": "", "::": "",
	} {
		d, err := list.find(text)
		switch {
		case want == "" && (!errors.Is(err, ErrNoDevice) || !strings.Contains(err.Error(), "1:1 H200 (NVIDIA CUDA)")):
			t.Errorf("%q: %v, %v", text, d, err)
		case want != "" && (err != nil || d.ID() != want):
			t.Errorf("%q: %v, %v", text, d, err)
		}
	}
}

func TestDeviceTellsWhatItIs(t *testing.T) {
	cltest.NeedDevice(t)
	list, err := Devices()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		if d.Name() == "" || d.Platform() == "" || d.ComputeUnits() < 1 || d.GlobalMemory() < 1<<20 || d.MaxWorkGroup() < 1 || len(d.MaxWorkItems()) < 3 ||
			d.LocalMemory() < 1 || d.MaxAllocation() < 1<<20 || !strings.HasPrefix(d.Version(), "OpenCL ") || len(d.Extensions()) == 0 {
			t.Errorf("%+v", d.info)
		}
	}
	again, err := Devices()
	if err != nil || again[0] != list[0] {
		t.Error("devices are made anew each time", err)
	}
}

func TestDefaultTakesTheNamedDevice(t *testing.T) {
	cltest.NeedDevice(t)
	forget := func() {
		if standard.context != nil {
			standard.context.Close()
		}
	}
	forget()
	t.Cleanup(forget)
	t.Setenv("WARREN_OPENCL", "no such platform:3")
	if _, err := Default(); !errors.Is(err, ErrNoDevice) || !strings.Contains(err.Error(), "opencl: Default: WARREN_OPENCL: ") {
		t.Error(err)
	}
	t.Setenv("WARREN_OPENCL", "0:0")
	c, err := Default()
	if err != nil || c.Device().ID() != "0:0" {
		t.Fatal(c, err)
	}
	if again, err := Default(); again != c || err != nil {
		t.Error("a second default context", err)
	}
	c.Close()
	if again, err := Default(); again == c || err != nil {
		t.Error("the closed context is given again", err)
	}
}

func TestContextThatCannotBeMade(t *testing.T) {
	_, err := NewContext(&Device{driver: fakeDevice{}, info: driver.DeviceInfo{Name: "full"}})
	var e *Error
	if !errors.As(err, &e) || e.Name != "CL_OUT_OF_RESOURCES" || e.Op != "NewContext: full" || e.Hint == "" {
		t.Error(err)
	}
}
