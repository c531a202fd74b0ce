package subcmd

import (
	"strings"

	"github.com/spf13/cobra"
)

// takeGlobals takes the global flags out of the words of a verb that reads its own (cobra's DisableFlagParsing): the
// flags of stages are not cobra's, and a word behind a list flag must not become an argument. help tells whether help
// was asked for.
func takeGlobals(cmd *cobra.Command, g *globals, words []string) (rest []string, help bool, err error) {
	flags := cmd.Root().PersistentFlags()
	for i := 0; i < len(words); i++ {
		w := words[i]
		if w == "-h" || w == "--help" {
			return nil, true, nil
		}
		flag, value, inline := flags.Lookup(""), "", false
		switch {
		case strings.HasPrefix(w, "--"):
			var name string
			name, value, inline = strings.Cut(w[2:], "=")
			flag = flags.Lookup(name)
		case len(w) > 1 && w[0] == '-':
			if flag = flags.ShorthandLookup(w[1:2]); flag != nil {
				value = strings.TrimPrefix(w[2:], "=")
				inline = value != ""
			}
		}
		if flag == nil {
			rest = append(rest, w)
			continue
		}
		if !inline {
			if value = flag.NoOptDefVal; value == "" {
				if i++; i == len(words) {
					return nil, false, refused("%s needs a value", w)
				}
				value = words[i]
			}
		}
		if err := flags.Set(flag.Name, value); err != nil {
			return nil, false, refused("%s: %w", w, err)
		}
		// In "drain 7 -o json 9" the 9 must not be drained either.
		if next := i + 1; len(rest) > 0 && next < len(words) && words[next] != "+" && !strings.HasPrefix(words[next], "-") {
			return nil, false, refused("%s: %q after %s: arguments come before flags", cmd.Name(), words[next], w)
		}
	}
	return rest, false, g.check()
}

// ownWords reads the words of a verb whose arguments come first and its flags after them, the global ones anywhere. run
// gets the arguments.
func ownWords(cmd *cobra.Command, g *globals, words []string, run func(args []string) error) error {
	words, help, err := takeGlobals(cmd, g, words)
	if help {
		return cmd.Help()
	}
	if err != nil {
		return err
	}
	args, flags := leading(words)
	if err := parseFlags(cmd, flags); err != nil {
		return err
	}
	return run(args)
}

// leading parts the words of a verb into its arguments, which come first, and its flags.
func leading(words []string) (args, flags []string) {
	for i, w := range words {
		if strings.HasPrefix(w, "-") && w != "-" {
			return words[:i], words[i:]
		}
	}
	return words, nil
}

// parseFlags parses the flags of such a verb; a word that no flag takes is refused.
func parseFlags(cmd *cobra.Command, words []string) error {
	f := cmd.LocalNonPersistentFlags()
	if err := f.Parse(words); err != nil {
		return refused("%s: %w", cmd.Name(), err)
	}
	if stray := f.Args(); len(stray) > 0 {
		before := words[0]
		for i, w := range words {
			if w == stray[0] && i > 0 {
				before = words[i-1]
				if i > 1 && strings.HasPrefix(words[i-2], "-") {
					before = words[i-2] + " " + before
				}
				break
			}
		}
		return refused("%s: %q after %q: write a list with commas and no blanks, and arguments before flags", cmd.Name(), stray[0], before)
	}
	return nil
}

// tooMany is the error of a verb that takes no arguments of that kind.
func tooMany(cmd *cobra.Command, args []string, most int) error {
	if len(args) > most {
		return refused("%s: %q is one word too many", cmd.CommandPath(), args[most])
	}
	return nil
}
