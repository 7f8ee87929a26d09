package kernel

import (
	"context"
	"errors"

	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/engine"
)

// discard is an Output that nobody looks at.
type discard struct{}

func (discard) Stream(name, text string)               {}
func (discard) Display(d display.Data)                 {}
func (discard) Update(d display.Data)                  {}
func (discard) Clear(wait bool)                        {}
func (discard) Result(d display.Data)                  {}
func (discard) Page(d display.Data)                    {}
func (discard) SetNextInput(text string, replace bool) {}
func (discard) Comm(m engine.CommMessage)              {}
func (discard) Input(context.Context, string, bool) (string, error) {
	return "", errors.New("there is nobody to ask for input here")
}

// capture is an Output that keeps the result.
type capture struct {
	discard
	result display.Data
}

func (c *capture) Result(d display.Data) { c.result = d }
