package display

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestChartLeavesGapsForNaN(t *testing.T) {
	d := Render(Line([]float64{1, 2}, []float64{3, math.NaN()}))
	if got := fmt.Sprintf("%s", d.Data[MIMETypeVegaLite]); !strings.Contains(got, `"y":null`) {
		t.Error(got)
	}
}

func TestChartNamesUnequalLengths(t *testing.T) {
	if got := fmt.Sprint(Render(Line([]float64{1}, []float64{})).Data[MIMETypeText]); !strings.Contains(got, "1 x values and 0 y values") {
		t.Error(got)
	}
}
