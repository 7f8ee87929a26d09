package remote

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/rpc"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	greetTime = 10 * time.Second // for a client to show its token
	greetSize = 1 << 10          // bytes that the token may have
	closeTime = 5 * time.Second  // for methods to heed the end of their context
	welcome   = "remote 1\n"     // what the server answers to the token
)

// Options say where a server listens, and to whom.
type Options struct {
	Addr  string // host:port; the default is a free port of 127.0.0.1
	Token string // what clients must show, one line; "" makes one. Required where Addr is not a loopback address.
}

// Server makes objects of this process callable from others. Its methods may be called by several goroutines.
type Server struct {
	listener net.Listener
	token    string
	ctx      context.Context // of the methods that run
	cancel   context.CancelFunc
	loops    sync.WaitGroup

	mu      sync.Mutex
	methods map[string]method // by object.Method
	conns   map[net.Conn]struct{}
	running map[string]int // methods that run
	once    sync.Once
	err     error
}

// Listen starts a server without objects.
func Listen(opts Options) (*Server, error) {
	if opts.Addr == "" {
		opts.Addr = "127.0.0.1:0"
	}
	if err := checkOptions(opts); err != nil {
		return nil, fmt.Errorf("remote: Listen: %w", err)
	}
	listener, err := net.Listen("tcp", opts.Addr)
	if err != nil {
		return nil, fmt.Errorf("remote: Listen: %w", err)
	}
	s := &Server{listener: listener, token: opts.Token, methods: map[string]method{}, conns: map[net.Conn]struct{}{}, running: map[string]int{}}
	if s.token == "" {
		s.token = rand.Text()
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.loops.Go(s.accept)
	return s, nil
}

func checkOptions(opts Options) error {
	host, _, err := net.SplitHostPort(opts.Addr)
	if err != nil {
		return fmt.Errorf("Options.Addr is %q; it is host:port, as 127.0.0.1:0: %w", opts.Addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) && opts.Token == "" {
		return fmt.Errorf("Options.Addr is %q, which other machines can reach; set Options.Token, or listen on 127.0.0.1", opts.Addr)
	}
	if len(opts.Token) >= greetSize || strings.ContainsAny(opts.Token, "\r\n@/") {
		return errors.New("Options.Token is too long, or has a line break, @ or / in it")
	}
	return nil
}

var validName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// Register makes the methods of an object callable as name.Method. Those of another form than the package's text says are left out. A
// name that is registered again stands for the new object from the next call on. It is an error if no method is left.
func (s *Server) Register(name string, object any) error {
	if !validName.MatchString(name) {
		return fmt.Errorf("remote: Register: the object's name is %q; it has up to 64 letters, digits, - and _", name)
	}
	if object == nil {
		return fmt.Errorf("remote: Register: object %s is nil", name)
	}
	v := reflect.ValueOf(object)
	found := map[string]method{}
	for i := range v.NumMethod() {
		if m, ok := methodOf(v.Method(i)); ok {
			found[name+"."+v.Type().Method(i).Name] = m
		}
	}
	if len(found) == 0 {
		return fmt.Errorf("remote: Register: a %T has no method that can be called; they are exported, and methods of a pointer need that: register &object", object)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.methods, func(key string, _ method) bool { return strings.HasPrefix(key, name+".") })
	maps.Copy(s.methods, found)
	return nil
}

// Methods lists what can be called, with what goes in and comes out, as "counter.Add(int) (int, error)".
func (s *Server) Methods() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for name, m := range s.methods {
		list = append(list, name+m.String())
	}
	slices.Sort(list)
	return list
}

// URL is what Dial needs. It holds the token: who knows it can call everything.
func (s *Server) URL() string { return "tcp://" + s.token + "@" + s.listener.Addr().String() }

// Close ends the server: clients lose their connections, contexts of methods that run end, and Close waits for those. Methods that
// pay no heed to their context for five seconds are named by the error. Closing again does nothing.
func (s *Server) Close() error {
	s.once.Do(func() {
		s.err = s.listener.Close()
		s.mu.Lock()
		for conn := range s.conns {
			conn.Close()
		}
		s.cancel() // after the connections, so that clients see a lost connection, and not what methods make of their context
		s.mu.Unlock()
		ended := make(chan struct{})
		go func() { s.loops.Wait(); close(ended) }()
		select {
		case <-ended:
		case <-time.After(closeTime):
			s.mu.Lock()
			defer s.mu.Unlock()
			s.err = errors.Join(s.err, fmt.Errorf("remote: Close: these methods pay no heed to their context and run on: %s", strings.Join(slices.Sorted(maps.Keys(s.running)), ", ")))
		}
	})
	return s.err
}

// accept serves clients until the listener is closed.
func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // too many open files, for one
			time.Sleep(10 * time.Millisecond)
			continue
		}
		if s.keep(conn) {
			s.loops.Go(func() {
				defer s.drop(conn)
				s.serve(conn)
			})
		}
	}
}

func (s *Server) keep(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ctx.Err() != nil {
		conn.Close()
		return false
	}
	s.conns[conn] = struct{}{}
	return true
}

func (s *Server) drop(conn net.Conn) {
	conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, conn)
}

// serve answers one client until it goes.
func (s *Server) serve(conn net.Conn) {
	in := bufio.NewReaderSize(conn, greetSize)
	conn.SetDeadline(time.Now().Add(greetTime))
	line, err := in.ReadSlice('\n') // an error if it is longer than the buffer
	if err != nil || subtle.ConstantTimeCompare(line, []byte(s.token+"\n")) != 1 {
		return
	}
	if _, err := conn.Write([]byte(welcome)); err != nil {
		return
	}
	conn.SetDeadline(time.Time{})
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	server := rpc.NewServer()
	if err := server.RegisterName(service, &Session{s: s, ctx: ctx, calls: map[uint64]context.CancelFunc{}}); err != nil {
		return
	}
	server.ServeConn(&watched{Conn: conn, in: in, lost: cancel})
}

// watched is a connection that tells when the other side has gone: net/rpc waits for methods that run before it returns.
type watched struct {
	net.Conn
	in   *bufio.Reader
	lost func()
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.in.Read(p)
	if err != nil {
		w.lost()
	}
	return n, err
}
