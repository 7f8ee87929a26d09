// Warren is a Jupyter kernel for Go: cells are compiled to native code and their variables stay.
//
// "warren help" lists what the program does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"
	"text/tabwriter"

	"github.com/warren-go/warren/install"
	"github.com/warren-go/warren/kernel"
)

// command is a line of "warren help". run gets the arguments after the command's name.
type command struct {
	name, args, about string
	run               func(ctx context.Context, args []string, out io.Writer) error
}

func commands() []command {
	return []command{
		{"kernel", "CONNECTION-FILE", "serve a notebook (Jupyter starts this)", runKernel},
		{"engine", "[--file FILE | --profile-dir DIR] [--cluster-id ID] [--id N | --mpi]", "run cells for a controller of IPython Parallel", runEngine},
		{"worker", "", "run the process that cells run in (the kernel starts this)", runWorker},
		{"broker", "[-sync] [-until-unused] DIR", "keep the tasks of package taskq (notebooks start this)", runBroker},
		{"warm", "", "build ahead what the first notebook would wait for", runWarm},
		{"clean", "", "remove what was built, but for what running kernels use", runClean},
		{"install", "[--user | --sys-prefix | --prefix DIR] [--name NAME]", "tell Jupyter about the kernel", runInstall},
		{"doctor", "", "check what this machine has and lacks", runDoctor},
		{"version", "", "print versions of Warren and Go", runVersion},
		{"help", "", "print this list", runHelp},
	}
}

// errUsage marks wrong arguments: the list of commands is shown with it.
var errUsage = errors.New("usage")

// errNotReady ends "warren doctor" with status 1; the report has said why.
var errNotReady = errors.New("something required is missing")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := dispatch(ctx, os.Args[1:], os.Stdout)
	stop()
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return
	}
	fmt.Fprintln(os.Stderr, "warren:", err)
	if errors.Is(err, errUsage) {
		os.Exit(2)
	}
	os.Exit(1)
}

func dispatch(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		return runHelp(ctx, nil, out)
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return c.run(ctx, args[1:], out)
		}
	}
	return fmt.Errorf("%w: there is no command %q; \"warren help\" lists them", errUsage, args[0])
}

func runHelp(_ context.Context, _ []string, out io.Writer) error {
	fmt.Fprint(out, "Warren, a Jupyter kernel for Go.\n\nusage: warren COMMAND\n\n")
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, c := range commands() {
		fmt.Fprintf(table, "  %s %s\t%s\n", c.name, c.args, c.about)
	}
	return table.Flush()
}

func runKernel(ctx context.Context, args []string, _ io.Writer) error {
	if len(args) != 1 {
		return fmt.Errorf("%w: kernel takes the connection file that Jupyter made", errUsage)
	}
	return kernel.Run(ctx, args[0], source)
}

// runWorker becomes the worker, which is a program of its own: it holds the packages that cells import.
func runWorker(ctx context.Context, _ []string, _ io.Writer) error {
	worker, err := kernel.Worker(ctx, source)
	if err != nil {
		return err
	}
	return syscall.Exec(worker, []string{worker}, os.Environ())
}

func runWarm(ctx context.Context, _ []string, out io.Writer) error {
	return kernel.Warm(ctx, source, func(format string, args ...any) { fmt.Fprintf(out, format+"\n", args...) })
}

func runClean(_ context.Context, args []string, out io.Writer) error {
	if len(args) > 0 {
		return fmt.Errorf("%w: clean takes no argument %q", errUsage, args[0])
	}
	removed, err := kernel.Clean()
	for _, name := range removed {
		fmt.Fprintln(out, "removed", name)
	}
	if len(removed) == 0 && err == nil {
		fmt.Fprintln(out, "nothing to remove")
	}
	return err
}

func runVersion(_ context.Context, _ []string, out io.Writer) error {
	version := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	_, err := fmt.Fprintf(out, "warren %s, built with %s for %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

func runDoctor(ctx context.Context, _ []string, out io.Writer) error {
	m := install.ThisMachine()
	ready, err := install.Report(out, m, install.Diagnose(ctx, m))
	if err == nil && !ready {
		err = errNotReady
	}
	return err
}

func runInstall(_ context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("warren install", flag.ContinueOnError)
	name := flags.String("name", "warren", "the kernel's name for \"jupyter --kernel\"")
	prefix := flags.String("prefix", "", "install into the environment at `DIR`")
	sysPrefix := flags.Bool("sys-prefix", false, "install into the active Python environment")
	user := flags.Bool("user", false, "install for this user (what happens without any option)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%w: install takes no argument %q", errUsage, flags.Arg(0))
	}
	dataDir, err := targetDir(*prefix, *sysPrefix, *user)
	if err != nil {
		return err
	}
	binary, err := install.Binary()
	if err != nil {
		return err
	}
	spec := install.Spec{Name: *name, Binary: binary, Python: install.PythonEnvironment(dataDir)}
	if path, err := exec.LookPath("go"); err == nil {
		spec.GoDir = filepath.Dir(path)
	}
	dir, err := spec.Write(dataDir)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "installed the kernel in", dir)
	if spec.GoDir == "" {
		fmt.Fprintln(out, "There is no go command on PATH, and no cell runs without one; \"warren doctor\" says how to get it.")
	}
	return nil
}

// targetDir is the Jupyter data directory that the options of "warren install" name.
func targetDir(prefix string, sysPrefix, user bool) (string, error) {
	switch {
	case sysPrefix && user || prefix != "" && (sysPrefix || user):
		return "", fmt.Errorf("%w: give only one of --user, --sys-prefix and --prefix", errUsage)
	case sysPrefix:
		prefix, err := install.SysPrefix(os.Getenv)
		if err != nil {
			return "", err
		}
		return install.PrefixDataDir(prefix)
	case prefix != "":
		return install.PrefixDataDir(prefix)
	default:
		return install.UserDataDir(runtime.GOOS, os.Getenv)
	}
}
