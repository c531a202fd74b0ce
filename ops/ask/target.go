package ask

import (
	"fmt"
	"strconv"
	"strings"

	"kdeck/ops/config"
)

// Target is one word of --to, read but not looked up.
type Target struct {
	word      string
	kind      targetKind
	id        int32  // of a broker or controller
	addr      string // host:port
	name      string // of a topic or group
	partition int32
}

type targetKind uint8

const (
	toBroker targetKind = iota
	toAddress
	toController  // the active one, or the one of an id
	toLeader      // leader-of:topic/0
	toCoordinator // coordinator:group
	toAll         // the brokers
	toControllers // all of them
)

// activeOnly is the id of a controller that isn't named by one.
const activeOnly = -1

// TargetExamples are the words that a target may be.
const TargetExamples = "3, host:port, controller, controller:3001, leader-of:topic/0, coordinator:group, a list with commas, all, controllers"

// several reports whether a target may be more than one node.
func (t Target) several() bool { return t.kind == toAll || t.kind == toControllers }

// fixed reports whether a target is one node by its own name, so that no change of the cluster makes it another node.
func (t Target) fixed() bool {
	return t.kind == toBroker || t.kind == toAddress || t.kind == toController && t.id != activeOnly
}

// Address is the host:port that a target is, if it is one.
func (t Target) Address() (addr string, is bool) { return t.addr, t.kind == toAddress }

// Addresses returns the addresses that targets are, as they were typed, and whether all of them are such: then no
// cluster has to be known to reach them.
func Addresses(targets []Target) (addrs []string, all bool) {
	for _, t := range targets {
		if t.kind != toAddress {
			return nil, false
		}
		addrs = append(addrs, t.word)
	}
	return addrs, true
}

// ParseTargets reads a list of targets with commas, as --to takes it; nothing is looked up. An error names the word.
func ParseTargets(list string) ([]Target, error) {
	var targets []Target
	for word := range strings.SplitSeq(list, ",") {
		t, err := parseTarget(strings.TrimSpace(word))
		if err != nil {
			return nil, err
		}
		targets = append(targets, t)
	}
	return targets, nil
}

// UnknownTargetError names a word of --to that is no target.
type UnknownTargetError struct{ Word string }

func (e *UnknownTargetError) Error() string {
	return fmt.Sprintf("--to %q is no node: write %s", e.Word, TargetExamples)
}

// TargetWords are the words that a target may be or begin with, besides numbers and addresses.
func TargetWords() []string {
	return []string{"all", "controller", "controllers", "leader-of:", "coordinator:"}
}

func parseTarget(word string) (Target, error) {
	t := Target{word: word, id: activeOnly}
	scheme, rest, _ := strings.Cut(word, ":")
	switch strings.ToLower(scheme) {
	case "all":
		t.kind = toAll
		return t, noRest(word, rest)
	case "controllers":
		t.kind = toControllers
		return t, noRest(word, rest)
	case "controller":
		t.kind = toController
		if !strings.Contains(word, ":") {
			return t, nil
		}
		id, err := strconv.ParseInt(rest, 10, 32)
		if err != nil || id < 0 {
			return t, fmt.Errorf("--to %s: a controller's id is a number, controller:3001", word)
		}
		t.id = int32(id)
		return t, nil
	case "leader-of":
		t.kind = toLeader
		at := strings.LastIndexByte(rest, '/')
		if at <= 0 {
			return t, fmt.Errorf("--to %s: write leader-of:topic/0", word)
		}
		p, err := strconv.ParseInt(rest[at+1:], 10, 32)
		if err != nil || p < 0 {
			return t, fmt.Errorf("--to %s: %q is no partition: write leader-of:topic/0", word, rest[at+1:])
		}
		t.name, t.partition = rest[:at], int32(p)
		return t, nil
	case "coordinator":
		if rest == "" {
			return t, fmt.Errorf("--to %s: write coordinator:group", word)
		}
		t.kind, t.name = toCoordinator, rest
		return t, nil
	}
	if id, err := strconv.ParseInt(word, 10, 32); err == nil && id >= 0 {
		t.kind, t.id = toBroker, int32(id)
		return t, nil
	}
	addrs, err := config.Addresses(word)
	if err != nil {
		return t, &UnknownTargetError{Word: word}
	}
	t.kind, t.addr = toAddress, addrs[0]
	return t, nil
}

func noRest(word, rest string) error {
	if rest != "" {
		return fmt.Errorf("--to %s: nothing follows the word", word)
	}
	return nil
}
