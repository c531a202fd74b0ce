package host

import (
	"bufio"
	"io"
	"strconv"
	"strings"
)

// maxDump bounds a JVM's answer: 5,000 threads with deep stacks are some 30 MB.
const maxDump = 64 << 20

// parseDump reads the names of threads from a thread dump, by the id that the JVM's own pid namespace gives them.
//
// The id is hexadecimal up to Java 20 ("nid=0x1d17") and decimal from 21 ("nid=7447"). A name may hold quotes and anything else, so the line is read from its end.
func parseDump(r io.Reader) (map[int]string, error) {
	names := map[int]string{}
	lines := bufio.NewReaderSize(io.LimitReader(r, maxDump), 64<<10)
	for {
		line, err := lines.ReadString('\n')
		if tid, name, ok := parseThread(line); ok {
			names[tid] = name
		}
		if err == io.EOF {
			return names, nil
		}
		if err != nil {
			return names, err
		}
	}
}

func parseThread(line string) (tid int, name string, ok bool) {
	if !strings.HasPrefix(line, `"`) {
		return 0, "", false
	}
	at := strings.LastIndex(line, " nid=")
	if at < 0 {
		return 0, "", false
	}
	number, _, _ := strings.Cut(line[at+len(" nid="):], " ")
	id, err := strconv.ParseInt(strings.TrimSpace(number), 0, 32) // 0x tells
	if err != nil {
		return 0, "", false
	}
	end := -1
	for _, mark := range []string{`" #`, `" prio=`, `" os_prio=`, `" daemon `} {
		end = max(end, strings.LastIndex(line[:at], mark))
	}
	if end < 1 {
		return 0, "", false
	}
	return int(id), line[1:end], true
}
