package driver

import (
	"errors"
	"strings"
	"testing"
)

func TestEveryStatusHasANameOfItsOwn(t *testing.T) {
	seen := map[string]Status{}
	for s, text := range statuses {
		if other, ok := seen[text.name]; ok {
			t.Errorf("%d and %d are both %s", s, other, text.name)
		}
		seen[text.name] = s
	}
	for s := Status(-1); s >= -19; s-- {
		if !strings.HasPrefix(s.Name(), "CL_") {
			t.Errorf("%d has the name %q", s, s.Name())
		}
	}
	for s := Status(-30); s >= -72; s-- {
		if !strings.HasPrefix(s.Name(), "CL_") || s.Hint() == "" {
			t.Errorf("%d has the name %q and the hint %q", s, s.Name(), s.Hint())
		}
	}
}

func TestStatusText(t *testing.T) {
	for s, want := range map[Status]string{
		BuildFailed: "CL_BUILD_PROGRAM_FAILURE (-11): the source does not compile; the log says where",
		-9:          "CL_IMAGE_FORMAT_MISMATCH (-9)",
		-12345:      "unknown OpenCL error (-12345)",
	} {
		if s.Error() != want {
			t.Error(s)
		}
	}
}

func TestPlatformsOrTheReason(t *testing.T) {
	platforms, err := Platforms()
	if err == nil && len(platforms) == 0 {
		t.Error("neither platforms nor an error")
	}
	var s Status
	if err != nil && !errors.Is(err, ErrAbsent) && !errors.As(err, &s) {
		t.Error(err)
	}
}
