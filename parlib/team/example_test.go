package team_test

import (
	"fmt"
	"log"

	"github.com/warren-go/warren/parlib/team"
)

func ExampleTeam_Run() {
	t, err := team.New(2)
	if err != nil {
		log.Fatal(err)
	}
	defer t.Close()
	x := []int{1, 2, 3, 4, 5, 6}
	sums := make([]int, 3)
	err = t.Run(3, team.Func(func(part int) {
		for _, v := range x[2*part : 2*part+2] {
			sums[part] += v
		}
	}))
	fmt.Println(sums, err)
	// Output: [3 7 11] <nil>
}
