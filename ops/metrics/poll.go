package metrics

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"kdeck/ops/config"
	"kdeck/ops/state"
)

// DefaultDeadline is how long one broker's exporter may take, from the connection to the last byte. With many partitions it takes
// seconds.
const DefaultDeadline = 10 * time.Second

// Target is one broker to read the metrics of.
type Target struct {
	ID   int32
	Host string // as it is advertised
	// Topics says that what the broker counts of single topics is wanted too, where its exporter shows it. A Prometheus server is not asked for it: of a large
	// cluster that would be a hundred thousand series each time.
	Topics bool
}

// Options are the settings of a poller. The zero value means the real network, the real clock and the defaults.
type Options struct {
	Dial     func(ctx context.Context, network, addr string) (net.Conn, error)
	Now      func() time.Time
	Deadline time.Duration // of each broker
	TLS      *tls.Config   // of connections by https; nil: the system's authorities
	TLSErr   error         // why TLS can't be had; every https address then fails with it
	// Trusts tells which hosts that brokers advertise may get the credentials of the configuration; nil: all.
	Trusts func(host string) bool
	// Named are the hosts that the operator named. If the configuration has no metrics, the conventional ports of these hosts are
	// tried, and of no others.
	Named []string
}

// Answer is the result of reading one broker.
type Answer struct {
	ID     int32
	Broker *state.BrokerMetrics // nil where Err says why
	Err    error
}

// Readings returns answers by broker; at is the time of those that failed.
func Readings(answers []Answer, at time.Time) map[int32]state.Reading[*state.BrokerMetrics] {
	byBroker := make(map[int32]state.Reading[*state.BrokerMetrics], len(answers))
	for _, a := range answers {
		if a.Err != nil {
			byBroker[a.ID] = state.Missing[*state.BrokerMetrics](a.Err.Error(), at, "")
		} else {
			byBroker[a.ID] = state.Read(a.Broker, a.Broker.At, a.Broker.From)
		}
	}
	return byBroker
}

// Poller reads the brokers' metrics. It keeps the last page of each, because rates need two. It is not safe for concurrent use.
type Poller struct {
	metrics config.Metrics
	o       Options
	client  *http.Client

	traffic atomic.Int64
	room    room

	mask *config.Mask

	mu    sync.Mutex
	nodes map[int32]*node
	prom  *matcher
}

// node is what a poller keeps of one broker.
type node struct {
	url     string
	jolokia bool
	reader  *reader
	last    *Page
	before  *Page // that of the scrape before the last one, where pages tell the times of scrapes
}

// NewPoller makes a poller; nothing is sent. A nil Dial is the network.
func NewPoller(m config.Metrics, o Options) *Poller {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Deadline <= 0 {
		o.Deadline = DefaultDeadline
	}
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	p := &Poller{metrics: m, o: o, mask: (&config.Cluster{Metrics: m}).Mask(), nodes: map[int32]*node{}, prom: newMatcher()}
	p.client = &http.Client{
		Transport: &http.Transport{DialContext: p.dial, MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute, Proxy: http.ProxyFromEnvironment,
			TLSClientConfig: o.TLS.Clone()},
		// A redirect would lead to a host that the operator didn't name.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return p
}

// Close ends the connections that are kept.
func (p *Poller) Close() { p.client.CloseIdleConnections() }

// Poll reads all brokers at once, each within its own deadline. The answers are in the order of the targets.
func (p *Poller) Poll(ctx context.Context, targets []Target) []Answer {
	if p.metrics.PrometheusServer.URL != "" {
		return p.askServer(ctx, targets)
	}
	answers := make([]Answer, len(targets))
	defer p.maskErrors(answers)
	shared, hosts := p.shared(targets), byHost(targets)
	var all sync.WaitGroup
	for i, t := range targets {
		if err := shared[t.ID]; err != nil {
			answers[i] = Answer{ID: t.ID, Err: err}
			continue
		}
		all.Go(func() {
			ctx, cancel := p.deadline(ctx)
			defer cancel()
			answers[i] = Answer{ID: t.ID}
			answers[i].Broker, answers[i].Err = p.ask(ctx, t, hosts)
		})
	}
	all.Wait()
	return answers
}

// maskErrors hides the credentials in what exporters say, which may repeat them.
func (p *Poller) maskErrors(answers []Answer) {
	for i := range answers {
		answers[i].Err = p.mask.Error(answers[i].Err)
	}
}

func (p *Poller) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, p.o.Deadline, fmt.Errorf("no complete answer within %s", p.o.Deadline))
}

