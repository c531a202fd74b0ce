package subcmd

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// refuseInOurWords makes every command of a tree refuse arguments that it doesn't take in the words of kdeck: cobra counts
// "arg(s)". A command that only has others under it refuses a word that is none of them; cobra would show its help and
// report success.
func refuseInOurWords(cmd *cobra.Command) {
	check, group := cmd.Args, !cmd.Runnable()
	if group {
		cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
	cmd.Args = func(cmd *cobra.Command, words []string) error {
		var err error
		if check != nil {
			err = check(cmd, words)
		}
		var ours *exit
		if group && len(words) > 0 || err != nil && !errors.As(err, &ours) {
			return wrongArguments(cmd, words)
		}
		return err
	}
	for _, sub := range cmd.Commands() {
		refuseInOurWords(sub)
	}
}

// wrongArguments is the error of a command that got more or fewer arguments than its use line has.
func wrongArguments(cmd *cobra.Command, words []string) error {
	takes := strings.Fields(cmd.Use)[1:]
	if flags := slices.IndexFunc(takes, func(w string) bool { return strings.HasPrefix(strings.Trim(w, "["), "-") }); flags >= 0 {
		takes = takes[:flags]
	}
	switch {
	case len(words) < len(takes):
		return refused("%s: %s is missing: kdeck %[1]s %[3]s", pathOf(cmd), takes[len(words)], strings.Join(takes, " "))
	case len(takes) == 0 && cmd.HasAvailableSubCommands():
		var names []string
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() {
				names = append(names, sub.Name())
			}
		}
		return refused("%s: no command %q: one of %s%s", pathOf(cmd), words[0], strings.Join(names, ", "), didYouMean(words[0], names))
	}
	return tooMany(cmd, words, len(takes))
}

// tooMany is the error of a command that is given more arguments than it takes.
func tooMany(cmd *cobra.Command, args []string, most int) error {
	switch {
	case len(args) <= most:
		return nil
	case most == 0:
		return refused("%s: %q is one word too many: it takes flags only", pathOf(cmd), args[0])
	}
	return refused("%s: %q is one word too many", pathOf(cmd), args[most])
}

// pathOf is the words of a command, without kdeck itself.
func pathOf(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

// flagError is the error of a command that pflag finds something wrong with a flag of.
func flagError(cmd *cobra.Command, err error) error {
	if cmd.HasParent() {
		return refused("%s: %w", pathOf(cmd), flagInOurWords(cmd, err))
	}
	return refused("%w", flagInOurWords(cmd, err))
}

// flagInOurWords says what pflag found wrong in the words of kdeck: pflag quotes Go's functions and types.
func flagInOurWords(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		return errors.New(unknownFlag(cmd, unknown))
	}
	return valueInOurWords(err)
}

// valueInOurWords is flagInOurWords for flags that there are.
func valueInOurWords(err error) error {
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	var malformed *pflag.InvalidSyntaxError
	switch {
	case errors.As(err, &missing):
		return fmt.Errorf("--%s needs a value", missing.GetFlag().Name)
	case errors.As(err, &invalid):
		return fmt.Errorf("--%s %q: %s", invalid.GetFlag().Name, invalid.GetValue(), wrongValue(invalid))
	case errors.As(err, &malformed):
		return fmt.Errorf("%q is no flag: write --name or --name=value", malformed.GetSpecifiedFlag())
	}
	return err
}

// wrongValue says what a flag takes.
func wrongValue(e *pflag.InvalidValueError) string {
	switch kind := e.GetFlag().Value.Type(); kind {
	case "int", "int32", "uint64":
		if errors.Is(e, strconv.ErrRange) {
			return "the number is too large"
		}
		return "a whole number was expected"
	case "duration":
		return "a time with its unit was expected, such as 5s or 10m"
	case "bool":
		return "it is a switch: true, false, or nothing behind it"
	default:
		return e.Unwrap().Error()
	}
}

// unknownFlag says which flag was probably meant, and which commands have one of that name.
func unknownFlag(cmd *cobra.Command, e *pflag.NotExistError) string {
	word := e.GetSpecifiedName()
	var here []string
	add := func(f *pflag.Flag) {
		if !f.Hidden {
			here = append(here, f.Name)
		}
	}
	cmd.Flags().VisitAll(add)
	cmd.InheritedFlags().VisitAll(add)
	if letters := e.GetSpecifiedShortnames(); letters != "" {
		says := "there is no flag -" + word
		long, _, _ := strings.Cut(letters, "=")
		for _, name := range here { // -theme for --theme, as Java's tools and Go's spell it
			if len(long) > 1 && name == long {
				return says + " (did you mean --" + name + "?)"
			}
		}
		return says
	}
	says := "there is no flag --" + word
	if near := nearest(word, here); near != "" && levenshtein.ComputeDistance(word, near) <= (len(word)+2)/3 { // of flags, there are many short ones
		return says + " (did you mean --" + near + "?)"
	}
	var have []string
	if cmd.HasParent() && cmd.Root().LocalNonPersistentFlags().Lookup(word) != nil {
		have = append(have, "kdeck alone")
	}
	for _, c := range cmd.Root().Commands() {
		if c.LocalNonPersistentFlags().Lookup(word) != nil {
			have = append(have, "kdeck "+c.Name())
		}
	}
	switch len(have) {
	case 0:
		return says
	case 1:
		return says + "; " + have[0] + " has one"
	}
	return says + "; " + strings.Join(have[:len(have)-1], ", ") + " and " + have[len(have)-1] + " have one"
}
