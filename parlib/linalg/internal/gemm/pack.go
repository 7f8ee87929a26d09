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

// packRows copies m × k elements of v into panels of width rows each, for each panel one column after the other. The last
// panel is filled up with zeros. Elements are multiplied by scale.
func packRows[T Float](dst []T, v View[T], m, k, width int, scale T) {
	for i := 0; i < m; i += width {
		panel := dst[i*k : (i+width)*k]
		rows := min(width, m-i)
		if v.ColStep == 1 {
			packAcross(panel, v.Data[i*v.RowStep:], v.RowStep, rows, k, width)
		} else {
			packAlong(panel, v.Data[i*v.RowStep:], v.ColStep, rows, k, width)
		}
	}
	if scale != 1 {
		for i, x := range dst[:(m+width-1)/width*width*k] {
			dst[i] = x * scale
		}
	}
}

// packAlong copies k lines of rows neighbouring elements, step apart.
func packAlong[T Float](panel, src []T, step, rows, k, width int) {
	if rows == width {
		for p := range k {
			copy(panel[p*width:(p+1)*width], src[p*step:])
		}
		return
	}
	for p := range k {
		line := panel[p*width : (p+1)*width]
		clear(line[copy(line, src[p*step:p*step+rows]):])
	}
}

// packAcross transposes: row r of src, k elements long, becomes element r of each line. Four rows at a time are read, so
// that each line of the panel is written to less often.
func packAcross[T Float](panel, src []T, step, rows, k, width int) {
	r := 0
	for ; r+4 <= rows; r += 4 {
		x0, x1, x2, x3 := src[r*step:][:k], src[(r+1)*step:][:k], src[(r+2)*step:][:k], src[(r+3)*step:][:k]
		at := r
		for p := range x0 {
			line := panel[at : at+4 : at+4]
			line[0], line[1], line[2], line[3] = x0[p], x1[p], x2[p], x3[p]
			at += width
		}
	}
	for ; r < rows; r++ {
		for p, x := range src[r*step:][:k] {
			panel[p*width+r] = x
		}
	}
	for ; r < width; r++ {
		for p := range k {
			panel[p*width+r] = 0
		}
	}
}
