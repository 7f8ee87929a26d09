package opencl

import (
	"fmt"
	"strings"
	"sync"

	"github.com/warren-go/warren/opencl/internal/driver"
)

// DeviceType says what kind of processor a device is.
type DeviceType int

// Kinds of devices, the least wanted first.
const (
	OtherDevice DeviceType = iota
	CPU
	Accelerator
	GPU
)

func (t DeviceType) String() string {
	return [...]string{"other", "CPU", "accelerator", "GPU"}[t]
}

// Device is a processor that has an OpenCL driver. There is one value for each as long as the program runs.
type Device struct {
	driver   driver.Device
	info     driver.DeviceInfo
	platform driver.PlatformInfo
	id       string
	ceilings *ceilings
}

// ID is the device's place in the list of all, platform:device, as WARREN_OPENCL takes it.
func (d *Device) ID() string { return d.id }

// Name is the device's name.
func (d *Device) Name() string { return d.info.Name }

// Vendor is who made the device.
func (d *Device) Vendor() string { return d.info.Vendor }

// Platform is the name of the implementation of OpenCL, such as "Portable Computing Language".
func (d *Device) Platform() string { return d.platform.Name }

// Version is the version of OpenCL, as "OpenCL 3.0" and something of the vendor's.
func (d *Device) Version() string { return d.info.Version }

// DriverVersion is the version of the driver.
func (d *Device) DriverVersion() string { return d.info.DriverVersion }

// Type is the kind of processor.
func (d *Device) Type() DeviceType {
	switch t := d.info.Type; {
	case t&driver.GPU != 0:
		return GPU
	case t&driver.Accelerator != 0:
		return Accelerator
	case t&driver.CPU != 0:
		return CPU
	}
	return OtherDevice
}

// ComputeUnits is how many work-groups can run at once: the cores of a CPU, the multiprocessors of a GPU.
func (d *Device) ComputeUnits() int { return d.info.ComputeUnits }

// Clock is the highest clock rate in MHz; 0 where the driver does not know it.
func (d *Device) Clock() int { return d.info.Clock }

// GlobalMemory is the size of the memory in bytes.
func (d *Device) GlobalMemory() int64 { return d.info.GlobalMemory }

// MaxAllocation is the size of the largest buffer in bytes.
func (d *Device) MaxAllocation() int64 { return d.info.MaxAllocation }

// LocalMemory is how much memory a work-group can have to itself, in bytes.
func (d *Device) LocalMemory() int64 { return d.info.LocalMemory }

// CacheSize is the size of the cache of the global memory in bytes; 0 where there is none.
func (d *Device) CacheSize() int64 { return d.info.Cache }

// CacheLine is the size of a line of that cache in bytes.
func (d *Device) CacheLine() int { return d.info.CacheLine }

// MaxWorkGroup is how many work-items a work-group can have. A kernel may allow less: [Kernel.MaxWorkGroup].
func (d *Device) MaxWorkGroup() int { return d.info.MaxWorkGroup }

// MaxWorkItems is how long a work-group can be in each dimension.
func (d *Device) MaxWorkItems() []int { return append([]int(nil), d.info.MaxWorkItems...) }

// Extensions are the optional parts of OpenCL that the device has, such as "cl_khr_fp64".
func (d *Device) Extensions() []string { return strings.Fields(d.info.Extensions) }

// HasFloat64 tells whether kernels can use double.
func (d *Device) HasFloat64() bool { return d.info.Float64 }

// SharesMemory tells whether the device works in the computer's own memory.
func (d *Device) SharesMemory() bool { return d.info.Unified }

func (d *Device) String() string { return fmt.Sprintf("%s %s (%s)", d.id, d.Name(), d.Platform()) }

// machine keeps the devices once they were found.
var machine struct {
	sync.Mutex
	devices DeviceList
}

// Devices lists all devices of all platforms. It fails with ErrNoPlatform where OpenCL is not installed, and with
// ErrNoDevice where no platform has a device.
func Devices() (DeviceList, error) {
	machine.Lock()
	defer machine.Unlock()
	if machine.devices == nil {
		devices, err := listDevices(driver.Platforms)
		if err != nil {
			return nil, failed("Devices", err)
		}
		machine.devices = devices
	}
	return append(DeviceList(nil), machine.devices...), nil
}

// listDevices asks every platform for its devices. A platform that fails hides no other.
func listDevices(platforms func() ([]driver.Platform, error)) (DeviceList, error) {
	all, err := platforms()
	if err != nil {
		return nil, err
	}
	var list DeviceList
	var first error
	var names []string
	for i, p := range all {
		devices, info, err := devicesOf(i, p)
		if err != nil && first == nil {
			first = err
		}
		list = append(list, devices...)
		names = append(names, info.Name)
	}
	switch {
	case len(list) > 0:
		return list, nil
	case first != nil:
		return nil, first
	}
	return nil, fmt.Errorf("%w: none on any platform (%s)", ErrNoDevice, strings.Join(names, ", "))
}

// devicesOf lists the devices of the i-th platform.
func devicesOf(i int, p driver.Platform) ([]*Device, driver.PlatformInfo, error) {
	platform, err := p.Info()
	if err != nil {
		return nil, platform, err
	}
	found, err := p.Devices()
	var devices []*Device
	for j, d := range found {
		info, failure := d.Info()
		if failure != nil || !info.Available {
			err = failure
			continue
		}
		devices = append(devices, &Device{driver: d, info: info, platform: platform, id: fmt.Sprintf("%d:%d", i, j), ceilings: new(ceilings)})
	}
	return devices, platform, err
}
