package magic

import (
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"

	compiler "github.com/warren-go/warren/kernel/cell"
	"github.com/warren-go/warren/kernel/engine"
	"github.com/warren-go/warren/kernel/shell"
	"github.com/warren-go/warren/opencl/bind"
)

// clKernel makes functions of the session of the OpenCL kernels in a cell. The front only reads their signatures; the text is
// compiled where kernels run, in the worker. If it does not compile, the session stays as it was.
func clKernel(c *call) error {
	options, err := clOptions(c.Args)
	if err != nil {
		return err
	}
	if strings.TrimSpace(c.Text) == "" {
		return errors.New("the cell is empty: write OpenCL C below the first line, as in kernel void scale(global float *x) { … }")
	}
	bindings, err := bind.New(c.Body(), options)
	var at *bind.Error
	if errors.As(err, &at) {
		return c.engine.SourceError(c.source, c.count, compiler.Errors{{Line: at.Line, Col: at.Column, Message: at.Message}})
	}
	if err != nil {
		return err
	}
	code := bindings.Declarations() + bindings.Build() + "\n"
	if err := c.goCode(engine.Request{Code: code, Tentative: true}); err != nil {
		return c.clError(err)
	}
	for _, f := range bindings.Functions {
		c.print("%s\n", f.Signature)
	}
	return nil
}

// clOptions reads the arguments of %%cl_kernel.
func clOptions(args string) (o bind.Options, err error) {
	words, err := shell.Split(args)
	if err != nil {
		return o, err
	}
	for len(words) > 0 {
		word := words[0]
		words = words[1:]
		switch word {
		case "-check", "--check":
			o.Check = true
		case "-o", "--options":
			if len(words) == 0 {
				return o, fmt.Errorf(`write the options behind %s, in quotes: %s "-D N=16"`, word, word)
			}
			o.Build = strings.TrimSpace(o.Build + " " + words[0])
			words = words[1:]
		default:
			return o, fmt.Errorf(`%s is not understood: %%%%cl_kernel takes -o "build options" and -check`, word)
		}
	}
	if o.Check {
		if _, err := exec.LookPath("oclgrind-kernel"); err != nil {
			return o, errors.New("-check needs Oclgrind, a simulator of OpenCL devices: apt-get install oclgrind (the cell works without -check)")
		}
	}
	return o, nil
}

// clComplaint is a line of package opencl's error about a source that does not compile.
var clComplaint = regexp.MustCompile(`(?m)^(\d+):(\d+): (?:fatal )?error: (.*)$`)

// clError shows what the compiler of OpenCL C complains about as errors of the cell, and other failures of package opencl without
// the stack of the code that was generated.
func (c *call) clError(err error) error {
	var failed *engine.CellError
	if !errors.As(err, &failed) || failed.Name != "panic" || !strings.HasPrefix(failed.Message, "opencl: ") {
		return err
	}
	var complaints compiler.Errors
	for _, m := range clComplaint.FindAllStringSubmatch(failed.Message, -1) {
		line, _ := strconv.Atoi(m[1]) // digits; a number too large names no line
		column, _ := strconv.Atoi(m[2])
		complaints = append(complaints, &compiler.Error{Line: line, Col: column, Message: m[3]})
	}
	if len(complaints) == 0 {
		return newError("OpenCL error", failed.Message)
	}
	return c.engine.SourceError(c.source, c.count, complaints)
}
