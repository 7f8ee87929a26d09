//go:build cgo && linux

package openblas

import (
	"os"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas"
)

func TestCallsWaitForAPlace(t *testing.T) {
	for _, path := range Candidates(os.Getenv) {
		l, err := Open(path)
		if err != nil {
			continue
		}
		p := l.newPlaces()
		l.Float64.places = p
		for range cap(p) {
			p.enter()
		}
		ended := make(chan bool)
		c := []float64{0}
		go func() {
			l.Float64.Gemm(blas.NoTrans, blas.NoTrans, 1, 1, 1, 2, []float64{3}, 1, []float64{4}, 1, 0, c, 1)
			ended <- true
		}()
		select {
		case <-ended:
			t.Error("a call did not wait")
		case <-time.After(20 * time.Millisecond):
			p.leave()
			<-ended
		}
		if c[0] != 24 {
			t.Errorf("2·3·4 is %v", c[0])
		}
		return
	}
	t.Skip("no OpenBLAS here")
}
