//line cell[0123456789]:1
package main

import (
	"fmt"
	"runtime"
)

type Ꟶpoint struct {
	Ꟶx, Ꟶy int
	Label  string `json:"label"`
}

func (p *Ꟶpoint) Ꟶnorm() int   { return p.Ꟶx*p.Ꟶx + p.Ꟶy*p.Ꟶy }
func (p *Ꟶpoint) Name() string { return p.Label }
func (p Ꟶpoint) Apple() string { return "apple" }
func (p Ꟶpoint) Ꟶbare() string { return "bare" }

type Ꟶnormed interface{ Ꟶnorm() int }

type Ꟶlist[T any] struct{ Ꟶitems []T }

func (l *Ꟶlist[T]) Ꟶadd(v T) { l.Ꟶitems = append(l.Ꟶitems, v) }

var Ꟶorigin = Ꟶpoint{3, 4, "o"}

func Ꟶtotal(all ...Ꟶnormed) (n int) {
	for _, v := range all {
		n += v.Ꟶnorm()
	}
	return n
}

//go:noinline
func Ꟶtrace() string {
	b := make([]byte, 4096)
	return string(b[:runtime.Stack(b, false)])
}

func Ꟶwhere() string {
	_, file, line, _ := runtime.Caller(0)
	return fmt.Sprint(file, ":", line)
}

func Run() { fmt.Printf("%+v\n", Ꟶorigin) }
