package function_test

import (
	"context"
	"fmt"
	"log"

	"github.com/warren-go/warren/internal/function"
)

func cube(x int) int { return x * x * x }

func Example() {
	request, err := function.Encode(&function.Map[int, int]{F: cube, Items: []int{1, 2, 3}})
	if err != nil {
		log.Fatal(err)
	}
	answer, err := function.Run(context.Background(), request) // in another process of the same program
	if err != nil {
		log.Fatal(err)
	}
	chunk, err := function.Decode[function.Chunk[int]](answer)
	fmt.Println(chunk.Results, err)
	// Output: [1 8 27] <nil>
}

func ExampleNewCall() {
	secret := 42
	call, err := function.NewCall(func(x int) int { return x + secret }, 1)
	if err != nil {
		log.Fatal(err)
	}
	_, err = function.Encode(call)
	fmt.Println(err)
	// Output:
	// function: Encode: object: FuncOf: github.com/warren-go/warren/internal/function_test.ExampleNewCall.func1 uses variables of the function around it, or its type parameters, which stay in this process: pass what it uses as an argument, or make it a top-level function
}
