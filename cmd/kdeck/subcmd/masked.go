package subcmd

import (
	"io"
	"slices"
	"sync"

	"kdeck/ops/config"
)

// masked hides the secrets that stand on a command line, and those of the clusters that it reaches, in all that it writes: a peer
// may repeat what was sent to it, in a message, a name or a value.
type masked struct {
	mu    sync.Mutex
	masks []*config.Mask
}

func (m *masked) hide(mask *config.Mask) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !slices.Contains(m.masks, mask) {
		m.masks = append(slices.Clone(m.masks), mask)
	}
}

func (m *masked) all() []*config.Mask {
	if m == nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.masks
}

// writer writes to w what is left of each text.
func (m *masked) writer(w io.Writer) *config.MaskWriter { return config.NewMaskWriter(w, m.all) }

// text is what is left of a text.
func (m *masked) text(text string) string {
	for _, mask := range m.all() {
		text = mask.Text(text)
	}
	return text
}

// terminal is the writer behind a masked one: the console draws on it by itself.
func terminal(w io.Writer) io.Writer {
	for {
		m, is := w.(*config.MaskWriter)
		if !is {
			return w
		}
		w = m.Unmasked()
	}
}
