package serve

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
)

// Share is the part of groups and brokers that one of several servers shows, so that they divide them among themselves. The zero value is
// all of them.
type Share struct{ Part, Of int } // Part counts from 1

// ParseShare reads "2/3"; "" is all.
func ParseShare(text string) (Share, error) {
	if text == "" {
		return Share{}, nil
	}
	part, of, ok := strings.Cut(text, "/")
	s := Share{}
	var err, err2 error
	s.Part, err = strconv.Atoi(part)
	s.Of, err2 = strconv.Atoi(of)
	if !ok || err != nil || err2 != nil || s.Of < 1 || s.Of > 1000 || s.Part < 1 || s.Part > s.Of {
		return Share{}, fmt.Errorf("%q is no share: 2/3 is the second of three", text)
	}
	return s, nil
}

func (s Share) String() string {
	if s.Of == 0 {
		return "1/1"
	}
	return fmt.Sprintf("%d/%d", s.Part, s.Of)
}

// Group tells whether a group is in the share: by a hash of its name, so that all servers agree.
func (s Share) Group(name string) bool { return s.has("group " + name) }

// Broker tells whether a broker is in the share: by the remainder of its id, as ids often run on.
func (s Share) Broker(id int32) bool { return s.Of == 0 || int(id)%s.Of == s.Part-1 }

func (s Share) has(name string) bool {
	if s.Of == 0 {
		return true
	}
	h := fnv.New32a()
	h.Write([]byte(name))
	return int(h.Sum32()%uint32(s.Of)) == s.Part-1
}
