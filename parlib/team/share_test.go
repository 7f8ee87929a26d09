package team

import (
	"math"
	"slices"
	"testing"
)

func TestASharesPartsDoNotOverflow(t *testing.T) {
	for _, c := range []struct {
		share share
		want  []int
	}{
		{share{0, 1, 3}, []int{0, 1, 2}},
		{share{1, 2, 6}, []int{1, 3, 5}},
		{share{3, 4, 3}, nil},
		{share{math.MaxInt32 - 3, 2, math.MaxInt32}, []int{math.MaxInt32 - 3, math.MaxInt32 - 1}},
		{share{math.MaxInt32 - 1, math.MaxInt32, math.MaxInt32}, []int{math.MaxInt32 - 1}},
	} {
		var part int32
		var got []int
		err := c.share.do(Func(func(part int) {
			if got = append(got, part); len(got) > 10 {
				panic("too many parts")
			}
		}), &part)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%+v does %v, %v, want %v", c.share, got, err, c.want)
		}
	}
}
