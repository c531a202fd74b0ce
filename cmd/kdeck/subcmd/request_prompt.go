package subcmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
	"golang.org/x/term"

	"kdeck/ops/ask"
	"kdeck/protocol"
	"kdeck/protocol/message"
)

// prompt sends requests to one node over one connection, as kafka-protocol's prompt does. It connects again where the node
// has closed the connection.
type prompt struct {
	env  *Env
	g    *globals
	o    *requestOptions
	src  *source
	line *ask.Conn
	out  io.Writer
	// waiting returns the context of one request, which an interrupt ends, and a function to be called after it.
	waiting func(context.Context) (context.Context, func())
	topics  []string // for completion; asked once
	asked   bool
}

const promptHelp = `NAME[@VERSION] or NAMEv1, then path=value, or words for the request's one list:
  Metadata                       TopicMetadata orders payments
  ListOffsetsV7 topics=orders topics[0].partitions=0,1
help            this             help NAME       the fields of a request
requests        the requests that this node serves
errors          Kafka's error codes
exit, quit, q   leave; so does the end of the input
Tab completes requests, fields and topics; the arrows go through what was typed before.
`

func runPrompt(ctx context.Context, env *Env, g *globals, o *requestOptions) error {
	var targets []ask.Target
	var err error
	if o.to == "" {
		targets, err = env.chooseNode(ctx, g)
	} else {
		targets, err = ask.ParseTargets(o.to)
	}
	if err != nil || targets == nil {
		return requestError(err)
	}
	src, err := env.openFor(g, targets)
	if err != nil {
		return err
	}
	line, err := ask.Connect(ctx, src.session, targets, o.asking(g, src, nil))
	if err != nil {
		return err
	}
	defer line.Close()
	p := &prompt{env: env, g: g, o: o, src: src, line: line, out: env.Out,
		waiting: func(ctx context.Context) (context.Context, func()) { return ctx, func() {} }}
	return p.loop(ctx)
}

// chooseNode asks on the terminal which node is to be asked, until the answer is one; nil where the input ends. Enter alone is
// the first broker.
func (e *Env) chooseNode(ctx context.Context, g *globals) ([]ask.Target, error) {
	src, err := e.open(g)
	if err != nil {
		return nil, err
	}
	resp, _, err := src.session.Any(ctx, brokerNames.request())
	if err != nil {
		return nil, err
	}
	brokers := brokerNames.of(resp.(*kmsg.MetadataResponse))
	if len(brokers) == 0 {
		return nil, failed(fmt.Errorf("%s names no broker: give --to host:port", src.name))
	}
	fmt.Fprintf(e.Err, "%s has the brokers %s. Which node? One of them, host:port, controller,\nleader-of:topic/0 or coordinator:group.\n", e.safe(src.name), strings.Join(brokers, " "))
	for {
		fmt.Fprintf(e.Err, "to [%s]> ", brokers[0])
		line, err := readAnswer(e.In)
		if word := strings.TrimSpace(line); err == nil && word == "" {
			return ask.ParseTargets(brokers[0])
		} else if word != "" {
			targets, err := ask.ParseTargets(word)
			if err == nil {
				_, err = ask.NewResolver(src.session).One(ctx, targets)
			}
			if err == nil {
				return targets, nil
			}
			fmt.Fprintln(e.Err, e.safe(requestError(err).Error()))
		}
		if err != nil {
			fmt.Fprintln(e.Err)
			return nil, nil
		}
	}
}

// readAnswer reads a line and nothing behind it: what follows is for others to read.
func readAnswer(in io.Reader) (string, error) {
	var line []byte
	for b := make([]byte, 1); ; {
		n, err := in.Read(b)
		if n > 0 && b[0] == '\n' {
			return string(line), nil
		}
		line = append(line, b[:n]...)
		if err != nil {
			return string(line), err
		}
	}
}

