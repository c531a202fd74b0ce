package subcmd

import (
	"io"
	"sync"

	"kdeck/ops/config"
)

// masked hides the secrets of the clusters that a command line reaches in all that it writes: a peer may repeat what was sent to
// it, in a message, a name or a value.
type masked struct {
	mu    sync.Mutex
	masks []config.Mask
}

func (m *masked) hide(mask config.Mask) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.masks = append(m.masks, mask)
}

// writer writes to w what is left of each text. A text must come in one piece.
func (m *masked) writer(w io.Writer) io.Writer { return &maskedWriter{w, m} }

type maskedWriter struct {
	to io.Writer
	m  *masked
}

func (w *maskedWriter) Write(b []byte) (int, error) {
	w.m.mu.Lock()
	masks := w.m.masks
	w.m.mu.Unlock()
	if len(masks) == 0 {
		return w.to.Write(b)
	}
	text := string(b)
	for _, mask := range masks {
		text = mask.Text(text)
	}
	if _, err := io.WriteString(w.to, text); err != nil {
		return 0, err
	}
	return len(b), nil
}

// terminal is the writer behind a masked one: the console draws on it by itself.
func terminal(w io.Writer) io.Writer {
	for {
		m, is := w.(*maskedWriter)
		if !is {
			return w
		}
		w = m.to
	}
}
