package background

import (
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestTickersTickUntilTheyStop(t *testing.T) {
	defer goleak.VerifyNone(t)
	ticker, err := NewTicker(time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		<-ticker.C
	}
	ticker.Stop()
	if _, err := NewTicker(0); err == nil {
		t.Error("a period of 0 is no error")
	}
}
