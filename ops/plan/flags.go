package plan

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// flagWords are flags: name (without dashes) to value.
type flagWords map[string]string

// switches are the flags that take no value.
var switches = []string{keepLeadersFlag}

// flagsOf reads flags, all of which but the switches take a value. Nothing else may follow the first: in "drain 7 --to 8 9"
// the 9 must not be drained, and it can't be known that it was meant as a target either.
func flagsOf(words []string) (flagWords, error) {
	flags, last := flagWords{}, ""
	for i := 0; i < len(words); i++ {
		w := words[i]
		if !strings.HasPrefix(w, "--") {
			return nil, fmt.Errorf("%q after --%s: write a list with commas and no blanks, and arguments before flags", w, last)
		}
		name, value, inline := strings.Cut(w[2:], "=")
		switch {
		case slices.Contains(switches, name):
			if inline {
				return nil, fmt.Errorf("--%s takes no value, and is given %q", name, value)
			}
		case !inline:
			if i++; i == len(words) {
				return nil, fmt.Errorf("--%s needs a value", name)
			}
			value = words[i]
		}
		if strings.HasPrefix(value, "--") {
			return nil, fmt.Errorf("--%s needs a value, and %q is a flag", name, value)
		}
		if err := flags.add(name, value); err != nil {
			return nil, err
		}
		last = name
	}
	return flags, nil
}

func (f flagWords) add(name, value string) error {
	if _, twice := f[name]; twice {
		return fmt.Errorf("--%s is given twice", name)
	}
	f[name] = value
	return nil
}

// only refuses flags that have no place.
func (f flagWords) only(names []string) error {
	for name := range f {
		if !slices.Contains(names, name) {
			return &UnknownWordError{Word: "--" + name, What: "flag", Known: dashed(append(slices.Clone(names), limitFlags...))}
		}
	}
	return nil
}

func dashed(names []string) []string {
	var flags []string
	for _, n := range names {
		if flag := "--" + n; !slices.Contains(flags, flag) {
			flags = append(flags, flag)
		}
	}
	return flags
}

// brokers is a flag's list, nil where it isn't given.
func (f flagWords) brokers(name string) ([]int32, error) {
	list, ok := f[name]
	if !ok {
		return nil, nil
	}
	ids, err := brokerIDs([]string{list})
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", name, err)
	}
	return ids, nil
}

// broker is a flag that has to name one broker.
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