// loop reads lines until the input ends. On a terminal they can be edited.
func (p *prompt) loop(ctx context.Context) error {
	file, ok := p.env.In.(*os.File)
	if !p.env.InTerminal || !ok {
		in := bufio.NewScanner(p.env.In)
		in.Buffer(nil, 1<<20)
		for in.Scan() {
			if p.run(ctx, in.Text()) {
				return nil
			}
		}
		return in.Err()
	}
	before, err := term.MakeRaw(int(file.Fd()))
	if err != nil {
		return err
	}
	defer term.Restore(int(file.Fd()), before)
	t := term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{file, p.env.Out}, p.line.Addr()+"> ")
	if w, h, err := term.GetSize(int(file.Fd())); err == nil && w > 0 {
		t.SetSize(w, h)
	}
	t.AutoCompleteCallback = func(text string, pos int, key rune) (string, int, bool) { return p.complete(ctx, t, text, pos, key) }
	p.waiting = func(ctx context.Context) (context.Context, func()) {
		term.Restore(int(file.Fd()), before) // so that ^C is an interrupt
		ctx, stop := p.env.untilInterrupted(ctx)
		return ctx, func() {
			stop()
			term.MakeRaw(int(file.Fd()))
		}
	}
	p.out = t
	inner := *p.env
	inner.Out, inner.Err = t, t
	p.env = &inner
	for {
		text, err := t.ReadLine()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if p.run(ctx, text) {
			return nil
		}
	}
}

// run carries out one line and reports whether it was the last. An error is written and does not end the prompt.
func (p *prompt) run(ctx context.Context, text string) (last bool) {
	words, err := splitWords(text)
	if err == nil && len(words) == 0 {
		return false
	}
	if err == nil {
		switch strings.ToLower(words[0]) {
		case "exit", "quit", "q":
			return true
		case "help", "?":
			err = p.help(words[1:])
		case "errors":
			p.errorCodes()
		case "requests":
			p.requests()
		default:
			err = p.send(ctx, words)
		}
	}
	if err != nil {
		fmt.Fprintf(p.out, "%s\n", p.env.safe(err.Error()))
	}
	return false
}

// splitWords splits a line at blanks outside of double quotes. The quotes stay in the words.
func splitWords(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	in, escaped, any := false, false, false
	for _, r := range text {
		switch {
		case escaped:
			escaped = false
			word.WriteRune(r)
		case in && r == '\\':
			escaped = true
			word.WriteRune(r)
		case r == '"':
			in = !in
			any = true
			word.WriteRune(r)
		case !in && (r == ' ' || r == '\t'):
			if any {
				words = append(words, word.String())
			}
			word.Reset()
			any = false
		default:
			any = true
			word.WriteRune(r)
		}
	}
	if in {
		return nil, errors.New("a quote has no end")
	}
	if any {
		words = append(words, word.String())
	}
	return words, nil
}

func (p *prompt) help(words []string) error {
	if len(words) == 0 {
		_, err := io.WriteString(p.out, promptHelp)
		return err
	}
	return runAPI(p.env, p.g, &apiOptions{}, words[0])
}

func (p *prompt) errorCodes() {
	for _, e := range message.ErrorCodes() {
		fmt.Fprintf(p.out, "%4d  %-40s %s\n", e.Code, e.Message, e.Description)
	}
}

func (p *prompt) requests() {
	for _, a := range protocol.APIs() {
		if low, high, ok := protocol.VersionRange(p.line.Versions(), a.Key); ok {
			fmt.Fprintf(p.out, "%-28s %-6s %-5s %s\n", a.Name, message.Range{From: low, To: high}, a.Class, a.Help)
		}
	}
}

