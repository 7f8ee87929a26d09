package opencl_test

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/warren-go/warren/opencl"
	"github.com/warren-go/warren/opencl/internal/cltest"
)

// kernelCase is a kernel that is to compute the same on a device and on the CPU.
type kernelCase struct {
	kernel any
	r      opencl.Range
	args   []any // copied for each run
	ulps   float64
}

// check runs a kernel on the device, with all checks or without those that cannot fail, and on the CPU, and compares all that its
// slices hold.
func (c kernelCase) check(t *testing.T, allChecks bool) {
	t.Helper()
	k, err := opencl.Compile(c.kernel)
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	if allChecks {
		k.KeepAllChecks()
	}
	want, got := copies(c.args), copies(c.args)
	if err := opencl.Simulate(c.r, c.kernel, want...); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Launch(nil, c.r, got...); err != nil {
		t.Fatalf("%v\n%s", err, k.Source())
	}
	for i := range want {
		if d := difference(reflect.ValueOf(got[i]), reflect.ValueOf(want[i]), c.ulps); d != "" {
			t.Errorf("argument %d%s\n%s", i, d, k.Source())
			return
		}
	}
}

func copies(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = a
		if v := reflect.ValueOf(a); v.Kind() == reflect.Slice {
			c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
			reflect.Copy(c, v)
			out[i] = c.Interface()
		}
	}
	return out
}

// difference says where two values differ; floats may by some units in the last place. NaN is NaN.
func difference(got, want reflect.Value, ulps float64) string {
	switch want.Kind() {
	case reflect.Slice, reflect.Array:
		for i := range want.Len() {
			if d := difference(got.Index(i), want.Index(i), ulps); d != "" {
				return fmt.Sprintf("[%d]%s", i, d)
			}
		}
		return ""
	case reflect.Struct:
		for i := range want.NumField() {
			if d := difference(got.Field(i), want.Field(i), ulps); d != "" {
				return "." + want.Type().Field(i).Name + d
			}
		}
		return ""
	case reflect.Float32, reflect.Float64:
		if sameFloat(got.Float(), want.Float(), want.Kind() == reflect.Float32, ulps) {
			return ""
		}
	default:
		if got.Equal(want) {
			return ""
		}
	}
	return fmt.Sprintf(" is %v, on the CPU %v", got, want)
}

func sameFloat(got, want float64, single bool, ulps float64) bool {
	if math.IsNaN(want) || math.IsNaN(got) {
		return math.IsNaN(want) == math.IsNaN(got)
	}
	if ulps == 0 || math.IsInf(want, 0) || math.IsInf(got, 0) {
		return math.Float64bits(got) == math.Float64bits(want)
	}
	unit := math.Nextafter(math.Abs(want), math.Inf(1)) - math.Abs(want)
	if single {
		unit = float64(math.Nextafter32(float32(math.Abs(want)), float32(math.Inf(1)))) - math.Abs(want)
	}
	return math.Abs(got-want) <= ulps*unit
}

func TestKernelsInGoComputeOnTheDeviceWhatTheyDoInGo(t *testing.T) {
	cltest.NeedDevice(t)
	for i, name := range slices.Sorted(maps.Keys(kernelCases)) {
		t.Run(name, func(t *testing.T) {
			kernelCases[name].check(t, false)
			if i%6 == 0 { // not all, as each is compiled: faults have tests of their own
				kernelCases[name].check(t, true)
			}
		})
	}
}
