package main

import (
	"encoding/json"
	"fmt"
	"reflect"

	first "warren.cell/first"
)

type Ꟶbox struct {
	first.Ꟶpoint
	Ꟶinner *first.Ꟶpoint
	Open   bool
}

type Ꟶother struct{}

func (Ꟶother) Ꟶnorm() int { return 100 }

type Ꟶnormer interface{ Ꟶnorm() int }

func Run() {
	p := &first.Ꟶorigin
	p.Ꟶx++
	b := &Ꟶbox{*p, p, true}
	fmt.Printf("%+v %T %T\n", *p, p, b)
	fmt.Printf("%#v\n", *p)
	fmt.Println(first.Ꟶtotal(p, b, Ꟶother{}))
	show := func(v any) {
		t := reflect.TypeOf(v)
		e := t
		for e.Kind() == reflect.Pointer {
			e = e.Elem()
		}
		fmt.Println(t, e.Name(), e.PkgPath(), "methods", t.NumMethod(), e.NumMethod())
		for i := range t.NumMethod() {
			fmt.Println(" method", t.Method(i).Name)
		}
		for i := range e.NumField() {
			f := e.Field(i)
			fmt.Println(" field", f.Name, f.IsExported(), f.PkgPath, f.Type, f.Anonymous)
		}
		text, err := json.Marshal(v)
		fmt.Println(" json", string(text), err)
	}
	show(p)
	show(b)
	show(struct {
		Ꟶa int
		B  int
	}{1, 2})
	var any any = p
	_, ok1 := any.(Ꟶnormer)
	_, ok2 := any.(interface{ Ꟶnorm() int })
	_, ok3 := any.(interface{ Ꟶmissing() })
	_, ok4 := any.(interface {
		Apple() string
		Ꟶbare() string
	})
	fmt.Println(ok1, ok2, ok3, ok4, reflect.TypeOf(p).Implements(reflect.TypeFor[first.Ꟶnormed]()), reflect.TypeOf(p).Implements(reflect.TypeFor[Ꟶnormer]()))
	l := &first.Ꟶlist[Ꟶother]{}
	l.Ꟶadd(Ꟶother{})
	fmt.Printf("%T %+v %T\n", l, l, map[string]first.Ꟶlist[*first.Ꟶpoint]{})
	func() {
		defer func() { fmt.Println(recover()) }()
		_ = any.(interface{ Ꟶmissing() })
	}()
	func() {
		defer func() { fmt.Println(recover()) }()
		_ = any.(Ꟶbox)
	}()
	fmt.Println(first.Ꟶwhere())
	fmt.Println(first.Ꟶtrace())
}
