package config

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/kballard/go-shellquote"
)

// HostLook says how a broker's own machine is asked what the broker's threads wait for: the address at which `kdeck host --serve` answers, or the command
// line that runs `kdeck host -o json` there. {host} stands for the host that the broker advertises, {id} for its node id. Empty: it isn't asked.
type HostLook string

// HostSource is where one broker's machine is asked: an address, or else the words of a command, which no shell reads.
type HostSource struct {
	URL   string
	Words []string
}

// String writes the address, or the command.
func (s HostSource) String() string {
	if s.URL != "" {
		return s.URL
	}
	return shellquote.Join(s.Words...)
}

// template reads what was given, before any broker is known.
func (l HostLook) template() (HostSource, error) {
	text := string(l)
	if left := strings.NewReplacer("{host}", "", "{id}", "").Replace(text); strings.ContainsAny(left, "{}") {
		return HostSource{}, errors.New("only {host} and {id} stand for something, and no other brace may be there")
	}
	if strings.Contains(text, "://") && !strings.ContainsAny(text, " \t\"'") {
		u, err := url.Parse(strings.NewReplacer("{host}", "b", "{id}", "1").Replace(text))
		switch {
		case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
			return HostSource{}, errors.New("an address such as http://{host}:9405 was expected")
		case u.User != nil:
			return HostSource{}, errors.New("no user and password may be in the address: kdeck host --serve asks for none")
		}
		return HostSource{URL: text}, nil
	}
	words, err := shellquote.Split(text)
	if err != nil || len(words) == 0 {
		return HostSource{}, errors.New(`an address such as http://{host}:9405, or a command such as "ssh {host} kdeck host -o json", was expected`)
	}
	if strings.ContainsAny(words[0], "{}") {
		return HostSource{}, fmt.Errorf("the program %s must stand there by its own name: what a broker says of itself must not choose it", words[0])
	}
	return HostSource{Words: words}, nil
}

// Of returns where the machine of one broker is asked. host is what the broker advertises: it is refused unless it is the name or the address of a host,
// since it becomes part of an address or an argument of a command.
func (l HostLook) Of(id int32, host string) (HostSource, error) {
	s, err := l.template()
	if err != nil {
		return s, err
	}
	if strings.Contains(string(l), "{host}") && !ValidHost(host) {
		return HostSource{}, fmt.Errorf("broker %d advertises the host %q, which is no name and no address of a host: it is not asked", id, host)
	}
	inURL := host
	if strings.Contains(host, ":") {
		inURL = "[" + host + "]"
	}
	node := strconv.Itoa(int(id))
	s.URL = strings.NewReplacer("{host}", inURL, "{id}", node).Replace(s.URL)
	for i, w := range s.Words {
		s.Words[i] = strings.NewReplacer("{host}", host, "{id}", node).Replace(w)
	}
	return s, nil
}
