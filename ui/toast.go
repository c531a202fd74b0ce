package ui

import "time"

const toastFor = 6 * time.Second

// toast is one line that something has happened; it goes away by itself or with the next one.
type toast struct {
	text  string
	bad   bool
	until time.Time
}

func (t *toast) set(text string, bad bool, now time.Time) {
	*t = toast{text, bad, now.Add(toastFor)}
}

// pass takes the toast away when its time is over. Errors stay until the next key.
func (t *toast) pass(now time.Time) {
	if !t.bad && now.After(t.until) {
		t.text = ""
	}
}
