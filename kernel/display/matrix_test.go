package display

import (
	"fmt"
	"strings"
	"testing"
)

type wide struct{}

func (wide) Dims() (int, int)    { return 1, 1 << 40 }
func (wide) At(_, j int) float64 { return float64(j) }

func TestMatrixIsCutToItsUpperLeftPart(t *testing.T) {
	got := fmt.Sprint(Render(wide{}).Data[MIMETypeHTML])
	if !strings.HasPrefix(got, "<table><tr><td>0</td><td>1</td>") || !strings.Contains(got, "20 of 1099511627776 columns") {
		t.Error(got)
	}
}
