package subcmd

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"kdeck/ops/files"
	"kdeck/ops/tenant"
)

// maxLogLine bounds the bytes that are read of a line: one request with its response. A longer line is no request.
const maxLogLine = 16 << 20

// logFile is a file of Kafka's request log.
type logFile struct {
	name string
	in   io.ReadCloser
}

// openLogs opens the files that are named; - is standard input.
func openLogs(env *Env, names []string) ([]logFile, error) {
	var logs []logFile
	var infos []os.FileInfo
	closeAll := func() {
		for _, f := range logs {
			f.in.Close()
		}
	}
	for _, name := range names {
		if name == "-" {
			logs = append(logs, logFile{"standard input", io.NopCloser(env.In)})
			continue
		}
		f, err := files.Open(name)
		if err != nil {
			closeAll()
			return nil, err
		}
		logs = append(logs, logFile{name, f})
		info, err := f.Stat()
		if err == nil && info.IsDir() {
			err = fmt.Errorf("%s is a directory: name the files in it", name)
		}
		for i := range infos {
			if err == nil && os.SameFile(infos[i], info) {
				err = fmt.Errorf("%s and %s are the same file: its requests would count twice", infos[i].Name(), name)
			}
		}
		if err != nil {
			closeAll()
			return nil, err
		}
		infos = append(infos, info)
	}
	return logs, nil
}

// readLogs sends the lines of the files, one file after the other, and closes them. A file that can't be read to its end doesn't
// keep it from the next.
func readLogs(ctx context.Context, files []logFile, lines chan<- []byte) error {
	var errs []error
	for _, f := range files {
		if err := readLines(ctx, f.in, lines); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", f.name, err))
		}
		f.in.Close()
	}
	return errors.Join(errs...)
}

// compressed tells the formats that aren't read by the bytes that their files begin with.
var compressed = []struct{ magic, pipe string }{
	{"\x28\xb5\x2f\xfd", "zstd -dc"}, {"\xfd7zXZ\x00", "xz -dc"}, {"BZh", "bzip2 -dc"}, {"\x04\x22\x4d\x18", "lz4 -dc"}, {"PK\x03\x04", "unzip -p"},
}

// readLines sends the lines of one file, which may be compressed by gzip.
func readLines(ctx context.Context, file io.Reader, lines chan<- []byte) error {
	in := bufio.NewReaderSize(file, 1<<16)
	begin, _ := in.Peek(6)
	if bytes.HasPrefix(begin, []byte{0x1f, 0x8b}) {
		unzipped, err := gzip.NewReader(in)
		if err != nil {
			return err
		}
		in = bufio.NewReaderSize(unzipped, 1<<16)
	}
	for _, c := range compressed {
		if bytes.HasPrefix(begin, []byte(c.magic)) {
			return fmt.Errorf("it is compressed in a way that isn't read here: %s FILE | kdeck tenants --request-log -", c.pipe)
		}
	}
	var pieces tenant.Pieces
	send := func(line []byte) bool {
		select {
		case lines <- line:
			return true
		case <-ctx.Done():
			return false
		}
	}
	for {
		line, err := readLine(in)
		if errors.Is(err, io.EOF) {
			for _, rest := range pieces.Rest() {
				send(rest)
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("it can't be read to its end: %w", err)
		}
		if whole, ok := pieces.Join(line); ok && !send(whole) {
			return nil
		}
	}
}

// readLine reads a line of its own memory, and of one that is too long the beginning.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, more, err := in.ReadLine()
		if err != nil && !(errors.Is(err, io.EOF) && len(line) > 0) {
			return nil, err
		}
		line = append(line, part[:min(len(part), maxLogLine-len(line))]...)
		if !more || err != nil {
			return line, nil
		}
	}
}