// shared finds brokers that would be read at the same address: the metrics there could be those of any of them.
func (p *Poller) shared(targets []Target) map[int32]error {
	at := map[config.URL][]int32{}
	for _, t := range targets {
		address := config.URL(t.Host) // where nothing is configured, ports of the host are tried
		for _, e := range []config.Exporter{p.metrics.Prometheus, p.metrics.Jolokia} {
			if !e.Empty() {
				address, _ = p.addressOf(e, t)
			}
		}
		at[address] = append(at[address], t.ID)
	}
	errs := map[int32]error{}
	for address, ids := range at {
		if len(ids) < 2 || address == "" {
			continue
		}
		for _, id := range ids {
			if strings.Contains(string(address), "/federate") {
				errs[id] = fmt.Errorf("%s stands for %d brokers: give its Prometheus server in the context, "+
					"metrics: {prometheus-server: {url: \"http://…\", match: '…'}}, or an address for each broker", address, len(ids))
				continue
			}
			errs[id] = fmt.Errorf("%s stands for %d brokers, so whose metrics it shows is unknown: "+
				"give each its own in the context, metrics: {prometheus: {\"%d\": \"http://…\", …}}, or {id} in the address", address, len(ids), ids[0])
		}
	}
	return errs
}

// UnknownError says that no exporter of a broker is known.
type UnknownError struct{ Host string }

func (e *UnknownError) Error() string {
	return fmt.Sprintf("no exporter is known for %s: say where in the context, metrics: {prometheus: \"http://{host}:9404/metrics\"}", e.Host)
}

func (p *Poller) ask(ctx context.Context, t Target, hosts map[string][]int32) (*state.BrokerMetrics, error) {
	p.mu.Lock()
	n := p.nodes[t.ID]
	if n == nil {
		n = &node{reader: newReader().in(&p.room)}
		p.nodes[t.ID] = n
	}
	p.mu.Unlock()
	if n.url == "" {
		if err := p.locate(ctx, t, n); err != nil {
			return nil, err
		}
	}
	n.reader.broker, n.reader.hosts = t.ID, hosts
	n.reader.wantTopics(t.Topics)
	page, err := p.page(ctx, n)
	if err != nil {
		n.last, n.before = nil, nil // the next one may be of another process
		return nil, err
	}
	if n.last != nil && !page.Scraped.IsZero() && !page.At.After(n.last.At) { // of the same scrape as the last one
		b := Derive(t.ID, n.before, page)
		n.reader.release(n.last)
		n.last = page
		return b, nil
	}
	if page.Scraped.IsZero() && page.copyOf(n.last) {
		b := Derive(t.ID, nil, page)
		n.reader.release(page)
		return b, nil
	}
	b := Derive(t.ID, n.last, page)
	if page.Scraped.IsZero() {
		n.reader.release(n.last)
	} else {
		n.reader.release(n.before)
		n.before = n.last
	}
	n.last = page
	return b, nil
}

// locate finds out where a broker's metrics are.
func (p *Poller) locate(ctx context.Context, t Target, n *node) error {
	for _, e := range []struct {
		exporter config.Exporter
		jolokia  bool
	}{{p.metrics.Prometheus, false}, {p.metrics.Jolokia, true}} {
		if e.exporter.Empty() {
			continue
		}
		address, err := p.addressOf(e.exporter, t)
		if err != nil {
			return err
		}
		if _, err := url.Parse(string(address)); err != nil {
			return fmt.Errorf("metrics of broker %d: its address in the context is not a URL: %w", t.ID, withoutURL(err))
		}
		n.url, n.jolokia = string(address), e.jolokia
		return nil
	}
	return p.discover(ctx, t, n)
}

