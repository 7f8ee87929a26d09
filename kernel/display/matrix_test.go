package display

import (
	"fmt"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

type wide struct{}

func (wide) Dims() (int, int)    { return 1, 1 << 40 }
func (wide) At(_, j int) float64 { return float64(j) }

func TestMatrixText(t *testing.T) {
	dense := mat.NewDense(2, 3, []float64{1, 2.5, -3, 10, 0, 1e9})
	for name, c := range map[string]struct {
		m    any
		want string
	}{
		"dense":      {dense, "⎡ 1  2.5     -3⎤\n⎣10    0  1e+09⎦"},
		"transposed": {dense.T(), "⎡  1     10⎤\n⎢2.5      0⎥\n⎣ -3  1e+09⎦"},
		"vector":     {mat.NewVecDense(3, []float64{1, 2, 3}), "⎡1⎤\n⎢2⎥\n⎣3⎦"},
		"row":        {mat.NewVecDense(2, []float64{1, 2}).T(), "[1  2]"},
		"symmetric":  {mat.NewSymDense(2, []float64{1, 2, 2, 1}), "⎡1  2⎤\n⎣2  1⎦"},
		"diagonal":   {mat.NewDiagDense(2, []float64{1, 2}), "⎡1  0⎤\n⎣0  2⎦"},
		"complex":    {mat.NewCDense(1, 1, []complex128{1i}), "[(0+1i)]"},
		"empty":      {&mat.Dense{}, "matrix 0×0"},
		"wide":       {wide{}, "[0  1  2  3  4  …  1.0995116e+12  1.0995116e+12  1.0995116e+12  1.0995116e+12  1.0995116e+12]\nmatrix 1×1099511627776"},
	} {
		if got := Render(c.m).Data[MIMETypeText]; got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

func TestLargeMatrixIsCutInTheMiddle(t *testing.T) {
	d := Render(mat.NewDense(12, 12, nil))
	lines := strings.Split(fmt.Sprint(d.Data[MIMETypeText]), "\n")
	if len(lines) != 12 || !strings.HasPrefix(lines[5], "⎢…  …") || lines[11] != "matrix 12×12" {
		t.Errorf("%q", lines)
	}
	if html := fmt.Sprint(d.Data[MIMETypeHTML]); strings.Count(html, "<tr>") != 11 || !strings.Contains(html, "<p>matrix 12×12</p>") {
		t.Error(html)
	}
}

func TestNilMatrixIsText(t *testing.T) {
	if got := Render((*mat.Dense)(nil)).Data[MIMETypeText]; got != "<nil>" {
		t.Error(got)
	}
}
