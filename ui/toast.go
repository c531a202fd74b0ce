package ui

import "time"

const toastFor = 6 * time.Second

// toast is one line about something that happened. An error stays until the next key, anything else for toastFor.
type toast struct {
	text  string
	bad   bool
	until time.Time
}

func (t *toast) set(text string, bad bool, now time.Time) {
	*t = toast{text, bad, now.Add(toastFor)}
}

// tick removes the toast when its time is over.
func (t *toast) tick(now time.Time) {
	if !t.bad && now.After(t.until) {
		t.text = ""
	}
}
