package subcmd_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"kdeck/cmd/kdeck/subcmd"
)

// foreign are words in which the libraries for commands and flags speak, and Go's own functions.
var foreign = []string{
	"arg(s)", "shorthand", "flag needs an argument", "invalid argument", "unknown flag", "unknown command", "bad flag syntax",
	"required flag", "strconv", "parsing \"", "time: ", "invalid duration", "pflag", "cobra", "Usage:", "if any flags in the group",
}

// Every command is given every kind of words that it can't take, and refuses each in one line that names them.
func TestEveryCommandRefusesInItsOwnWords(t *testing.T) {
	d := newDeck(t)
	bad := func(words []string, named string) {
		t.Helper()
		r := d.run(words...)
		switch said := strings.TrimSuffix(r.err, "\n"); {
		case r.code != 2:
			t.Errorf("kdeck %q: exit %d\n%s%s", words, r.code, r.out, r.err)
		case strings.Contains(said, "\n") || !strings.HasPrefix(said, "kdeck: ") || !strings.Contains(said, named):
			t.Errorf("kdeck %q: not one line that names %s: %q", words, named, said)
		default:
			for _, w := range foreign {
				if strings.Contains(said, w) {
					t.Errorf("kdeck %q says %q: %s", words, w, said)
				}
			}
		}
	}
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		path := strings.Fields(cmd.CommandPath())[1:]
		with := func(words ...string) []string { return slices.Concat(path, words) }
		bad(with("--no-such-flag"), "--no-such-flag")
		bad(with("-Z"), "-Z")
		bad(with("--=x"), `"--=x"`)
		bad(with("--timeout"), "--timeout")
		bad(with("-o"), "--output")
		if path == nil || cmd.HasSubCommands() && len(strings.Fields(cmd.Use)) == 1 {
			bad(with("nosuch"), `"nosuch"`)
		}
		if takesNothing := len(strings.Fields(cmd.Use)) == 1; takesNothing && !cmd.HasSubCommands() {
			bad(with("nosuch"), `"nosuch"`)
		}
		arguments := map[string][]string{"plan": {"drain", "1"}, "drain": {"1"}, "apply": {"plan.json"}}[cmd.Name()]
		flag := func(f *pflag.Flag) {
			set := "--" + f.Name
			behind := func(value string) []string { return slices.Concat(path, arguments, []string{set + value}) }
			switch f.Value.Type() {
			case "bool":
				if f.Name != "help" && f.Name != "version" {
					bad(behind("=maybe"), set)
				}
			case "int", "int32", "uint64":
				bad(behind("=x"), set)
				bad(behind("=1.5"), set)
				bad(behind("="), set)
				bad(behind("=99999999999999999999"), set)
			case "duration":
				bad(behind("=5"), set)
				bad(behind("=soon"), set)
			}
			if f.NoOptDefVal == "" {
				bad(behind(""), set)
			}
		}
		cmd.LocalFlags().VisitAll(flag)
		cmd.InheritedFlags().VisitAll(flag)
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(subcmd.Root("test"))
	for _, line := range []struct{ line, named string }{
		{"snapshot save", "FILE"}, {"config use", "NAME"}, {"config use a b", `"b"`}, {"config show a b", `"b"`},
		{"api a b", `"b"`}, {"help a b", `"a"`}, {"drain", "no broker"}, {"drain -7", "-7"}, {"apply", "plan file"}, {"apply a b", "plan file"},
		{"plan", "no stage"}, {"plan drain 7 -Z", `"-Z"`}, {"plan drain 7 --to", "--to"}, {"plan drain 7 --nope", `"--nope"`},
		{"plan drain 7 --max-moves x", `"x"`}, {"plan -Z drain 7", "-Z"}, {"moves cancel x", `"x"`}, {"moves canel", `"cancel"`},
		{"-theme dark", "--theme"}, {"completion nosuch", `"nosuch"`}, {"completion bash x", `"x"`}, {"completion bash --nope", "--nope"}, {"status --under-replicated", "kdeck partitions"},
	} {
		bad(strings.Fields(line.line), line.named)
	}
}
