//go:build opencl

package driver

import (
	"errors"
	"testing"

	"github.com/jgillich/go-opencl/cl"
)

func TestTheBindingsErrorsHaveCodes(t *testing.T) {
	other := errors.New("something else")
	for _, test := range []struct{ err, want error }{
		{nil, nil},
		{cl.ErrDeviceNotFound, DeviceNotFound},
		{cl.ErrMemObjectAllocationFailure, AllocationFailed},
		{cl.ErrOutOfResources, OutOfResources},
		{cl.ErrExecStatusErrorForEventsInWaitList, Status(-14)},
		{cl.ErrInvalidBufferSize, InvalidBufferSize},
		{cl.ErrInvalidKernelArgs, Status(-52)},
		{cl.ErrInvalidDevicePartitionCount, Status(-68)},
		{cl.ErrOther(-1001), PlatformNotFound},
		{other, other},
	} {
		if got := statusOf(test.err); got != test.want {
			t.Errorf("%v has the code %v, not %v", test.err, got, test.want)
		}
	}
}

func TestHandlesAreWhereTheyAreLookedFor(t *testing.T) {
	if err := handlesFit(); err != nil {
		t.Error(err)
	}
}
