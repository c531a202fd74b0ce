package host

import (
	"bytes"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"kdeck/ops/state"
	"kdeck/ops/tenant"
)

// mostLogged is how much of the end of a request log is read, in bytes: some thousand requests.
const mostLogged = 4 << 20

// whoseClients puts client ids and users to the clients of waits, where the broker writes a request log. Nothing else on a broker's machine knows them.
func (a *sampler) whoseClients(waits []state.HostWait) {
	of := map[string][]*state.HostWait{} // by address
	for i := range waits {
		if w := &waits[i]; w.Client != "" {
			of[w.Client] = append(of[w.Client], w)
		}
	}
	if len(of) == 0 {
		return
	}
	for line := range bytes.Lines(a.s.tail(a.p, a.requestLog())) {
		for client, waits := range of {
			if !bytes.Contains(line, []byte(client)) {
				continue
			}
			connection, who, ok := tenant.Connected(line)
			if !ok || !strings.Contains(connection, "-"+client+"-") {
				continue
			}
			user := strings.TrimPrefix(who.Principal, "User:")
			for _, w := range waits {
				if who.ClientID != "" && !slices.Contains(w.ClientIDs, who.ClientID) {
					w.ClientIDs = append(w.ClientIDs, who.ClientID)
				}
				if !slices.Contains(w.Users, user) {
					w.Users = append(w.Users, user)
				}
			}
		}
	}
}

// requestLog is the file of the request log that the broker has open, by its name: Kafka's own configuration calls it kafka-request.log, others requests.log; "" for none.
// Where nothing is written to it, it is there and empty.
func (a *sampler) requestLog() string {
	fds, _ := a.s.numbers(proc(a.p.PID, "fd"))
	for _, fd := range fds {
		name, err := a.s.link(proc(a.p.PID, "fd", strconv.Itoa(fd)))
		if base := path.Base(name); err == nil && strings.Contains(base, "request") && strings.HasSuffix(base, ".log") {
			return name
		}
	}
	return ""
}

// tail reads the end of a file of a process, from the first whole line on.
func (s *System) tail(p *Process, name string) []byte {
	if name == "" {
		return nil
	}
	f, err := s.Files.Open(in(proc(p.PID, "root", name)))
	if err != nil {
		return nil
	}
	defer f.Close()
	info, err := f.Stat()
	at, ok := f.(io.ReaderAt)
	if err != nil || !ok {
		return nil
	}
	from := max(0, info.Size()-mostLogged)
	text := make([]byte, min(info.Size(), mostLogged))
	n, _ := at.ReadAt(text, from)
	text = text[:n]
	if from > 0 {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	return text
}
