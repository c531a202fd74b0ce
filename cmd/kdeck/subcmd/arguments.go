package subcmd

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kdeck/ops/plan"
)

// argumentsFirst makes a command take its arguments before its own flags. pflag alone would read "drain 7 --to 8 9" as the
// arguments 7 and 9.
func argumentsFirst(cmd *cobra.Command, g *globals, run func(cmd *cobra.Command, args []string) error) {
	cmd.Flags().SetInterspersed(false) // cobra parses the flags that stand before the first argument, and leaves us the rest
	cmd.RunE = func(cmd *cobra.Command, words []string) error {
		if early := changedFlag(cmd.LocalNonPersistentFlags()); early != "" && len(words) > 0 {
			return refused("%s: %q after --%s: arguments come before flags", cmd.Name(), words[0], early)
		}
		args, err := plan.Arguments(words, cmd.Flags())
		if err != nil {
			return refused("%s: %w", cmd.Name(), flagInOurWords(cmd, err))
		}
		if helped, err := lateFlags(cmd, g); helped || err != nil {
			return err
		}
		return run(cmd, args)
	}
}

func changedFlag(set *pflag.FlagSet) (name string) {
	set.VisitAll(func(f *pflag.Flag) {
		if f.Changed && name == "" {
			name = f.Name
		}
	})
	return name
}

// lateFlags does for flags behind the arguments what cobra does for those before them: it shows the help that is asked for
// and checks the global flags.
func lateFlags(cmd *cobra.Command, g *globals) (helped bool, err error) {
	if help, _ := cmd.Flags().GetBool("help"); help {
		return true, cmd.Help()
	}
	return false, g.check(cmd)
}

// refusedByGrammar is the error of kdeck plan about the words of a chain.
func refusedByGrammar(err error) error { return refused("plan: %w", grammarInOurWords(err)) }

// grammarInOurWords adds to an error in the words of a chain what was probably meant.
func grammarInOurWords(err error) error {
	var unknown *plan.UnknownWordError
	if errors.As(err, &unknown) {
		return fmt.Errorf("%w%s", err, didYouMean(unknown.Word, unknown.Known))
	}
	return valueInOurWords(err)
}
