package config

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"kdeck/ops/format"
	"kdeck/protocol/printable"
)

// minMasked is the length, in bytes, from which on a secret is masked in what a peer says of a failure. A shorter one would be found
// in most texts.
const minMasked = 4

// minEverywhere is the length, in bytes, from which on a secret is masked in everything that is written. A shorter one may be a word,
// such as kafka or admin, and to hide it in names of topics, hosts and users would make answers wrong.
const minEverywhere = 8

// maxMasked is the length, in bytes, above which a secret is masked piece by piece: a peer may repeat a part of it alone.
const maxMasked = 96

// Mask hides secrets in text that came from outside: a peer may repeat what was sent to it, in a message, a name or a value. A nil
// Mask hides nothing. It is safe for concurrent use.
type Mask struct {
	mu       sync.RWMutex
	forms    []string // in which the secrets may stand in a text, the longest first
	replacer *strings.Replacer
	words    []string // shorter secrets in their forms, the longest first: see Said
	said     *strings.Replacer
	parts    map[string]bool // see Cells
}

// NewMask returns a mask of secrets.
func NewMask(secrets ...string) *Mask {
	m := &Mask{}
	m.Add(secrets...)
	return m
}

// Add hides more secrets, in the forms in which peers and kdeck itself write a text.
func (m *Mask) Add(secrets ...string) {
	var forms, words []string
	for _, secret := range secrets {
		for _, piece := range pieces(secret) {
			if len(piece) < minEverywhere {
				words = append(words, formsOf(piece)...)
			} else {
				forms = append(forms, formsOf(piece)...)
			}
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(words) > 0 {
		m.words = longestFirst(append(words, m.words...))
		m.said = hiding(m.words)
	}
	if len(forms) == 0 {
		return
	}
	m.forms, m.parts = longestFirst(append(forms, m.forms...)), map[string]bool{}
	for _, form := range m.forms {
		if len(form) > 2 && form[2] == ' ' { // of bytes in hex three would be enough: those are left out where they are written
			continue
		}
		for i := range len(form) - partLength + 1 {
			m.parts[form[i:i+partLength]] = true
		}
	}
	m.replacer = hiding(m.forms)
}

// hiding returns what hides each of some forms. Of two that begin at the same place the first is taken.
func hiding(forms []string) *strings.Replacer {
	var pairs []string
	for _, form := range forms {
		pairs = append(pairs, form, hidden)
	}
	return strings.NewReplacer(pairs...)
}

// longestFirst sorts forms, of which one may hold another, and drops those that are there twice.
func longestFirst(forms []string) []string {
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) })
	return slices.Compact(forms)
}

// pieces are the parts of a secret that are masked each by itself: the lines of a PEM key, and what is short enough of a long token.
func pieces(secret string) []string {
	var all []string
	for line := range strings.Lines(secret) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "-----") && strings.HasSuffix(line, "-----") {
			continue // BEGIN and END are no secrets
		}
		if len(line) <= maxMasked {
			all = append(all, line)
			continue
		}
		for len(line) >= 2*maxMasked {
			all, line = append(all, line[:maxMasked]), line[maxMasked:]
		}
		all = append(all, line[:len(line)/2], line[len(line)/2:])
	}
	return slices.DeleteFunc(all, func(s string) bool { return len(s) < minMasked })
}

// formsOf are the forms in which a text may hold a secret: as it is, quoted, escaped for URLs, in hex, in base64.
func formsOf(secret string) []string {
	forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret)}
	if shell := strings.TrimPrefix(format.Shell(secret), "$"); len(shell) > len(secret) {
		forms = append(forms, shell[1:len(shell)-1])
	}
	for range 3 { // a peer quotes it, an error quotes what the peer says, and JSON or YAML quotes the error
		for _, form := range forms {
			for _, quoted := range quotedForms(form) {
				if !slices.Contains(forms, quoted) {
					forms = append(forms, quoted)
				}
			}
		}
	}
	long := []string{hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))), fmt.Sprintf("% x", secret)}
	for before := range 3 { // base64 of a text with the secret in it depends on where it begins
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := encoding.EncodeToString(append(make([]byte, before), secret...))
			from, to := (before*8+5)/6, (before+len(secret))*8/6 // characters that hold bits of the secret alone
			long = append(long, text[from:to])
		}
	}
	for _, form := range long {
		if len(form) >= 2*minMasked { // a shorter one would stand in most keys and ids
			forms = append(forms, form)
		}
	}
	return forms
}

