package tenant

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Caller is who a line of Kafka's request log is about.
type Caller struct{ Principal, ClientID, Software string }

// Called is what one caller cost, in the lines that were read.
type Called struct {
	Caller
	Requests int
	QueueMS  float64 // waited for a request handler
	LocalMS  float64 // a request handler's time
	SendMS   float64 // a network thread's time
	Bytes    int64   // of records, sent and received
	Kinds    map[string]Kind
}

// Kind is one kind of request of one caller.
type Kind struct {
	Requests int
	Bytes    int64
	RemoteMS float64
	Version  int16 // the lowest
}

// ThreadMS is the time of the broker's threads that the caller took.
func (c *Called) ThreadMS() float64 { return c.LocalMS + c.SendMS }

// maxCallers bounds what is kept of a log with ever new client ids; the rest is counted together.
const maxCallers = 20000

// others is the caller that stands for all beyond maxCallers.
var others = Caller{ClientID: "(others)"}

// RequestLog adds up the lines of Kafka's request log (logger kafka.request.logger, at DEBUG or TRACE).
// It is not safe for concurrent use.
type RequestLog struct {
	Lines, Other int // lines that were read, and those of them that are no completed request

	by     map[Caller]*Called
	newest map[string]int16 // the highest version of each kind that anybody used

	// greeted are connections of which only the ApiVersions requests were read with which they begin. The broker knows the
	// client's software from there on, not yet in them (KIP-511): what comes next on the connection tells whose they were.
	greeted map[string]*Called
}

// NewRequestLog is a log without lines.
func NewRequestLog() *RequestLog {
	return &RequestLog{by: map[Caller]*Called{}, newest: map[string]int16{}, greeted: map[string]*Called{}}
}

// logged is what is wanted of a line.
type logged struct {
	Header struct {
		ClientID string `json:"clientId"`
		Name     string `json:"requestApiKeyName"`
		Key      int16  `json:"requestApiKey"`
		Version  int16  `json:"requestApiVersion"`
	} `json:"requestHeader"`
	Request    json.RawMessage `json:"request"`
	Response   json.RawMessage `json:"response"`
	QueueMS    float64         `json:"requestQueueTimeMs"`
	LocalMS    float64         `json:"localTimeMs"`
	RemoteMS   float64         `json:"remoteTimeMs"`
	SendMS     float64         `json:"sendTimeMs"`
	Principal  string          `json:"principal"`
	Connection string          `json:"connection"`
	ClientInfo struct {
		Name    string `json:"softwareName"`
		Version string `json:"softwareVersion"`
	} `json:"clientInformation"`
}

// Add takes one line in, and tells whether it is a completed request.
func (r *RequestLog) Add(line []byte) bool {
	r.Lines++
	l, ok := readCompleted(line)
	if !ok {
		r.Other++
		return false
	}
	who := Caller{l.Principal, l.Header.ClientID, strings.TrimSpace(l.ClientInfo.Name + " " + l.ClientInfo.Version)}
	c := &Called{Caller: who, Requests: 1, QueueMS: l.QueueMS, LocalMS: l.LocalMS, SendMS: l.SendMS,
		Bytes: recordBytes(l.Request) + recordBytes(l.Response)}
	name := cmp.Or(l.Header.Name, strconv.Itoa(int(l.Header.Key)))
	c.Kinds = map[string]Kind{name: {1, c.Bytes, l.RemoteMS, l.Header.Version}}
	r.newest[name] = max(r.newest[name], l.Header.Version)
	first := r.greeted[l.Connection]
	if l.Header.Key == apiVersions && l.ClientInfo.Name == unknownSoftware && l.Connection != "" {
		switch {
		case first != nil: // the version before was too new for the broker
			first.add(c)
			return true
		case len(r.greeted) < maxCallers:
			r.greeted[l.Connection] = c
			return true
		}
	} else if first != nil {
		first.Caller = who
		addTo(r.by, first)
		delete(r.greeted, l.Connection)
	}
	addTo(r.by, c)
	return true
}

const (
	apiVersions     = 18        // its key
	unknownSoftware = "unknown" // what Kafka calls the software of a client that hasn't said it (ClientInformation)
)

// addTo adds a cost to what its caller cost already.
func addTo(by map[Caller]*Called, cost *Called) {
	who := cost.Caller
	if by[who] == nil && len(by) >= maxCallers {
		who = others
	}
	c := by[who]
	if c == nil {
		c = &Called{Caller: who, Kinds: map[string]Kind{}}
		by[who] = c
	}
	c.add(cost)
}

