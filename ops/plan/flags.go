package plan

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// Arguments parses the flags among words into set and returns the arguments, which stand before the flags. A word behind the
// flags is refused: in "drain 7 --to 8 9" the 9 must not be drained, and nobody can know whether it was meant as a target.
func Arguments(words []string, set *pflag.FlagSet) ([]string, error) {
	at := slices.IndexFunc(words, func(w string) bool {
		return len(w) > 1 && w[0] == '-' && (w[1] < '0' || w[1] > '9') // a dash alone is standard input, -1 a number that is refused as one
	})
	if at < 0 {
		return words, nil
	}
	args, flags := words[:at], words[at:]
	if slices.Contains(flags, "--") {
		return nil, errors.New(`"--" has no place here: no argument begins with a dash`)
	}
	set.SetInterspersed(false)
	set.Usage = func() {}
	seen := map[string]bool{}
	err := set.ParseAll(flags, func(f *pflag.Flag, value string) error {
		switch {
		case strings.HasPrefix(value, "--"):
			return fmt.Errorf("--%s needs a value, and %q is a flag", f.Name, value)
		case seen[f.Name] && f.Value.Type() != "stringArray":
			return fmt.Errorf("--%s is given twice", f.Name)
		case f.NoOptDefVal == given && value != given:
			return fmt.Errorf("--%s takes no value, and is given %q", f.Name, value)
		}
		seen[f.Name] = true
		return set.Set(f.Name, value)
	})
	var missing *pflag.ValueRequiredError
	switch {
	case errors.As(err, &missing):
		return nil, fmt.Errorf("--%s needs a value", missing.GetFlag().Name)
	case err != nil:
		return nil, err
	}
	if stray := set.Args(); len(stray) > 0 {
		last := len(flags) - len(stray) - 1
		for last > 0 && !strings.HasPrefix(flags[last], "-") {
			last--
		}
		name, _, _ := strings.Cut(flags[last], "=")
		return nil, fmt.Errorf("%q after %s: write a list with commas and no blanks, and arguments before flags", stray[0], name)
	}
	return args, nil
}

// flagWords are flags of a stage: name (without dashes) to value.
type flagWords map[string]string

// given is the value of a flag that takes none.
const given = "given"

// parseWords parts the words of a stage into its arguments, its flags, which have those names, and the limits, which are
// flags of any stage. command has the flags of whoever reads the chain; nil for none.
func parseWords(words, names []string, limits flagWords, command *pflag.FlagSet) (args []string, flags flagWords, err error) {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	for _, name := range slices.Concat(names, limitFlags) {
		set.String(name, "", "")
	}
	set.Lookup(keepLeadersFlag).NoOptDefVal = given
	if command != nil {
		set.AddFlagSet(command)
	}
	args, err = Arguments(words, set)
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		dash := "--"
		if unknown.GetSpecifiedShortnames() != "" {
			dash = "-"
		}
		err = &UnknownWordError{Word: dash + unknown.GetSpecifiedName(), What: "flag", Known: dashed(slices.Concat(names, limitFlags))}
	}
	flags = flagWords{}
	set.Visit(func(f *pflag.Flag) {
		switch {
		case slices.Contains(names, f.Name):
			flags[f.Name] = f.Value.String()
		case slices.Contains(limitFlags, f.Name):
			if _, twice := limits[f.Name]; twice {
				err = fmt.Errorf("--%s is given twice: it binds the whole plan", f.Name)
			}
			limits[f.Name] = f.Value.String()
		}
	})
	return args, flags, err
}

func dashed(names []string) []string {
	flags := make([]string, len(names))
	for i, n := range names {
		flags[i] = "--" + n
	}
	return flags
}

// brokers returns the list of broker ids of a flag; nil if it isn't given.
func (f flagWords) brokers(name string) ([]int32, error) {
	list, ok := f[name]
	if !ok {
		return nil, nil
	}
	ids, err := BrokerIDs([]string{list})
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", name, err)
	}
	return ids, nil
}

// broker returns the id of a flag that must be given and name one broker.
func (f flagWords) broker(name string) (int32, error) {
	ids, err := f.brokers(name)
	switch {
	case err != nil:
		return 0, err
	case len(ids) == 0:
		return 0, fmt.Errorf("--%s BROKER is missing", name)
	case len(ids) > 1:
		return 0, fmt.Errorf("--%s %s: it takes one broker", name, f[name])
	}
	return ids[0], nil
}

// BrokerIDs reads broker ids. Each word is an id or a list with commas. No id may be given twice.
func BrokerIDs(words []string) ([]int32, error) {
	var ids []int32
	for _, w := range words {
		for _, s := range strings.Split(w, ",") {
			n, err := strconv.ParseInt(s, 10, 32)
			if err != nil || n < 0 || s[0] == '+' {
				return nil, fmt.Errorf("%q in %q is not a broker id", s, w)
			}
			if slices.Contains(ids, int32(n)) {
				return nil, fmt.Errorf("broker %d is given twice", n)
			}
			ids = append(ids, int32(n))
		}
	}
	return ids, nil
}

// wholeNumber reads a number that isn't negative.
func wholeNumber(word string) (int, error) {
	n, err := strconv.ParseUint(word, 10, 31)
	if err != nil || word == "" || word[0] == '+' {
		return 0, errors.New(strconv.Quote(word) + " is not a number of 0 or more")
	}
	return int(n), nil
}

func joinIDs(ids []int32, by string) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = strconv.Itoa(int(id))
	}
	return strings.Join(words, by)
}
