package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kdeck/assigner"
)

// A Stage is one step of a chain, read from its words.
type Stage interface {
	// String is the stage in its canonical words: what a plan file keeps, and what reads as the same stage again.
	String() string
	// phrase is the part that is typed to confirm it: what is done and to what, without the flags.
	phrase() string
	demand() assigner.Demand
}

// verbs are the stages that can be asked for. An alias is an entry of its own.
var verbs = map[string]func(args []string, flags flagWords) (Stage, error){
	"drain":  parseDrain,
	"remove": parseDrain,
}

// Verbs lists the words that a stage may begin with, in order.
func Verbs() []string {
	names := make([]string, 0, len(verbs))
	for v := range verbs {
		names = append(names, v)
	}
	slices.Sort(names)
	return names
}

// Parse reads a chain of stages, joined by "+". Nothing is guessed: a word that has no place is refused by name.
func Parse(words []string) ([]Stage, error) {
	var stages []Stage
	for n, rest := 1, words; ; n++ {
		end := slices.Index(rest, "+")
		here := rest
		if end >= 0 {
			here = rest[:end]
		}
		if len(here) == 0 {
			if len(words) == 0 {
				return nil, fmt.Errorf("no stage given: one of %s", strings.Join(Verbs(), ", "))
			}
			return nil, fmt.Errorf("stage %d is empty: a stage belongs on both sides of +", n)
		}
		s, err := parseStage(here)
		if err != nil {
			return nil, err
		}
		stages = append(stages, s)
		if end < 0 {
			return stages, nil
		}
		rest = rest[end+1:]
	}
}

func parseStage(words []string) (Stage, error) {
	verb := words[0]
	parse, ok := verbs[verb]
	if !ok {
		return nil, fmt.Errorf("no stage %q: one of %s", verb, strings.Join(Verbs(), ", "))
	}
	args, flags, err := split(words[1:])
	if err != nil {
		return nil, fmt.Errorf("%s: %w", verb, err)
	}
	s, err := parse(args, flags)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", verb, err)
	}
	return s, nil
}

// flagWords are the flags of one stage: name (without dashes) to value.
type flagWords map[string]string

// only refuses flags that the stage doesn't have.
func (f flagWords) only(names ...string) error {
	for name := range f {
		if !slices.Contains(names, name) {
			return fmt.Errorf("no flag --%s: it has %s", name, "--"+strings.Join(names, ", --"))
		}
	}
	return nil
}

// split parts the words of a stage into its arguments and its flags, all of which take a value. Arguments come first:
// in "drain 7 --to 8 9" the 9 must not be drained, and it can't be known that it was meant as a target either.
func split(words []string) (args []string, flags flagWords, err error) {
	flags = flagWords{}
	last := ""
	for i := 0; i < len(words); i++ {
		w := words[i]
		if !strings.HasPrefix(w, "--") {
			if last != "" {
				return nil, nil, fmt.Errorf("%q after --%s: write a list with commas and no blanks, and arguments before flags", w, last)
			}
			args = append(args, w)
			continue
		}
		name, value, inline := strings.Cut(w[2:], "=")
		if !inline {
			if i++; i == len(words) {
				return nil, nil, fmt.Errorf("--%s needs a value", name)
			}
			value = words[i]
		}
		if strings.HasPrefix(value, "--") {
			return nil, nil, fmt.Errorf("--%s needs a value, and %q is a flag", name, value)
		}
		if _, twice := flags[name]; twice {
			return nil, nil, fmt.Errorf("--%s is given twice", name)
		}
		flags[name], last = value, name
	}
	return args, flags, nil
}

// brokerIDs reads broker ids, each word one or a list with commas, each id once.
func brokerIDs(words []string) ([]int32, error) {
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

func joinIDs(ids []int32, by string) string {
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = strconv.Itoa(int(id))
	}
	return strings.Join(words, by)
}
