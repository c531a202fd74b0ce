package subcmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"kdeck/ops/config"
)

// A firstStart asks which cluster is meant, where kdeck is opened and knows none yet: it offers to take over what other tools have,
// to connect to an address, or the demo.
type firstStart struct {
	env   *Env
	g     *globals
	o     consoleOptions
	in    *bufio.Reader
	found []config.Found
}

// isFirst tells whether an error says that there is no context yet, and somebody is there to be asked.
func (e *Env) isFirst(err error) bool {
	var unnamed *config.NoClusterError
	return errors.As(err, &unnamed) && len(unnamed.Known) == 0 && e.InTerminal && e.OutTerminal && e.console == nil
}

func (e *Env) firstStart(ctx context.Context, g *globals, o consoleOptions) error {
	s := &firstStart{e, g, o, bufio.NewReader(e.In), config.FindImports(e.LookupEnv)}
	s.say("kdeck knows no cluster yet. What may it open?\n\n")
	for i, f := range s.found {
		s.say("  %-10d what %s has, in %s\n", i+1, f.Tool, e.safe(f.Path))
	}
	s.say("  %-10s a broker's address; the context is made once it has answered\n", "HOST:PORT")
	s.say("  %-10s a client.properties, or another tool's file\n", "FILE")
	s.say("  %-10s a simulated cluster\n", "demo")
	s.say("  %-10s leave\n", "q")
	for {
		word, ok := s.ask("")
		if !ok || word == "q" || word == "quit" || word == "exit" {
			return nil
		}
		open, err := s.choose(ctx, word)
		switch {
		case err != nil:
			for line := range strings.Lines(err.Error()) {
				s.say("%s\n", e.safe(strings.TrimSuffix(line, "\n")))
			}
		case open != nil:
			return open(ctx)
		}
	}
}

func (s *firstStart) say(format string, args ...any) { fmt.Fprintf(s.env.Err, format, args...) }

// ask reads one line; ok is false at the end of the input.
func (s *firstStart) ask(before string) (word string, ok bool) {
	s.say("%s> ", before)
	line, err := s.in.ReadString('\n')
	return strings.TrimSpace(line), err == nil || line != ""
}

// choose does what a word says, and returns what is opened then; nil: ask again.
func (s *firstStart) choose(ctx context.Context, word string) (open func(context.Context) error, err error) {
	if word == "" {
		return nil, nil
	}
	if word == "demo" {
		return func(ctx context.Context) error {
			return runDemo(ctx, s.env, s.g, &demoOptions{scenario: "healthy", seed: 1, console: s.o})
		}, nil
	}
	if n, err := strconv.Atoi(word); err == nil {
		if n < 1 || n > len(s.found) {
			return nil, fmt.Errorf("there is no %d in the list", n)
		}
		return s.take(s.found[n-1].Tool)
	}
	if below, ok := strings.CutPrefix(word, "~/"); ok { // no shell has replaced it
		word = filepath.Join(s.env.getenv("HOME"), below)
	}
	if info, err := os.Stat(word); err == nil && info.Mode().IsRegular() {
		return s.take(word)
	}
	for _, f := range s.found {
		if f.Tool == word {
			return s.take(f.Tool)
		}
	}
	if _, err := config.Addresses(word); err != nil {
		return nil, fmt.Errorf("%w; nor is it a number of the list, a file, or demo", err)
	}
	return s.connect(ctx, word)
}

// take imports from a tool or a file, and opens the console on the context that is current then.
func (s *firstStart) take(source string) (func(context.Context) error, error) {
	if err := s.env.runImport(s.g, source, &importOptions{}); err != nil && err.Error() != "" { // without words: not all were made
		return nil, err
	}
	file, err := s.env.configFile()
	if err != nil {
		return nil, err
	}
	if file.Current == "" {
		return nil, errors.New("no context came of it")
	}
	question := "\nenter opens the console on " + s.env.safe(file.Current)
	if len(file.Names()) > 1 {
		question += "; or type another's name"
	}
	for {
		name, ok := s.ask(question)
		switch {
		case !ok:
			return nil, errors.New("left")
		case name == "":
			name = file.Current
		}
		if _, err := file.Context(name); err != nil {
			s.say("%s\n", s.env.safe(err.Error()))
			continue
		}
		return s.console(name), nil
	}
}

// connect asks a broker whether it answers, and makes a context of it.
func (s *firstStart) connect(ctx context.Context, addresses string) (func(context.Context) error, error) {
	there := *s.g
	there.bootstrap = addresses
	c := &config.Context{}
	if err := there.fill(c); err != nil {
		return nil, err
	}
	if c.Properties != "" {
		path, err := filepath.Abs(c.Properties)
		if err != nil {
			return nil, err
		}
		c.Properties = path
	}
	s.say("asking %s …\n", strings.Join(c.Bootstrap, ", "))
	src, err := s.env.open(&there)
	if err != nil {
		return nil, err
	}
	within, cancel := context.WithTimeout(ctx, 2*s.g.timeout)
	defer cancel()
	if _, _, err := src.session.Any(within, brokerNames.request()); err != nil {
		return nil, fmt.Errorf("%w\nno context is made. If it wants TLS or a login: leave, and start kdeck with --command-config FILE or -X KEY=VALUE", err)
	}
	host, _, err := net.SplitHostPort(c.Bootstrap[0])
	if err != nil {
		return nil, err
	}
	file, err := s.env.configFile()
	if err != nil {
		return nil, err
	}
	for {
		name, ok := s.ask(fmt.Sprintf("it answers; a name for the context (enter: %s)", host))
		if !ok {
			return nil, nil
		}
		if c.Name = name; name == "" {
			c.Name = host
		}
		if err := file.Add(c); err != nil {
			s.say("%s\n", s.env.safe(err.Error()))
			continue
		}
		if err := file.Save(); err != nil {
			return nil, err
		}
		s.say("written to %s\n", file.Path)
		return s.console(c.Name), nil
	}
}

func (s *firstStart) console(name string) func(context.Context) error {
	return func(ctx context.Context) error {
		there := &globals{context: name, output: s.g.output, timeout: s.g.timeout, noColor: s.g.noColor}
		return openConsole(ctx, s.env, there, s.o)
	}
}