// add adds a cost, whoever's it was.
func (c *Called) add(cost *Called) {
	c.Requests += cost.Requests
	c.QueueMS += cost.QueueMS
	c.LocalMS += cost.LocalMS
	c.SendMS += cost.SendMS
	c.Bytes += cost.Bytes
	for name, more := range cost.Kinds {
		k, seen := c.Kinds[name]
		if !seen || more.Version < k.Version {
			k.Version = more.Version
		}
		k.Requests += more.Requests
		k.Bytes += more.Bytes
		k.RemoteMS += more.RemoteMS
		c.Kinds[name] = k
	}
}

var recordsSize = []byte(`"recordsSizeInBytes":`)

// recordBytes adds up the sizes that Kafka logs in the place of records.
func recordBytes(body []byte) (sum int64) {
	for {
		i := bytes.Index(body, recordsSize)
		if i < 0 {
			return sum
		}
		body = bytes.TrimLeft(body[i+len(recordsSize):], " ")
		end := 0
		for end < len(body) && '0' <= body[end] && body[end] <= '9' {
			end++
		}
		if n, err := strconv.ParseInt(string(body[:end]), 10, 64); err == nil && n < 1<<40 {
			sum += n
		}
	}
}

// Ranking is every caller, the one that took most thread time first.
func (r *RequestLog) Ranking() []*Called {
	by := r.by
	if len(r.greeted) > 0 { // of these nothing else is known yet: they count as what they called themselves
		by = make(map[Caller]*Called, len(r.by))
		for _, cost := range []iter.Seq[*Called]{maps.Values(r.by), maps.Values(r.greeted)} {
			for c := range cost {
				addTo(by, c)
			}
		}
	}
	list := slices.Collect(maps.Values(by))
	slices.SortFunc(list, func(a, b *Called) int {
		return cmp.Or(cmp.Compare(b.ThreadMS(), a.ThreadMS()), cmp.Compare(b.Requests, a.Requests),
			cmp.Compare(a.Principal, b.Principal), cmp.Compare(a.ClientID, b.ClientID), cmp.Compare(a.Software, b.Software))
	})
	return list
}

// TotalMS is the thread time of all callers together.
func (r *RequestLog) TotalMS() (sum float64) {
	for _, c := range r.by {
		sum += c.ThreadMS()
	}
	for _, c := range r.greeted {
		sum += c.ThreadMS()
	}
	return sum
}

// What is strange of a caller is told from so many requests on.
const enough = 100

// Strange says what doesn't look right about a caller.
func (r *RequestLog) Strange(c *Called) []string {
	var list []string
	if k := c.Kinds["FETCH"]; k.Requests >= enough && k.Bytes/int64(k.Requests) < 1000 && k.RemoteMS/float64(k.Requests) < 10 {
		list = append(list, fmt.Sprintf("tiny fetches in a loop: %d with %d bytes each, hardly waiting (fetch.min.bytes, fetch.max.wait.ms)",
			k.Requests, k.Bytes/int64(k.Requests)))
	}
	if k := c.Kinds["PRODUCE"]; k.Requests >= enough && k.Bytes/int64(k.Requests) < 1000 {
		list = append(list, fmt.Sprintf("tiny produce requests: %d with %d bytes each (linger.ms, batch.size)", k.Requests, k.Bytes/int64(k.Requests)))
	}
	if k := c.Kinds["METADATA"]; k.Requests >= enough && k.Requests*10 > c.Requests*3 {
		list = append(list, fmt.Sprintf("a storm of Metadata requests: %d of %d", k.Requests, c.Requests))
	}
	for _, name := range []string{"PRODUCE", "FETCH"} {
		if k, ok := c.Kinds[name]; ok && k.Version+4 <= r.newest[name] {
			list = append(list, fmt.Sprintf("old: %s version %d, others use %d", name, k.Version, r.newest[name]))
		}
	}
	return list
}

// Top names the kinds that a caller sent most, with their numbers.
func (c *Called) Top(n int) string {
	names := make([]string, 0, len(c.Kinds))
	for name := range c.Kinds {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(c.Kinds[b].Requests, c.Kinds[a].Requests), cmp.Compare(a, b))
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %d", name, c.Kinds[name].Requests)
	}
	return strings.Join(names[:min(n, len(names))], ", ")
}
