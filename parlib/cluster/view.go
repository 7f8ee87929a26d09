package cluster

import (
	"errors"
	"fmt"
	"slices"

	"github.com/warren-go/warren/internal/ipp/client"
)

// View is a choice of engines: a *DirectView or a *BalancedView.
type View interface {
	// IDs are the ids of the view's engines that are registered now, in order.
	IDs() []int

	base() *view
}

// view is what both kinds have.
type view struct {
	cluster *Cluster
	ids     []int // nil for all engines, also those to come
	kind    string
	options []CallOption
}

func (v *DirectView) base() *view {
	if v == nil {
		return nil
	}
	return &v.view
}

func (v *BalancedView) base() *view {
	if v == nil {
		return nil
	}
	return &v.view
}

// IDs are the ids of the view's engines that are registered now, in order.
func (v *view) IDs() []int {
	if v == nil {
		return nil
	}
	return slices.DeleteFunc(v.cluster.IDs(), func(id int) bool { return v.ids != nil && !slices.Contains(v.ids, id) })
}

func (v *view) String() string {
	if v == nil {
		return "cluster.View(nil)"
	}
	if v.ids == nil {
		return fmt.Sprintf("cluster.%s(all engines)", v.kind)
	}
	return fmt.Sprintf("cluster.%s(engines %v)", v.kind, v.ids)
}

// DirectView has each of its engines do what is asked for: the same call or code on all of them, or for Map an equal share of
// the items.
type DirectView struct {
	view
	broadcast bool
}

// BalancedView has those of its engines do what is asked for that have time.
type BalancedView struct{ view }

// Direct is a view of the engines with these ids, or of all engines without any.
func (c *Cluster) Direct(ids ...int) *DirectView {
	return &DirectView{view: view{cluster: c, ids: noneIsAll(ids), kind: "DirectView"}}
}

// Broadcast is Direct for large values and many engines: what all engines get alike is sent once, and multiplied by the
// controller.
func (c *Cluster) Broadcast(ids ...int) *DirectView {
	return &DirectView{view: view{cluster: c, ids: noneIsAll(ids), kind: "BroadcastView"}, broadcast: true}
}

// Balanced is a view that shares work among the engines with these ids, or among all engines without any, as they have time.
func (c *Cluster) Balanced(ids ...int) *BalancedView {
	return &BalancedView{view{cluster: c, ids: noneIsAll(ids), kind: "BalancedView"}}
}

// With returns the same view with options for all its calls, which come before those of a call itself.
func (v *DirectView) With(options ...CallOption) *DirectView {
	w := *v
	w.options = append(slices.Clip(w.options), options...)
	return &w
}

// With returns the same view with options for all its calls, which come before those of a call itself.
func (v *BalancedView) With(options ...CallOption) *BalancedView {
	w := *v
	w.options = append(slices.Clip(w.options), options...)
	return &w
}

func noneIsAll(ids []int) []int {
	if len(ids) == 0 {
		return nil
	}
	return slices.Clone(ids)
}

var errNilView = errors.New("the view is nil; a cluster's Direct, Balanced or Broadcast gives one")

// usable returns the view's half that does the work.
func usable(v View) (*view, error) {
	if v == nil {
		return nil, errNilView
	}
	b := v.base()
	if b == nil {
		return nil, errNilView
	}
	if b.cluster == nil || b.cluster.core == nil {
		return nil, errNoCluster
	}
	return b, b.cluster.client.Err()
}

// engines are the view's engines, of which all that are named have to be there, further limited by targets.
func (v *view) engines(targets []int) ([]client.Engine, error) {
	all := v.cluster.client.Engines()
	has := func(id int) bool { return slices.ContainsFunc(all, func(e client.Engine) bool { return e.ID == id }) }
	for _, id := range targets {
		if v.ids != nil && !slices.Contains(v.ids, id) {
			return nil, fmt.Errorf("engine %d is none of the view's, %v", id, v.ids)
		}
	}
	wanted := v.ids
	if targets != nil {
		wanted = targets
	}
	for _, id := range wanted {
		if !has(id) {
			return nil, fmt.Errorf("engine %d: %w; there are %v", id, client.ErrNoEngine, v.cluster.IDs())
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: none has registered; Wait waits for them", ErrNoEngines)
	}
	if wanted == nil {
		return all, nil
	}
	return slices.DeleteFunc(all, func(e client.Engine) bool { return !slices.Contains(wanted, e.ID) }), nil
}

// newJob prepares a call on the view with n items.
func newJob(op string, v View, n int, w work, options []CallOption) (*job, []client.Engine, error) {
	b, err := usable(v)
	if err != nil {
		return nil, nil, err
	}
	j := &job{op: op, work: w, d: b.cluster.d, n: n, keep: b.cluster}
	j.output = b.cluster.output
	if err := each(append(slices.Clip(b.options), options...), &j.call); err != nil {
		return nil, nil, err
	}
	engines, err := b.engines(j.targets)
	if err != nil {
		return nil, nil, err
	}
	if b.ids != nil || j.targets != nil {
		j.allowed = map[int]bool{}
		for _, e := range engines {
			j.allowed[e.ID] = true
		}
	}
	return j, engines, nil
}

// share gives each engine an equal part of the items.
func (j *job) share(engines []client.Engine) {
	j.own = map[int]span{}
	for i, e := range engines {
		if s := (span{lo: i * j.n / len(engines), hi: (i + 1) * j.n / len(engines)}); s.size() > 0 {
			j.own[e.ID] = s
		}
	}
	j.next = j.n
}