// addressOf is where a broker's metrics are, by the configuration. A broker chooses what it advertises, so what it puts into the
// address must be a host and nothing else, and one that may get the credentials.
func (p *Poller) addressOf(e config.Exporter, t Target) (config.URL, error) {
	address, ok := e.ByBroker[t.ID]
	if !ok {
		address = e.URL
	}
	if address == "" {
		return "", &UnknownError{t.Host}
	}
	host := t.Host
	if strings.Contains(string(address), "{host}") {
		m := &p.metrics
		switch {
		case !config.ValidHost(host):
			return "", fmt.Errorf("metrics of broker %d: it advertises %.200q, which is no name or address of a host: nothing is asked there", t.ID, host)
		case (address.HasCredentials() || m.Username != "" || !m.Token.IsZero()) && p.o.Trusts != nil && !p.o.Trusts(host):
			return "", fmt.Errorf("metrics of broker %d: it advertises the host %s, which is neither in the domain of a bootstrap address nor named in the context, "+
				"so the exporters' credentials are not sent there: if it is right, name it, metrics: {hosts: [%q]}", t.ID, host, host)
		}
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return config.URL(strings.NewReplacer("{host}", host, "{id}", strconv.Itoa(int(t.ID))).Replace(string(address))), nil
}

// The ports that exporters answer on by convention.
var (
	textPorts    = []string{"9404", "7071", "1234", "5556", "11001", "8080", "7778"}
	jolokiaPorts = []string{"8778", "7777"}
)

// discover tries the conventional ports, all at once, and takes the first in their order that answers with Kafka's
// metrics.
func (p *Poller) discover(ctx context.Context, t Target, n *node) error {
	named := false
	for _, host := range p.o.Named {
		named = named || host == t.Host
	}
	if !named {
		return &UnknownError{t.Host}
	}
	var found []*node
	for _, port := range textPorts {
		found = append(found, &node{url: "http://" + net.JoinHostPort(t.Host, port) + "/metrics", reader: newReader()})
	}
	for _, port := range jolokiaPorts {
		found = append(found, &node{url: "http://" + net.JoinHostPort(t.Host, port) + "/jolokia/", reader: newReader(), jolokia: true})
	}
	ok := make([]bool, len(found))
	var all sync.WaitGroup
	for i, f := range found {
		all.Go(func() {
			_, err := p.page(ctx, f)
			ok[i] = err == nil
		})
	}
	all.Wait()
	for i, f := range found {
		if ok[i] {
			*n = *f
			n.reader = newReader().in(&p.room)
			return nil
		}
	}
	return &UnknownError{t.Host}
}

// acceptText prefers OpenMetrics, because its end mark shows that a page is complete.
const acceptText = "application/openmetrics-text; version=1.0.0, text/plain; version=0.0.4; q=0.5"

// page reads one page over HTTP.
func (p *Poller) page(ctx context.Context, n *node) (*Page, error) {
	var req *http.Request
	var err error
	if n.jolokia {
		req, err = http.NewRequestWithContext(ctx, http.MethodPost, n.url, bytes.NewReader(jolokiaRequest(n.reader.match.topics)))
	} else if req, err = http.NewRequestWithContext(ctx, http.MethodGet, n.url, nil); err == nil {
		req.Header.Set("Accept", acceptText)
	}
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", withoutURL(err))
	}
	var page *Page
	at := p.o.Now()
	err = p.do(req, func(body io.Reader, contentType string) (err error) {
		if n.jolokia {
			page, err = n.reader.jolokia(body)
		} else {
			page, err = n.reader.text(body, strings.HasPrefix(contentType, "application/openmetrics-text"))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	page.From, page.At = req.URL.Host, at
	if !page.Scraped.IsZero() {
		page.At = page.Scraped
	}
	return page, nil
}

// do sends a request and calls read with the body, which net/http has decompressed.
func (p *Poller) do(req *http.Request, read func(body io.Reader, contentType string) error) error {
	where := config.URL(req.URL.String())
	if req.URL.Scheme == "https" && p.o.TLSErr != nil {
		return p.o.TLSErr
	}
	switch m := &p.metrics; {
	case !m.Token.IsZero():
		req.Header.Set("Authorization", "Bearer "+m.Token.Reveal())
	case m.Username != "":
		req.SetBasicAuth(m.Username, m.Password.Reveal())
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return fmt.Errorf("metrics: %s: %w", where, exchangeError(req.Context(), err))
	}
	defer resp.Body.Close()
	contentType := resp.Header.Get("Content-Type")
	body := bufio.NewReader(resp.Body)
	begin, _ := body.Peek(1)
	switch code := resp.StatusCode; {
	case code >= 400 && code != http.StatusUnauthorized && string(begin) == "{": // Jolokia and Prometheus servers say why
		if err := read(body, contentType); err != nil {
			return fmt.Errorf("metrics: %s: %w", where, exchangeError(req.Context(), err))
		}
		return fmt.Errorf("metrics: %s answers %s", where, resp.Status)
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return fmt.Errorf("metrics: %s wants a login (%s): write name and password before its host, as in http://name:password@…, "+
			"or metrics: {username: …, password: \"${env:…}\"} or {token: \"${file:…}\"} in the context", where, resp.Status)
	case code == http.StatusNotFound:
		return fmt.Errorf("metrics: %s answers %s: exporters mostly answer at /metrics, Jolokia at /jolokia/", where, resp.Status)
	case code >= 300 && code < 400:
		return fmt.Errorf("metrics: %s answers %s and redirects to an address that nobody named: if it is right, put it into the context (%.200q)",
			where, resp.Status, p.mask.Said(config.URL(resp.Header.Get("Location")).String()))
	case code != http.StatusOK:
		return fmt.Errorf("metrics: %s answers %s", where, resp.Status)
	case strings.HasPrefix(contentType, "text/html"):
		return fmt.Errorf("metrics: %s answers with a web page, not with metrics", where)
	case resp.ContentLength > maxPage:
		return fmt.Errorf("metrics: %s: its page is larger than %d MB: given up", where, maxPage>>20)
	}
	if err := read(body, contentType); err != nil {
		return fmt.Errorf("metrics: %s: %w", where, exchangeError(req.Context(), err))
	}
	return nil
}

// exchangeError puts the deadline or the caller's cause first, if that ended an exchange.
func exchangeError(ctx context.Context, err error) error {
	err = withoutURL(err)
	if hint := tlsHint(err); hint != "" {
		return fmt.Errorf("%s (%w)", hint, err)
	}
	switch cause := context.Cause(ctx); {
	case cause != nil && (errors.Is(err, cause) || err == ctx.Err()):
		return cause
	case cause != nil:
		return fmt.Errorf("%w: %w", cause, err)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("nothing listens there: do the broker and its exporter run? (%w)", err)
	}
	return err
}

// withoutURL leaves out the address, which may hold a password.
func withoutURL(err error) error {
	var of *url.Error
	if !errors.As(err, &of) {
		return err
	}
	var escape url.EscapeError
	if errors.As(err, &escape) {
		return errors.New("a % in it has to be written %25")
	}
	return of.Err
}

// askServer reads all brokers at once from a Prometheus server.
func (p *Poller) askServer(ctx context.Context, targets []Target) []Answer {
	ctx, cancel := p.deadline(ctx)
	defer cancel()
	scrapes, strangers, from, err := p.query(ctx, targets)
	settled, unsure := settle(scrapes)
	answers := make([]Answer, len(targets))
	defer p.maskErrors(answers)
	for i, t := range targets {
		answers[i] = Answer{ID: t.ID, Err: err}
		if err != nil {
			continue
		}
		got := settled[t.ID]
		if unsure[t.ID] != nil {
			answers[i].Err = fmt.Errorf("metrics: %s: %w", from, unsure[t.ID])
			continue
		}
		if got == nil {
			answers[i].Err = fmt.Errorf("metrics: %s has no series whose labels name broker %d or its host %s (%d series name no broker)",
				from, t.ID, t.Host, strangers)
			continue
		}
		got.now.From, got.before.From = from, from
		before := got.before
		if !before.At.Before(got.now.At) {
			before = nil
		}
		answers[i].Broker = Derive(t.ID, before, got.now)
	}
	return answers
}

func (p *Poller) query(ctx context.Context, targets []Target) (scrapes map[int32]map[string]*scrape, strangers int, from string, err error) {
	server := p.metrics.PrometheusServer
	form := url.Values{"query": {promQuery(server.Match)}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(string(server.URL), "/")+"/api/v1/query", strings.NewReader(form.Encode()))
	if err != nil {
		return nil, 0, "", fmt.Errorf("metrics: %w", withoutURL(err))
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	err = p.do(req, func(body io.Reader, _ string) (err error) {
		scrapes, strangers, err = scanProm(body, p.prom, brokerByLabels(targets))
		return err
	})
	return scrapes, strangers, req.URL.Host, err
}
