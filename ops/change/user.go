package change

import (
	"os"
	"os/user"
	"strconv"
)

// User names who runs this process: the user of the machine, and behind it who became that user by sudo: "root (sudo alice)". A
// user without a name is the number.
func User() string {
	name := strconv.Itoa(os.Getuid())
	if u, err := user.Current(); err == nil && u.Username != "" {
		name = u.Username
	}
	if by := os.Getenv("SUDO_USER"); by != "" && by != name {
		name += " (sudo " + by + ")"
	}
	return name
}
