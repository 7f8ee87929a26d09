package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/warren-go/warren/kernel/display"
	"github.com/warren-go/warren/kernel/px"
	"github.com/warren-go/warren/parlib/cluster"
)

var errNoCluster = errors.New("there is no cluster: %cluster start -n 4, or c, err := cluster.Start(4) in a cell, starts one")

// current is the cluster to use: the one that was made last.
func (s *server) current() (*cluster.Cluster, error) {
	c := cluster.Last()
	if c == nil {
		return nil, errNoCluster
	}
	return c, nil
}

func (s *server) start(_ context.Context, r px.Request, _ func(px.Output)) (px.Answer, error) {
	if err := alone(); err != nil {
		return px.Answer{}, err
	}
	start := cluster.Start
	if r.MPI {
		start = cluster.StartMPI
	}
	c, err := start(r.N)
	return s.made(c, err, "started")
}

func (s *server) connect(_ context.Context, r px.Request, _ func(px.Output)) (px.Answer, error) {
	if err := alone(); err != nil {
		return px.Answer{}, err
	}
	c, err := cluster.Connect(r.Place)
	return s.made(c, err, "connected to")
}

// alone is an error if there is a cluster, which a further one would leave to end by itself, with what it holds.
func alone() error {
	if old := cluster.Last(); old != nil {
		return fmt.Errorf("a cluster of %s is there already; %%cluster stop ends it", engines(len(old.IDs())))
	}
	return nil
}

// made keeps a new cluster for cells to come.
func (s *server) made(c *cluster.Cluster, err error, how string) (px.Answer, error) {
	if err != nil {
		return px.Answer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started, s.pending = c, nil
	return px.Answer{Text: fmt.Sprintf("%s %s\n", how, engines(len(c.IDs())))}, nil
}

func engines(n int) string {
	if n == 1 {
		return "1 engine"
	}
	return fmt.Sprintf("%d engines", n)
}

func (s *server) stop(context.Context, px.Request, func(px.Output)) (px.Answer, error) {
	c, err := s.current()
	if err != nil {
		return px.Answer{}, err
	}
	n := len(c.IDs())
	err = c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.started, s.pending = nil, nil
	return px.Answer{Text: fmt.Sprintf("stopped %s\n", engines(n))}, err
}

func (s *server) status(context.Context, px.Request, func(px.Output)) (px.Answer, error) {
	c, err := s.current()
	if err != nil {
		return px.Answer{}, err
	}
	table := display.Render(c.Engines())
	return px.Answer{Data: &table}, nil
}
