package host

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"kdeck/ops/state"
)

// short leaves the path out of an error that says it beside the path.
func short(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// unread says what couldn't be read of a process, why, and who could.
func unread(what string, err error, p *Process) state.HostUnread {
	u := state.HostUnread{What: what, Why: short(err).Error()}
	if denied(err) {
		u.Who = "root"
		if p != nil && p.UID > 0 {
			u.Who = fmt.Sprintf("the broker's user (uid %s) or root", strconv.Itoa(p.UID))
		}
	}
	return u
}
