package host

import (
	"path"
	"strconv"
	"strings"
)

// A segment is a file of a log.
type segment struct {
	topic     string
	partition int32
	dir       string // the log dir
}

// segmentOf reads a path such as /data1/orders-3/00000000000000000000.log. What is being deleted, copied into another log dir, or was found astray has a directory
// of another name: topic-partition.id-delete, -future, -stray (UnifiedLog.parseTopicPartitionName). dirs are the log dirs that are known: what lies elsewhere is no segment
// of them, and without any the form of the path decides.
func segmentOf(file string, dirs []string) (g segment, ok bool) {
	file = strings.TrimSuffix(file, " (deleted)")
	dir := path.Dir(file)
	root, name := path.Dir(dir), path.Base(dir)
	if len(dirs) > 0 && !isDir(root, dirs) {
		return segment{partition: -1, dir: dirOf(file, dirs)}, false
	}
	for _, suffix := range []string{"-delete", "-future", "-stray"} {
		if rest, cut := strings.CutSuffix(name, suffix); cut {
			if i := strings.LastIndexByte(rest, '.'); i > 0 {
				name = rest[:i]
			}
			break
		}
	}
	i := strings.LastIndexByte(name, '-')
	if i < 1 {
		return segment{partition: -1, dir: dirOf(file, dirs)}, false
	}
	n, err := strconv.ParseInt(name[i+1:], 10, 32)
	if err != nil || n < 0 {
		return segment{partition: -1, dir: dirOf(file, dirs)}, false
	}
	return segment{name[:i], int32(n), root}, true
}

func isDir(name string, dirs []string) bool {
	for _, d := range dirs {
		if d == name {
			return true
		}
	}
	return false
}

// dirOf is the log dir that holds a file, such as a checkpoint; "" for none.
func dirOf(file string, dirs []string) string {
	for _, d := range dirs {
		if strings.HasPrefix(file, strings.TrimSuffix(d, "/")+"/") {
			return d
		}
	}
	return ""
}
