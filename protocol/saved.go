package protocol

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"kdeck/protocol/document"
	defs "kdeck/protocol/message"
)

// Saved is a request with its answers, as a .kreq file keeps them: in words for people, and in bytes, to be sent again
// and compared. Bytes that hold a secret aren't kept.
type Saved struct {
	Kreq    int           `yaml:"kreq"` // the version of the format
	SavedAt time.Time     `yaml:"saved_at"`
	API     string        `yaml:"api"`
	Key     int16         `yaml:"api_key"`
	Version int16         `yaml:"version"`
	To      document.Text `yaml:"to"` // as it was typed

	Request    yaml.Node     `yaml:"request"`
	RequestHex string        `yaml:"request_hex,omitempty"` // the body
	Secrets    []string      `yaml:"secrets,omitempty"`     // fields that are hidden, for which there are no bytes
	Answers    []SavedAnswer `yaml:"answers"`

	holdsSecret func([]byte) bool
}

// SavedAnswer is what one node answered.
type SavedAnswer struct {
	Node        document.Text      `yaml:"node"`
	Address     document.Text      `yaml:"address"`
	Error       document.Text      `yaml:"error,omitempty"`
	Response    yaml.Node          `yaml:"response,omitempty"`
	ResponseHex string             `yaml:"response_hex,omitempty"` // the body
	Version     int16              `yaml:"response_version"`
	TimingMS    map[string]float64 `yaml:"timing_ms,omitempty"`
}

const kreqVersion = 1

// Save is a request to be kept. What it was answered is added by [Saved.Add]. holdsSecret tells of bytes that hold a secret in a
// field that isn't known to be one; these aren't kept either. nil: none do.
func Save(m *defs.Message, to string, now time.Time, holdsSecret func([]byte) bool) (*Saved, error) {
	s := &Saved{Kreq: kreqVersion, SavedAt: now.UTC(), API: m.API.Name, Key: m.API.Key, Version: m.Version, To: document.Text(to), Secrets: m.Secrets(), holdsSecret: holdsSecret}
	if body := m.AppendTo(nil); len(s.Secrets) == 0 {
		s.RequestHex = s.hex(body)
		if s.RequestHex == "" && len(body) > 0 {
			s.Secrets = []string{"of the session, which stands in it"}
		}
	}
	var err error
	s.Request, err = node(m)
	return s, err
}

// node is a message as YAML, in Kafka's order.
func node(m *defs.Message) (yaml.Node, error) {
	doc, err := document.Node(m.AppendJSON(nil))
	if err != nil {
		return yaml.Node{}, err
	}
	return *doc, nil
}

// Add keeps what a node answered: the message that was decoded, or the error.
func (s *Saved) Add(name, address string, got *defs.Message, timing map[string]float64, failure error) error {
	a := SavedAnswer{Node: document.Text(name), Address: document.Text(address), TimingMS: timing}
	if failure != nil {
		a.Error = document.Text(failure.Error())
	}
	if got != nil {
		a.Version = got.Version
		if !got.Secret() {
			a.ResponseHex = s.hex(append(got.AppendTo(nil), got.Trailing...))
		}
		var err error
		if a.Response, err = node(got); err != nil {
			return err
		}
	}
	s.Answers = append(s.Answers, a)
	return nil
}

// hex is bytes in hex, or nothing where they hold a secret.
func (s *Saved) hex(b []byte) string {
	if s.holdsSecret != nil && s.holdsSecret(b) {
		return ""
	}
	return hex.EncodeToString(b)
}

// Bytes is the file.
func (s *Saved) Bytes() ([]byte, error) {
	var b bytes.Buffer
	err := document.Encode(&b, s)
	return b.Bytes(), err
}

// ReadSaved reads what [Saved.Bytes] wrote.
func ReadSaved(text []byte) (*Saved, error) {
	s := &Saved{}
	if err := yaml.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("no .kreq file: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if s.Kreq != kreqVersion {
		return nil, fmt.Errorf("no .kreq file of version %d: its first line is \"kreq: %d\"", kreqVersion, kreqVersion)
	}
	if _, known := APIByKey(s.Key); !known {
		return nil, fmt.Errorf("the file is about API %d, which isn't known here", s.Key)
	}
	return s, nil
}

// Message is the saved request, to be sent again. What was hidden when it was saved makes that impossible.
func (s *Saved) Message() (*defs.Message, error) {
	if len(s.Secrets) > 0 {
		return nil, fmt.Errorf("the file doesn't hold the secret %s: the request can't be sent again from it", s.Secrets[0])
	}
	api, _ := APIByKey(s.Key)
	return decodeHex(api, false, s.Version, s.RequestHex)
}

// Got is what a node answered, or nil where it gave no answer, or one that holds a secret.
func (s *Saved) Got(a *SavedAnswer) (*defs.Message, error) {
	if a.ResponseHex == "" {
		return nil, nil
	}
	api, _ := APIByKey(s.Key)
	return decodeHex(api, true, a.Version, a.ResponseHex)
}

func decodeHex(api *API, response bool, version int16, text string) (*defs.Message, error) {
	body, err := hex.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("the saved bytes are no hex: %w", err)
	}
	m, err := defs.Decode(api.API, response, version, body)
	if err == nil && !response && len(m.Trailing) > 0 {
		err = errors.New("the saved bytes are longer than the request")
	}
	return m, err
}
