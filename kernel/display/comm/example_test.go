package comm_test

import (
	"fmt"

	"github.com/warren-go/warren/kernel/display/comm"
)

func ExampleRegister() {
	comm.Register("temperature", func(c *comm.Comm, open comm.Message) {
		c.OnMessage(func(m comm.Message) {
			celsius, ok := m.Data["celsius"].(float64)
			if !ok {
				c.Send(map[string]any{"error": "a number is missing"})
				return
			}
			c.Send(map[string]any{"fahrenheit": celsius*9/5 + 32})
		})
	})
}

// Without a kernel there is no front end: what is sent goes nowhere.
func ExampleOpen() {
	c, err := comm.Open("plot", map[string]any{"title": "speed-up"}, []byte{1, 2, 3})
	fmt.Println(c.Target(), err)
	c.OnMessage(func(m comm.Message) { fmt.Println("clicked at", m.Data["x"]) })
	fmt.Println(c.Close(), c.Send(nil))
	// Output:
	// plot <nil>
	// <nil> comm: it is closed
}