func (p *prompt) send(ctx context.Context, words []string) error {
	d, err := p.env.draft(&requestOptions{force: p.o.force}, words)
	if err != nil {
		return err
	}
	ctx, done := p.waiting(ctx)
	f, m, effect, err := p.line.Prepare(ctx, d.Request)
	if err == nil && mutates(effect.Class) && !validatesOnly(m) {
		err = fmt.Errorf("%s v%d changes something (%s) and isn't sent from the prompt: kdeck request shows what it would do", m.API.Name, m.Version, effect)
	}
	shown := &fanout{Fanout: f, env: p.env, g: p.g, o: p.o, src: p.src}
	if err == nil {
		err = shown.checkCap(ctx, m, effect.Class)
	}
	if err == nil {
		f.Ask(ctx, m)
	}
	done()
	if err != nil {
		return requestError(err)
	}
	return shown.show(m)
}

// complete is what Tab does.
func (p *prompt) complete(ctx context.Context, t *term.Terminal, text string, pos int, key rune) (string, int, bool) {
	if key != '\t' || pos != len(text) {
		return "", 0, false
	}
	start := strings.LastIndexByte(text, ' ') + 1
	word := text[start:]
	var found []string
	if strings.TrimSpace(text[:start]) == "" || strings.EqualFold(strings.TrimSpace(text[:start]), "help") {
		found = p.completeNames(word)
	} else if api, version, err := protocol.FindAPI(strings.Fields(text)[0]); err == nil {
		found = completeBody(api, version, word, func() []string { return p.topicNames(ctx) })
	}
	if len(found) == 0 {
		return "", 0, false
	}
	common := found[0]
	for _, f := range found[1:] {
		common = common[:commonPrefix(common, f)]
	}
	if len(found) > 1 && len(common) <= len(word) {
		fmt.Fprintf(t, "%s\n", strings.Join(found, "  "))
	}
	if len(common) < len(word) {
		return "", 0, false
	}
	if len(found) == 1 && !strings.HasSuffix(common, "=") && !strings.HasSuffix(common, ".") {
		common += " "
	}
	line := text[:start] + common
	return line, len(line), true
}

// commonPrefix is the length of the common prefix of two words, in bytes, ignoring case.
func commonPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && strings.EqualFold(a[n:n+1], b[n:n+1]) {
		n++
	}
	return n
}

func (p *prompt) completeNames(word string) []string {
	var found []string
	add := func(name string) {
		if len(name) >= len(word) && strings.EqualFold(name[:len(word)], word) {
			found = append(found, name)
		}
	}
	for _, a := range protocol.APIs() {
		if _, _, ok := protocol.VersionRange(p.line.Versions(), a.Key); ok {
			add(a.Name)
		}
	}
	for _, name := range []string{"help", "errors", "requests", "exit"} {
		add(name)
	}
	return found
}

// completeBody completes fields, and topics where a field, or a bare word, names them.
func completeBody(api *protocol.API, version int16, word string, topics func() []string) []string {
	path, value, assigned := strings.Cut(word, "=")
	var found []string
	if !assigned {
		for _, f := range fieldsAt(api, version, word) {
			if !strings.HasSuffix(f, ".") {
				f += "="
			}
			found = append(found, f)
		}
	} else if !message.NamesTopic(api.API, path) {
		return nil
	}
	if assigned || message.NamesTopic(api.API, "topics") && !strings.ContainsAny(word, ".[") {
		lead := ""
		if assigned {
			lead = path + "="
		} else {
			value = word
		}
		if at := strings.LastIndexByte(value, ','); at >= 0 {
			lead, value = lead+value[:at+1], value[at+1:]
		}
		for _, topic := range topics() {
			if strings.HasPrefix(topic, value) && (assigned || value != "") {
				found = append(found, lead+topic)
			}
		}
	}
	return found
}

// topicNames asks the node for its topics, once.
func (p *prompt) topicNames(ctx context.Context) []string {
	if p.asked {
		return p.topics
	}
	p.asked = true
	resp, err := p.src.session.Ask(ctx, p.line.Addr(), kmsg.NewPtrMetadataRequest())
	if err != nil {
		return nil
	}
	for _, t := range resp.(*kmsg.MetadataResponse).Topics {
		if t.Topic != nil {
			p.topics = append(p.topics, *t.Topic)
		}
	}
	slices.Sort(p.topics)
	return p.topics
}
