package generate

// Scan is three kernels that run over what an expression gives for each index, and tell an output statement what came out so
// far. The first leaves what each work-group's part comes to, the second, whose name ends in __carry, what comes before each
// part, and the third, whose name ends in __output, does the rest.
type Scan struct {
	Kernel
	Type    string // of the values
	Neutral string
	Input   string // an expression of i
	Scan    string // an expression of a and b, the values before and at an index
	Segment string // an expression of i that tells whether a new segment begins there; may be empty
	Output  string // a statement of i, item, prev_item, last_item
	Local   int    // the size of a work-group
	Run     int    // how many indices a work-item takes at a time where there are several
}

// Source writes the kernels. The first and the third have, behind those of the arguments, the parameters n, run__, the number of
// indices that each work-group takes, and the memory of the carries, and of the segments' flags. The second has the memory of
// both, the number of work-groups, and leaves the total behind the carries.
func (s Scan) Source() (string, error) {
	for _, text := range []string{s.Neutral, s.Scan} {
		if err := Balanced(text); err != nil {
			return "", err
		}
	}
	if err := s.texts(&s.Input, &s.Segment, &s.Output); err != nil {
		return "", err
	}
	s.Input, s.Segment, s.Scan, s.Neutral = OneLine(s.Input), OneLine(s.Segment), OneLine(s.Scan), OneLine(s.Neutral)
	return write("scan.cl", s)
}

// UsesTotal tells whether the output statement wants to know the value at the last index.
func (s Scan) UsesTotal() bool { return Uses(s.Output, "last_item") }
