package parlib_test

import (
	"fmt"

	"github.com/warren-go/warren/parlib"
)

func ExampleTasks() {
	var a, b, sum int
	err := parlib.Tasks(func(t *parlib.Task) {
		t.Spawn(func(*parlib.Task) { a = 20 }, parlib.Out(&a))
		t.Spawn(func(*parlib.Task) { b = 22 }, parlib.Out(&b))
		t.Spawn(func(*parlib.Task) { sum = a + b }, parlib.In(&a, &b), parlib.Out(&sum))
	})
	fmt.Println(sum, err)
	// Output: 42 <nil>
}

// A tree is summed by a task for each branch.
func ExampleTask_Sync() {
	type tree struct {
		value       int
		left, right *tree
	}
	var sum func(t *parlib.Task, branch *tree) int
	sum = func(t *parlib.Task, branch *tree) int {
		if branch == nil {
			return 0
		}
		var left, right int
		t.Spawn(func(t *parlib.Task) { left = sum(t, branch.left) })
		t.Spawn(func(t *parlib.Task) { right = sum(t, branch.right) })
		t.Sync() // until both are there
		return left + right + branch.value
	}
	total := 0
	err := parlib.Tasks(func(t *parlib.Task) {
		total = sum(t, &tree{1, &tree{2, nil, nil}, &tree{3, &tree{4, nil, nil}, nil}})
	})
	fmt.Println(total, err)
	// Output: 10 <nil>
}

// After makes a task wait for others.
func ExampleAfter() {
	err := parlib.Tasks(func(t *parlib.Task) {
		socks := t.Spawn(func(*parlib.Task) { fmt.Println("socks") })
		t.Spawn(func(*parlib.Task) { fmt.Println("shoes") }, parlib.After(socks))
	})
	fmt.Println(err)
	// Output:
	// socks
	// shoes
	// <nil>
}
