package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/warren-go/warren/internal/ipp/engine"
	"github.com/warren-go/warren/internal/ipp/protocol"
)

// Init makes this process an engine if Start has started it as one, and then does not return. It belongs first in main, and in
// TestMain of tests, since engines of a program are the program itself, started once more with the same arguments: what comes
// before Init happens in each of them. In notebooks it does nothing.
func Init() {
	initialized.Store(true)
	id, ok := os.LookupEnv(envID)
	if !ok {
		return
	}
	connection := os.Getenv(protocol.EnvConnection)
	isEngine.Store(true)
	for _, name := range []string{envID, protocol.EnvConnection} { // programs that functions start are no engines, and get no key
		os.Unsetenv(name)
	}
	if err := serve(id, connection); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Main is Init, and then f.
func Main(f func()) {
	Init()
	f()
}

// serve is the life of an engine, by what the environment has said of it.
func serve(name, connection string) error {
	id, err := idOf(name)
	if err != nil {
		return fmt.Errorf("cluster: Init: $%s: %w", envID, err)
	}
	file, err := protocol.ParseEngineFile([]byte(connection))
	if err != nil {
		return fmt.Errorf("cluster: Init: $%s: %w", protocol.EnvConnection, err)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer cancel()
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	if name != idIsRank { // of ranks, only one has the standard input of mpiexec; the controller's end is theirs
		if err := endWithInput(cancel); err != nil {
			return fmt.Errorf("cluster: Init: %w", err)
		}
	}
	x, log, err := newExecutor()
	if err != nil {
		return fmt.Errorf("cluster: Init: %w", err)
	}
	err = engine.Run(ctx, engine.Config{
		File: file, Executor: x, ID: &id, Interrupts: interrupts,
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	x.close()
	if errors.Is(err, context.Canceled) || errors.Is(err, engine.ErrControllerGone) {
		return nil // as wanted, and as it may be: nobody is there to hear of it
	}
	return err
}

// endWithInput calls end at the end of standard input, which the process that has started this one holds: also when that is killed.
// Functions find an empty standard input.
func endWithInput(end func()) error {
	life, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return err
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer null.Close()
	if err := unix.Dup3(int(null.Fd()), 0, 0); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.NewFile(uintptr(life), "life"))
		end()
	}()
	return nil
}
