package ask

import (
	"fmt"
	"slices"
	"strings"

	"kdeck/protocol"
	"kdeck/protocol/message"
)

// Request is a request whose version isn't chosen yet.
type Request struct {
	API      *protocol.API
	Pinned   int16   // the version that is sent, exactly; or -1
	Versions []int16 // the versions that can carry it, of those that kdeck knows, ascending; at least one
	Force    bool    // send it although a node doesn't say that it serves it
	Build    func(version int16) (*message.Message, error)
}

// newest is the newest version that can carry the request.
func (r *Request) newest() int16 { return r.Versions[len(r.Versions)-1] }

// version chooses the version to send: the pinned one, or the newest that can carry the request and that every node serves.
// Nodes that weren't reached don't count, nor do those that don't serve the API: these fail.
func (f *Fanout) version() (int16, error) {
	r := f.Request
	candidates := slices.Clone(r.Versions)
	for _, reply := range f.Replies {
		if reply.Err != nil || reply.versions == nil {
			continue
		}
		low, high, served := protocol.VersionRange(reply.versions, r.API.Key)
		switch {
		case r.Force && r.Pinned >= 0:
		case !served && !r.Force:
			reply.Err = fmt.Errorf("%s: it doesn't serve %s on this listener (kdeck api --to %s lists what it does); --force sends it all the same", reply.Addr, r.API.Name, reply.Addr)
		case r.Pinned >= 0 && (r.Pinned < low || r.Pinned > high):
			reply.Err = fmt.Errorf("%s: it serves %s v%d to v%d, not v%d; --force sends it all the same", reply.Addr, r.API.Name, low, high, r.Pinned)
		case r.Pinned < 0 && served:
			candidates = slices.DeleteFunc(candidates, func(v int16) bool { return v < low || v > high })
		}
	}
	if len(candidates) == 0 {
		return 0, fmt.Errorf("no version of %s that can carry this request is served by all of the nodes: v%s can carry it%s", r.API.Name, message.Range{From: r.Versions[0], To: r.newest()}, f.served())
	}
	return candidates[len(candidates)-1], nil
}

// served says which versions the nodes serve, in words. Nodes that serve the same versions are named together.
func (f *Fanout) served() (text string) {
	nodes, ranges := map[message.Range][]string{}, []message.Range{}
	for _, reply := range f.Replies {
		if reply.versions == nil {
			continue
		}
		if low, high, ok := protocol.VersionRange(reply.versions, f.Request.API.Key); ok {
			is := message.Range{From: low, To: high}
			if nodes[is] == nil {
				ranges = append(ranges, is)
			}
			nodes[is] = append(nodes[is], reply.Name)
		}
	}
	for _, is := range ranges {
		text += fmt.Sprintf("; v%s by %s", is, nodeNames(nodes[is]))
	}
	return text
}

// maxNamed is how many nodes are named in a sentence.
const maxNamed = 5

func nodeNames(names []string) string {
	switch n := len(names); {
	case n == 1:
		return "node " + names[0]
	case n > maxNamed:
		return fmt.Sprintf("%d nodes", n)
	}
	return "nodes " + strings.Join(names, ", ")
}
