package pickle_test

import (
	"fmt"

	"github.com/warren-go/warren/internal/pickle"
)

// A pickle that would have Python run a command is only looked at.
func ExampleLoad() {
	v, err := pickle.Load([]byte("cos\nsystem\nX\x02\x00\x00\x00ls\x85R."))
	if err != nil {
		panic(err)
	}
	o := v.(*pickle.Object)
	fmt.Println(o.Class, o.Args)
	// Output: os.system [ls]
}

func ExampleWriter() {
	var w pickle.Writer
	w.BeginDict()
	w.Text("x")
	w.Float(1.5)
	w.EndDict()
	v, err := pickle.Load(w.Data())
	if err != nil {
		panic(err)
	}
	x, _ := v.(*pickle.Dict).Get("x")
	fmt.Println(x)
	// Output: 1.5
}
