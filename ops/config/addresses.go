package config

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// Addresses reads a list of addresses: host:port, separated by commas. A listener's name in front, as in advertised.listeners
// (PLAINTEXT://host:port), is dropped.
func Addresses(list string) ([]string, error) {
	var addrs []string
	for word := range strings.SplitSeq(list, ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		addr, err := address(word)
		if err != nil {
			return nil, err
		}
		addrs = append(addrs, addr)
	}
	if len(addrs) == 0 {
		return nil, errors.New("no address: host:port was expected")
	}
	return addrs, nil
}

// withoutUser is a word that ought to be an address, without what stands before its last @: it may be a password.
func withoutUser(word string) string {
	if at := strings.LastIndexByte(word, '@'); at >= 0 {
		return "…" + word[at:]
	}
	return word
}

func address(word string) (string, error) {
	addr := word
	if _, after, found := strings.Cut(word, "://"); found {
		addr = after
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil || host == "" {
		return "", fmt.Errorf("%q is no address: host:port was expected", withoutUser(word))
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", fmt.Errorf("%q is no address: the port must be a number from 1 to 65535", withoutUser(word))
	}
	return addr, nil
}
