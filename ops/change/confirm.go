package change

import "fmt"

// Confirm holds the phrase that must be typed before anything is changed, and what was typed.
type Confirm struct {
	Want string // "drain 7 prod-eu-1"
	Got  string
}

// Check returns a [*PhraseError] unless the phrase was typed to the letter.
func (c Confirm) Check() error {
	if c.Want == "" || c.Got != c.Want {
		return &PhraseError{c}
	}
	return nil
}

// PhraseError says that the phrase wasn't typed, or not to the letter.
type PhraseError struct{ Confirm }

func (e *PhraseError) Error() string {
	if e.Got == "" {
		return fmt.Sprintf("nothing is changed without the phrase: type it, or give --confirm %q", e.Want)
	}
	return fmt.Sprintf("nothing is changed: the phrase is %q, not %q", e.Want, e.Got)
}
