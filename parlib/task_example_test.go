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
