package opencl

import "github.com/warren-go/warren/opencl/internal/driver"

// fakePlatform is a platform with devices that only describe themselves.
type fakePlatform struct {
	name    string
	devices []driver.DeviceInfo
	err     error
}

func (p fakePlatform) Info() (driver.PlatformInfo, error) {
	return driver.PlatformInfo{Name: p.name}, nil
}

func (p fakePlatform) Devices() ([]driver.Device, error) {
	var devices []driver.Device
	for _, info := range p.devices {
		devices = append(devices, fakeDevice{info})
	}
	return devices, p.err
}

type fakeDevice struct{ info driver.DeviceInfo }

func (d fakeDevice) Info() (driver.DeviceInfo, error)    { return d.info, nil }
func (d fakeDevice) NewContext() (driver.Context, error) { return nil, driver.OutOfResources }

// fakes gives what driver.Platforms would.
func fakes(platforms ...fakePlatform) func() ([]driver.Platform, error) {
	return func() ([]driver.Platform, error) {
		var all []driver.Platform
		for _, p := range platforms {
			all = append(all, p)
		}
		return all, nil
	}
}

// twoPlatforms are a CPU's and a GPU's; one more device is not available.
var twoPlatforms = fakes(
	fakePlatform{name: "Portable Computing Language", devices: []driver.DeviceInfo{
		{Name: "cpu-xeon <2>", Type: driver.CPU, ComputeUnits: 64, Clock: 3000, GlobalMemory: 64 << 30, LocalMemory: 512 << 10, Float64: true, Available: true, Version: "OpenCL 3.0"},
	}},
	fakePlatform{name: "NVIDIA CUDA", devices: []driver.DeviceInfo{
		{Name: "small", Type: driver.GPU, ComputeUnits: 20, Clock: 1500, GlobalMemory: 8 << 30, Available: true},
		{Name: "H200", Type: driver.GPU, ComputeUnits: 132, Clock: 1900, GlobalMemory: 141 << 30, Available: true},
		{Name: "broken", Type: driver.GPU, ComputeUnits: 1000, Clock: 2000},
	}},
)
