package magic

// magic is a row of the table. line and cell show its use as a line of a cell and as a whole cell; a magic that has no
// such use has "" there.
type magic struct {
	name, line, cell, about string
	// rest tells that the line form without arguments takes the rest of the cell.
	rest bool
	do   func(*call) error
}

func (g magic) infos() []MagicInfo {
	var all []MagicInfo
	for _, form := range []struct {
		sign, usage string
		cell        bool
	}{{"%", g.line, false}, {"%%", g.cell, true}} {
		if form.usage == "" {
			continue
		}
		name := g.name
		if !isSign(name) {
			name = form.sign + name
		}
		all = append(all, MagicInfo{Name: name, Usage: form.usage, About: g.about, Cell: form.cell})
	}
	return all
}

// isSign tells whether a magic has no name but a sign: !, ?.
func isSign(name string) bool { return name != "" && (name[0] < 'A' || name == "%%") }

// table lists all magics, in the order of %lsmagic. It is a function because some of its functions read it.
func table() []magic {
	return []magic{
		{name: "time", line: "%time statement", cell: "%%time", rest: true, do: timeOnce,
			about: "Runs a statement, or the cell, and tells its wall clock time and processor time"},
		{name: "timeit", line: "%timeit [-n N] [-r R] statement", cell: "%%timeit [set-up]", rest: true, do: timeMany,
			about: "Times a statement: mean and standard deviation of R runs (7) of N loops each (as many as take 0.2 s). The statement's values are kept alive, so that the compiler cannot leave out what makes them"},
		{name: "prun", line: "%prun statement", cell: "%%prun", rest: true, do: record("cpu"),
			about: "Shows where a statement, or the cell, spends processor time, as a flame graph"},
		{name: "trace", line: "%trace statement", cell: "%%trace", rest: true, do: record("trace"),
			about: "Shows what the goroutines of a statement, or the cell, do over time on each processor"},
		{name: "race", line: "%race statement", cell: "%%race", rest: true, do: race,
			about: "Runs a statement, or the cell, under Go's race detector and shows the data races it saw. It runs in a process of its own, after the earlier cells that it depends on; what it declares does not stay"},

		{name: "cl_kernel", cell: "%%cl_kernel [-o \"build options\"] [-check]", do: clKernel,
			about: "Makes a Go function of each OpenCL kernel in the cell: name(opencl.Global(n), its arguments) runs it on the default device, and returns when it has run. -o gives options to the compiler of OpenCL C, as in -o \"-D N=16\". With -check each launch is first simulated by Oclgrind, which finds accesses outside of buffers, data races, barriers that not all reach, and values that nobody set; a kernel that would use memory not its own is not run"},

		{name: "mpiexec", cell: "%%mpiexec [-n ranks] [-timeout time] [-watch time] [-grouped] [-- options of mpiexec]", do: mpiExec,
			about: "Runs the cell as an MPI program of several processes (4), the ranks: each does all of the cell, and asks mpi.World() which it is. Functions, types, constants and imports of the session come along, variables do not. What ranks print comes with their number before each line, or with -grouped at the end, rank by rank. A rank that fails ends all, with its message; return err fails, too. -timeout ends the program after a time, as in 5s; ranks that wait in one call for as long as -watch (10s) say where"},

		{name: "cluster", line: "%cluster start [-n engines] [-mpi] | connect [profile or file] | status | stop", do: clusterMagic,
			about: "Starts engines for %px (4), with -mpi as ranks of one MPI program, connects to those that ipcluster has started, lists them, or ends them. Cells reach the same engines by cluster.Last()"},
		{name: "px", line: "%px [options] code", cell: "%%px [options]", do: runOnEngines,
			about: "Runs code on the engines of the cluster, and shows what each prints and its value. -t names engines, as in -t 0,2 or -t 1:; -noblock does not wait, and %pxresult does; -g shows output engine by engine at the end; -local runs the code here, too"},
		{name: "pxresult", line: "%pxresult", do: pxResult, about: "Waits for what the last %px with -noblock runs, and shows it"},
		{name: "pxconfig", line: "%pxconfig [options]", do: pxConfig, about: "Sets options for all later %px; -block and -t all are the usual ones"},
		{name: "autopx", line: "%autopx", do: autoPx, about: "Runs all later cells on the engines, until the next %autopx"},

		{name: "who", line: "%who", do: who, about: "Lists what the session declares"},
		{name: "whos", line: "%whos", do: whos, about: "Shows the session's variables with their types and values"},
		{name: "forget", line: "%forget names", do: forget, about: "Forgets names of the session; what a variable called len or fmt hid is there again"},
		{name: "reset", line: "%reset [go.mod]", do: reset, about: "Forgets all variables, functions, types and imports, and starts a new worker; with go.mod also the modules of %go get"},
		{name: "go", line: "%go get module@version or %go command", do: goCommand, about: "Adds a module to the session, or runs another command of go"},

		{name: "?", line: "?name or name?", do: describe(false), about: "Explains a name of the session, a package, one of its symbols, or a magic"},
		{name: "??", line: "??name or name??", do: describe(true), about: "The same with the source"},
		{name: "lsmagic", line: "%lsmagic", do: listMagics, about: "Lists all magics"},
		{name: "help", line: "%help [magic]", do: help, about: "Explains how cells work, or one magic"},
		{name: "history", line: "%history [-n] [-o] [-u] [ranges | -l n | -g pattern]", do: showHistory,
			about: "Prints earlier cells: those of this session, or of ranges such as 3 5-8 ~1/2-4 (~1 is the session before this one); with -l the last n (10) of all sessions, with -g those that hold a pattern of * and ?. -n numbers them, -o adds results, -u leaves out all but the last of equal ones"},
		{name: "hist", line: "%hist", do: showHistory, about: "Short for %history"},
		{name: "version", line: "%version", do: version, about: "Prints the versions of Warren and Go"},

		{name: "!", line: "!command", do: command, about: "Runs a shell command in the folder of the session"},
		{name: "$", line: "$command", do: command, about: "The same, as gophernotes writes it"},
		{name: "!!", line: "!!command", do: captureCommand, about: "Runs a shell command and makes its output the cell's result"},
		{name: "!*", line: "!*command", do: moduleCommand, about: "Runs a shell command in the folder of the module that cells are compiled in"},
		{name: "bash", cell: "%%bash [arguments]", do: script("bash"), about: "Runs the cell with bash"},
		{name: "sh", cell: "%%sh [arguments]", do: script("sh"), about: "Runs the cell with sh"},
		{name: "script", cell: "%%script program [arguments]", do: script(), about: "Runs the cell with a program, such as python3"},
		{name: "writefile", cell: "%%writefile [-a] file", do: writeFile, about: "Writes the cell to a file; with -a at its end"},
		{name: "cd", line: "%cd [folder]", do: cd, about: "Changes the folder of the session"},
		{name: "pwd", line: "%pwd", do: pwd, about: "Prints the folder of the session"},
		{name: "ls", line: "%ls [files]", do: ls, about: "Lists files"},
		{name: "rm", line: "%rm files", do: remove, about: "Removes files"},
		{name: "load", line: "%load file", do: load, about: "Puts a file's text into the cell"},
		{name: "run", line: "%run file.go or %run file.ipynb", do: runFile, about: "Runs a Go file, or the code cells of a notebook, as if it stood in the cell"},
		{name: "capture", line: "%capture [-a] file", do: capture, about: "Writes what the rest of the cell prints to a file as well; with -a at its end"},
		{name: "env", line: "%env [name [value]] or %env name=value", do: env, about: "Shows or sets environment variables"},

		{name: "args", line: "%args arguments", do: arguments, about: "Sets os.Args of cells, for programs that use package flag"},
		{name: "exec", line: "%exec function [arguments]", do: execFunction, about: "Sets os.Args and calls a function of the session"},
		{name: "main", line: "%main [arguments]", do: mainMark, about: "Begins the statements of a cell in GoNB's notebooks; here they need no such mark"},
		{name: "%%", line: "%% [arguments]", do: mainMark, about: "The same as %main"},
		{name: "list", line: "%list", do: who, about: "The same as %who"},
		{name: "remove", line: "%remove names", do: forget, about: "The same as %forget"},
		{name: "with_inputs", line: "%with_inputs", do: noted("not needed: whenever a cell reads standard input, you are asked"), about: "Does nothing here: a cell may always read standard input"},
		{name: "with_password", line: "%with_password", do: noted("not needed: display.Password(\"prompt\") asks for one"), about: "Does nothing here: display.Password asks for a password"},
		{name: "autoget", line: "%autoget", do: noted("not needed: modules that cells import are always fetched"), about: "Does nothing here: modules that cells import are always fetched"},
		{name: "noautoget", line: "%noautoget", do: noted("not possible; %env GOPROXY=off before the first import keeps go from the network"), about: "Does nothing here"},
		{name: "goflags", line: "%goflags", do: noted("cells are compiled with fixed flags, with which they fit the worker; GOFLAGS in the environment of JupyterLab counts"), about: "Does nothing here: cells are compiled with fixed flags"},
		{name: "track", line: "%track", do: noted("not needed for packages of modules; %go mod edit -replace=module=folder adds one of your own"), about: "Does nothing here"},
		{name: "untrack", line: "%untrack", do: noted("nothing is tracked"), about: "Does nothing here"},
		{name: "go111module", line: "%go111module on", do: noted("modules are always on"), about: "Does nothing here: modules are always on"},
	}
}
