package magic

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/warren-go/warren/kernel/shell"
)

// cd changes the folder of cells; without an argument, to the home folder.
func cd(c *call) error {
	dir, err := c.onePath()
	if err != nil {
		return err
	}
	if dir == "" {
		if dir, err = os.UserHomeDir(); err != nil {
			return err
		}
	}
	if err := c.engine.Chdir(c.until, dir); err != nil {
		return err
	}
	return pwd(c)
}

func pwd(c *call) error {
	c.print("%s\n", c.engine.Dir())
	return nil
}

// onePath is the argument as a path; ~ is the home folder.
func (c *call) onePath() (string, error) {
	args, err := shell.Split(c.Args)
	if err != nil {
		return "", err
	}
	switch len(args) {
	case 0:
		return "", nil
	case 1:
		return expandHome(args[0])
	}
	return "", fmt.Errorf("it takes one path, not %d: put one with spaces in quotes", len(args))
}

func expandHome(path string) (string, error) {
	if path != "~" && !strings.HasPrefix(path, "~/") {
		return path, nil
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, path[1:]), err
}

// path is a file name as cells see it.
func (c *execution) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.engine.Dir(), name)
}

func ls(c *call) error {
	return c.tolerant(c.exec(program{args: []string{shellName(), "-c", "ls -p -C " + joined(c.Args)}}, c.out.Stream))
}

// env shows or sets environment variables: %env, %env K, %env K V, %env K=V.
func env(c *call) error {
	name, value, set := cutEnv(c.Args)
	switch {
	case strings.ContainsAny(name, " \t"):
		return fmt.Errorf("%q is no name of a variable", name)
	case set:
		if err := c.engine.Setenv(c.until, name, value); err != nil {
			return err
		}
		c.print("%s=%s\n", name, value)
		return nil
	}
	all := c.environment()
	if name == "" {
		for _, k := range slices.Sorted(maps.Keys(all)) {
			c.print("%s=%s\n", k, all[k])
		}
		return nil
	}
	v, ok := all[name]
	if !ok {
		return fmt.Errorf("there is no variable %s; %%env %s=value sets it", name, name)
	}
	c.print("%s\n", v)
	return nil
}

// cutEnv reads the arguments of %env. A value may be in quotes.
func cutEnv(args string) (name, value string, set bool) {
	at := strings.IndexAny(args, "= \t")
	if at < 0 {
		return args, "", false
	}
	name, value = args[:at], strings.TrimSpace(args[at+1:])
	if words, err := shell.Split(value); err == nil && len(words) == 1 {
		value = words[0]
	}
	return name, value, true
}

func (c *execution) environment() map[string]string {
	all := map[string]string{}
	for _, kv := range append(os.Environ(), c.engine.Env()...) {
		k, v, _ := strings.Cut(kv, "=")
		all[k] = v
	}
	return all
}

// writeFile writes the body of the cell to a file.
func writeFile(c *call) error {
	args, err := shell.Split(c.Args)
	if err != nil {
		return err
	}
	flags, did := os.O_CREATE|os.O_WRONLY|os.O_TRUNC, "Writing"
	if len(args) > 0 && (args[0] == "-a" || args[0] == "--append") {
		flags, did, args = os.O_CREATE|os.O_WRONLY|os.O_APPEND, "Appending to", args[1:]
	}
	if len(args) != 1 {
		return errors.New("name the file: %%writefile [-a] notes.txt")
	}
	name, err := expandHome(args[0])
	if err != nil {
		return err
	}
	if _, err := os.Stat(c.path(name)); err == nil && did == "Writing" {
		did = "Overwriting"
	}
	f, err := os.OpenFile(c.path(name), flags, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(strings.TrimSuffix(c.Text, "\n") + "\n")
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	c.print("%s %s\n", did, args[0])
	return nil
}