// quotedForms are a text as it stands between quotes in Go, JSON, YAML and CSV.
func quotedForms(text string) []string {
	var escaped bytes.Buffer
	encoder := json.NewEncoder(&escaped)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string can always be encoded
	withHTML, _ := json.Marshal(text)
	forms := []string{printable.Escape(text), strings.ReplaceAll(text, "'", "''"), strings.ReplaceAll(text, `"`, `""`)}
	for _, quoted := range []string{strconv.Quote(text), strconv.QuoteToASCII(text), strings.TrimSpace(escaped.String()), string(printable.JSON(bytes.TrimSpace(escaped.Bytes()))), string(withHTML), string(printable.JSON(withHTML))} {
		forms = append(forms, quoted[1:len(quoted)-1])
	}
	return forms
}

// Text is a text with every secret replaced.
func (m *Mask) Text(text string) string {
	if m == nil {
		return text
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.replacer == nil {
		return text
	}
	masked := m.hideCut(m.replacer.Replace(text))
	for len(masked) != len(text) && strings.Contains(masked, hidden+hidden) { // the pieces of one secret
		masked = strings.ReplaceAll(masked, hidden+hidden, hidden)
	}
	return masked
}

// cutMark stands where a long text was cut (cell.Cut): what is before it may be the beginning of a secret.
var cutMark = regexp.MustCompile(`(…|~|\.\.\.)\([0-9,]+ characters?\)`)

// hideCut hides the beginnings of secrets at the end of texts that were cut.
func (m *Mask) hideCut(text string) string {
	marks := cutMark.FindAllStringIndex(text, -1)
	if marks == nil {
		return text
	}
	var b strings.Builder
	from := 0
	for _, mark := range marks {
		before := text[from:mark[0]]
		if n := m.beginning(before); n >= minEverywhere {
			before = before[:len(before)-n] + hidden
		}
		b.WriteString(before)
		from = mark[0]
	}
	b.WriteString(text[from:])
	return b.String()
}

// HidesWords tells whether some of the secrets are so short that [Mask.Said] alone replaces them.
func (m *Mask) HidesWords() bool {
	if m == nil {
		return false
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.said != nil
}

// Said is [Mask.Text] of what a peer says of a failure: shorter secrets are replaced too.
func (m *Mask) Said(text string) string {
	if text = m.Text(text); m == nil {
		return text
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.said == nil {
		return text
	}
	return m.said.Replace(text)
}

// Error is an error whose text is masked as what a peer says; nil for nil.
func (m *Mask) Error(err error) error {
	if err == nil || m.Said(err.Error()) == err.Error() {
		return err
	}
	return &maskedError{m.Said(err.Error()), err}
}

type maskedError struct {
	text string
	err  error
}

func (e *maskedError) Error() string { return e.text }
func (e *maskedError) Unwrap() error { return e.err }

// Places are where secrets stand in bytes that can't be masked, such as a frame: offsets from and to.
func (m *Mask) Places(b []byte) (places [][2]int) {
	if m == nil {
		return nil
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, form := range m.forms {
		for from := 0; ; {
			i := bytes.Index(b[from:], []byte(form))
			if i < 0 {
				break
			}
			places = append(places, [2]int{from + i, from + i + len(form)})
			from += i + len(form)
		}
	}
	return places
}

// partLength is the length of a part of a secret that is hidden on a screen, in characters.
const partLength = minEverywhere

// Cells calls hide with each place of a screen's row, or of another line that may hold a cut secret, where a secret or a part of one
// stands that is eight characters long.
func (m *Mask) Cells(row []rune, hide func(i int)) {
	if m == nil {
		return
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	if len(m.parts) == 0 {
		return
	}
	var short [512]byte // on the stack, for nearly every screen
	text := short[:0]
	if len(row) > len(short) {
		text = make([]byte, len(row))
	}
	text = text[:len(row)] // in ASCII, where a place is a character; other letters of a secret split it into parts
	for i, r := range row {
		if text[i] = byte(r); r < ' ' || r > '~' {
			text[i] = 0
		}
	}
	for i := range text {
		if i+partLength <= len(text) && m.parts[string(text[i:i+partLength])] {
			for j := range partLength {
				hide(i + j)
			}
		}
	}
}

// Writer returns a writer that writes to w what is left of each text. Where a text ends like the beginning of a secret, that end is
// kept back until the rest is written, or the writer is closed; w isn't.
func (m *Mask) Writer(w io.Writer) io.WriteCloser {
	return &MaskWriter{to: w, mask: func() []*Mask { return []*Mask{m} }}
}

// MaskWriter writes what is left of texts when the secrets of several masks are replaced.
type MaskWriter struct {
	to   io.Writer
	mask func() []*Mask
	mu   sync.Mutex
	kept string
}

// NewMaskWriter returns a writer whose masks are asked for at each text.
func NewMaskWriter(w io.Writer, masks func() []*Mask) *MaskWriter {
	return &MaskWriter{to: w, mask: masks}
}

// Unmasked is the writer behind it.
func (w *MaskWriter) Unmasked() io.Writer { return w.to }

func (w *MaskWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text := w.kept + string(b)
	keep := 0
	for _, m := range w.mask() {
		text = m.Text(text)
	}
	for _, m := range w.mask() {
		keep = max(keep, m.begins(text))
	}
	w.kept = text[len(text)-keep:]
	if _, err := io.WriteString(w.to, text[:len(text)-keep]); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Close writes what was kept back.
func (w *MaskWriter) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	kept := w.kept
	w.kept = ""
	if kept == "" {
		return nil
	}
	_, err := io.WriteString(w.to, kept)
	return err
}

// begins is how much of the end of a text is the beginning of a secret.
func (m *Mask) begins(text string) int {
	if m == nil {
		return 0
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.beginning(text)
}

func (m *Mask) beginning(text string) int {
	most := 0
	for _, form := range m.forms {
		for n := min(len(form)-1, len(text)); n > most; n-- {
			if text[len(text)-n:] == form[:n] {
				most = n
			}
		}
	}
	return most
}

// Mask hides the secrets of the cluster, also as headers and forms carry them. What the cluster's session learns, such as a token
// that an endpoint issued, is added to it.
func (c *Cluster) Mask() *Mask {
	if c.mask != nil {
		return c.mask
	}
	o, m := &c.SASL.OAuth, &c.Metrics
	secrets := []string{}
	for _, s := range []Secret{o.Token, o.Truststore.Password, m.Token, m.KeyPassword,
		c.TLS.Truststore.Password, c.TLS.Keystore.Password, c.TLS.Keystore.KeyPassword, c.TLS.Keystore.KeyText} {
		secrets = append(secrets, s.Reveal())
	}
	for _, pem := range []string{c.TLS.Keystore.Certificates, c.TLS.Truststore.Certificates, o.Truststore.Certificates} {
		if isPrivateKey(pem) {
			secrets = append(secrets, pem)
		}
	}
	basic := func(user, password string) {
		if password != "" {
			secrets = append(secrets, password, base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
		}
	}
	basic(c.SASL.User, c.SASL.Password.Reveal())
	basic(o.ClientID, o.ClientSecret.Reveal())
	basic(url.QueryEscape(o.ClientID), url.QueryEscape(o.ClientSecret.Reveal()))
	basic(m.Username, m.Password.Reveal())
	urls := []URL{o.TokenEndpoint, m.Prometheus.URL, m.Jolokia.URL, m.PrometheusServer.URL, c.proxy}
	for _, e := range []Exporter{m.Prometheus, m.Jolokia} {
		for _, u := range e.ByBroker {
			urls = append(urls, u)
		}
	}
	for _, u := range urls {
		user, password := u.credentials()
		basic(user, password)
		secrets = append(secrets, u.queryValues()...)
	}
	return NewMask(secrets...)
}

// credentials are the user and the password that stand in the address.
func (u URL) credentials() (user, password string) {
	_, rest, found := strings.Cut(string(u), "://")
	at := strings.LastIndexByte(rest, '@')
	if !found || at < 0 {
		return "", ""
	}
	user, password, _ = strings.Cut(rest[:at], ":")
	if p, err := url.PathUnescape(password); err == nil {
		password = p
	}
	if n, err := url.PathUnescape(user); err == nil {
		user = n
	}
	if password == "" {
		return "", user // a token before the @
	}
	return user, password
}

// queryValues are what the query and the fragment hold that is long enough for a key: module=kafka is no secret.
func (u URL) queryValues() (values []string) {
	_, query, _ := strings.Cut(string(u), "?")
	for _, pair := range strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' || r == '#' }) {
		key, value, found := strings.Cut(pair, "=")
		if !found {
			value = key
		}
		if text, err := url.QueryUnescape(value); err == nil {
			value = text
		}
		if len(value) >= 2*minMasked || Sensitive(key) || secretField(key) {
			values = append(values, value)
		}
	}
	return values
}

// isPrivateKey tells whether a PEM text holds a private key.
func isPrivateKey(text string) bool { return strings.Contains(text, "PRIVATE KEY") }
