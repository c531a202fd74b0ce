package host

import (
	"bufio"
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A conn is one socket of the broker's network namespace.
type conn struct {
	port   int            // its own
	remote netip.AddrPort // the other end's
	listen bool
}

// sockets are the TCP sockets of a network namespace by inode, read when one is asked for that isn't known.
type sockets struct {
	s    *System
	pid  int
	all  map[string]conn
	read time.Time
}

// socketsEvery is how often they are read at the most: of 50,000 connections that takes some 50 ms.
const socketsEvery = time.Second

func (o *sockets) find(inode string, now time.Time) (conn, bool) {
	c, ok := o.all[inode]
	if !ok && (o.all == nil || now.Sub(o.read) >= socketsEvery) {
		o.load(now)
		c, ok = o.all[inode]
	}
	return c, ok
}

func (o *sockets) load(now time.Time) {
	o.all, o.read = map[string]conn{}, now
	for _, name := range []string{"tcp", "tcp6"} {
		f, err := o.s.Files.Open(in(proc(o.pid, "net", name)))
		if err != nil {
			continue
		}
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			if inode, c, ok := parseSocket(lines.Text()); ok {
				o.all[inode] = c
			}
		}
		f.Close()
	}
}

// parseSocket reads a line of /proc/net/tcp or tcp6: number, local and remote address, state, queues, timer, retransmits, user, timeout, inode.
func parseSocket(line string) (inode string, c conn, ok bool) {
	f := strings.Fields(line)
	if len(f) < 10 || !strings.HasSuffix(f[0], ":") {
		return "", c, false
	}
	local, ok1 := parseAddress(f[1])
	remote, ok2 := parseAddress(f[2])
	if !ok1 || !ok2 || f[9] == "0" {
		return "", c, false
	}
	return f[9], conn{port: int(local.Port()), remote: remote, listen: f[3] == "0A"}, true
}

// parseAddress reads 0100007F:2384: an address in words of 32 bits, each in the order of this kind of processor, and a port.
func parseAddress(s string) (a netip.AddrPort, ok bool) {
	address, port, found := strings.Cut(s, ":")
	b, err := hex.DecodeString(address)
	n, err2 := strconv.ParseUint(port, 16, 16)
	if !found || err != nil || err2 != nil || len(b) != 4 && len(b) != 16 {
		return a, false
	}
	for i := 0; i < len(b); i += 4 {
		slices.Reverse(b[i : i+4])
	}
	ip, _ := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(ip.Unmap(), uint16(n)), true
}

// inodeOf returns the inode of "socket:[117632]".
func inodeOf(link string) (inode string, ok bool) {
	rest, ok := strings.CutPrefix(link, "socket:[")
	return strings.TrimSuffix(rest, "]"), ok
}
