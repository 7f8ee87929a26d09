package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/warren-go/warren/internal/ipp/protocol"
	"github.com/warren-go/warren/kernel"
)

// fileTime is how long the connection file may take to appear: launchers start controllers and engines together.
const fileTime = 10 * time.Second

// engineFlags are the options of "warren engine": those of IPython Parallel's own engine that mean something here.
type engineFlags struct {
	file, ipythonDir, profile, profileDir, cluster, logLevel string
	mpi, untilEOF                                            bool
	id                                                       int
	timeout                                                  float64
}

func parseEngineFlags(args []string) (engineFlags, error) {
	var f engineFlags
	flags := flag.NewFlagSet("warren engine", flag.ContinueOnError)
	flags.StringVar(&f.file, "file", "", "the controller's connection `FILE`, which ends in -engine.json")
	flags.StringVar(&f.ipythonDir, "ipython-dir", "", "the folder of profiles, `DIR`")
	flags.StringVar(&f.profile, "profile", "default", "the `NAME` of the profile that the controller was started in")
	flags.StringVar(&f.profileDir, "profile-dir", os.Getenv(protocol.EnvProfileDir), "the folder of that profile, `DIR`")
	flags.StringVar(&f.cluster, "cluster-id", os.Getenv(protocol.EnvClusterID), "the `ID` of the cluster, where a profile has several")
	flags.StringVar(&f.logLevel, "log-level", "INFO", "what is logged: DEBUG, INFO, WARN or ERROR, or a number of Python's")
	flags.BoolVar(&f.mpi, "mpi", false, "ask for the rank in MPI as id")
	flags.BoolVar(&f.untilEOF, "until-eof", false, "end when standard input does, so with the process that holds its other end")
	flags.IntVar(&f.id, "id", -1, "ask for the id `N`")
	flags.Float64Var(&f.timeout, "timeout", 30, "how many `SECONDS` the controller may take to answer")
	if err := flags.Parse(args); err != nil {
		return f, err
	}
	if f.timeout <= 0 {
		return f, fmt.Errorf("%w: --timeout is %v: want more than 0 seconds", errUsage, f.timeout)
	}
	if flags.NArg() > 0 {
		return f, fmt.Errorf("%w: engine takes no argument %q", errUsage, flags.Arg(0))
	}
	return f, nil
}

func runEngine(_ context.Context, args []string, _ io.Writer) error {
	f, err := parseEngineFlags(args)
	if err != nil {
		return err
	}
	level, err := parseLevel(f.logLevel)
	if err != nil {
		return err
	}
	ctx, cancel, interrupts := engineSignals()
	defer cancel()
	if f.untilEOF {
		go func() {
			io.Copy(io.Discard, os.Stdin)
			cancel()
		}()
	}
	file, err := f.connection(ctx)
	if err != nil {
		return err
	}
	os.Unsetenv(protocol.EnvConnection) // programs that cells start need no key
	err = kernel.RunEngine(ctx, source, kernel.EngineOptions{
		File: file, ID: f.wantedID(os.Getenv), Interrupts: interrupts, JoinTime: time.Duration(f.timeout * float64(time.Second)),
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})),
	})
	if errors.Is(err, context.Canceled) { // it was asked to end
		return nil
	}
	return err
}

// engineSignals returns a context that SIGTERM ends, and the interrupts. From a terminal, SIGINT ends the engine; elsewhere it is
// what launchers send to interrupt what runs.
func engineSignals() (context.Context, context.CancelFunc, <-chan os.Signal) {
	signal.Reset(os.Interrupt)
	if isTerminal(os.Stdin) {
		ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		return ctx, cancel, nil
	}
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	return ctx, cancel, interrupts
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// connection finds out where the controller is: from the file that was named, the text that the launcher passed, or the file that
// the controller of the profile writes.
func (f engineFlags) connection(ctx context.Context) (protocol.EngineFile, error) {
	text := os.Getenv(protocol.EnvConnection)
	if f.file == "" && text != "" {
		file, err := protocol.ParseEngineFile([]byte(text))
		if err != nil {
			err = fmt.Errorf("$%s: %w", protocol.EnvConnection, err)
		}
		return file, err
	}
	path := f.file
	if path == "" {
		dir := f.profileDir
		if dir == "" {
			var err error
			if dir, err = protocol.ProfileDir(f.ipythonDir, f.profile); err != nil {
				return protocol.EngineFile{}, err
			}
		}
		path = protocol.EnginePath(dir, f.cluster)
	}
	return waitForFile(ctx, path, fileTime)
}

// waitForFile reads a connection file as soon as there is one: a controller makes it, and then fills it.
func waitForFile(ctx context.Context, path string, patience time.Duration) (protocol.EngineFile, error) {
	limit := time.After(patience)
	for {
		file, err := protocol.ReadEngineFile(path)
		if !errors.Is(err, os.ErrNotExist) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return file, err
		}
		select {
		case <-limit:
			return file, fmt.Errorf("%w. Is a controller running? ipcluster and ipcontroller start one; --file names its file", err)
		case <-ctx.Done():
			return file, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// ranks are the environment variables by which starters of MPI programs tell processes their rank.
var ranks = []string{"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"}

// wantedID is the id that the engine is to ask for, or nil for any.
func (f engineFlags) wantedID(getenv func(string) string) *int {
	if f.id >= 0 {
		return &f.id
	}
	if !f.mpi {
		return nil
	}
	for _, name := range ranks {
		if rank, err := strconv.Atoi(getenv(name)); err == nil && rank >= 0 {
			return &rank
		}
	}
	return nil
}

// parseLevel reads a level by its name or, as Python counts them, number: 10 is DEBUG, 20 INFO, 30 WARNING, 40 ERROR.
func parseLevel(text string) (level slog.Level, err error) {
	if n, err := strconv.Atoi(text); err == nil {
		return slog.Level((n - 20) * 4 / 10), nil
	}
	name := strings.Replace(strings.ToUpper(text), "WARNING", "WARN", 1)
	if name == "CRITICAL" {
		name = "ERROR+4"
	}
	if err := level.UnmarshalText([]byte(name)); err != nil {
		return 0, fmt.Errorf("%w: --log-level: %q is no level: want DEBUG, INFO, WARN or ERROR", errUsage, text)
	}
	return level, nil
}
