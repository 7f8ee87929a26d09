package gemm

// View is a matrix in someone's memory, read as it is or transposed: element (i, j) is Data[i*RowStep+j*ColStep].
type View[T Float] struct {
	Data             []T
	RowStep, ColStep int
}

// RowMajor is a matrix whose rows are ld elements apart, or, if transposed, the transposed of one.
func RowMajor[T Float](data []T, ld int, transposed bool) View[T] {
	if transposed {
		return View[T]{data, 1, ld}
	}
	return View[T]{data, ld, 1}
}

// T is the transposed matrix, in the same memory.
func (v View[T]) T() View[T] { return View[T]{v.Data, v.ColStep, v.RowStep} }

// From is the part that begins at element (i, j).
func (v View[T]) From(i, j int) View[T] {
	return View[T]{v.Data[i*v.RowStep+j*v.ColStep:], v.RowStep, v.ColStep}
}

// packer copies operands into panels. A panel holds k lines of width elements without gaps; rows says how many elements of a line
// count, at most width. All is multiplied by scale.
type packer[T Float] struct {
	along  func(panel, src []T, step, rows, k, width int, scale T) // src has lines of neighbouring elements, step apart
	across func(panel, src []T, step, rows, k, width int, scale T) // src has rows, step apart, whose neighbours go to different lines
}

// packLines is how many lines of a panel are written before those of the next panel: few, so that the pages of memory from
// which neighbouring panels take their lines are still known to the processor.
const packLines = 32

// pack copies m × k elements of v into panels of width rows each, for each panel one column after the other.
func (p packer[T]) pack(dst []T, v View[T], m, k, width int, scale T) {
	if v.ColStep == 1 {
		for i := 0; i < m; i += width {
			p.across(dst[i*k:][:k*width], v.Data[i*v.RowStep:], v.RowStep, min(width, m-i), k, width, scale)
		}
		return
	}
	for q := 0; q < k; q += packLines {
		lines := min(packLines, k-q)
		for i := 0; i < m; i += width {
			p.along(dst[i*k+q*width:][:lines*width], v.Data[i+q*v.ColStep:], v.ColStep, min(width, m-i), lines, width, scale)
		}
	}
}

func portablePacker[T Float]() packer[T] { return packer[T]{copyAlong[T], copyAcross[T]} }

func copyAlong[T Float](panel, src []T, step, rows, k, width int, scale T) {
	for p := range k {
		line := panel[p*width:][:width]
		for i, x := range src[p*step:][:rows] {
			line[i] = x * scale
		}
		clear(line[rows:])
	}
}

// copyAcross transposes: row r of src, k elements long, becomes element r of each line. Four rows at a time are read, so
// that each line of the panel is written to less often.
func copyAcross[T Float](panel, src []T, step, rows, k, width int, scale T) {
	r := 0
	for ; r+4 <= rows; r += 4 {
		x0, x1, x2, x3 := src[r*step:][:k], src[(r+1)*step:][:k], src[(r+2)*step:][:k], src[(r+3)*step:][:k]
		at := r
		for p := range x0 {
			line := panel[at : at+4 : at+4]
			line[0], line[1], line[2], line[3] = x0[p]*scale, x1[p]*scale, x2[p]*scale, x3[p]*scale
			at += width
		}
	}
	for ; r < rows; r++ {
		for p, x := range src[r*step:][:k] {
			panel[p*width+r] = x * scale
		}
	}
	for ; r < width; r++ {
		for p := range k {
			panel[p*width+r] = 0
		}
	}
}
