package object

import (
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// identify returns the build ID of the object's file, where the go command wrote one that stands for its content, and else the
// hash of the file.
func identify(o *Object) (string, error) {
	f, err := openLoaded(o)
	if err != nil {
		return "", fmt.Errorf("object: the identity of %s: %w", o.Path, err)
	}
	defer f.Close()
	if id := buildID(f); strings.Contains(id, "/") { // action/content
		return id, nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(f, 0, 1<<62)); err != nil {
		return "", fmt.Errorf("object: the identity of %s: %w", o.Path, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// openLoaded opens the file from which an object was loaded, also if the executable has been replaced or removed since.
func openLoaded(o *Object) (*os.File, error) {
	for _, path := range []string{o.Path, "/proc/self/exe"} {
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		if info, err := f.Stat(); err == nil && info.Sys().(*syscall.Stat_t).Ino == o.inode {
			return f, nil
		}
		f.Close()
	}
	return nil, fmt.Errorf("the file was replaced or removed after it was loaded")
}

// buildID reads the note in which the Go linker keeps the build ID, which is "" where there is none.
func buildID(file io.ReaderAt) string {
	const goBuildID = 4 // type of the note
	f, err := elf.NewFile(file)
	if err != nil {
		return ""
	}
	s := f.Section(".note.go.buildid")
	if s == nil {
		return ""
	}
	// A note is: size of name, size of content, type, name ("Go", padded), content.
	note, err := s.Data()
	if err != nil || len(note) < 16 || f.ByteOrder.Uint32(note[8:]) != goBuildID {
		return ""
	}
	size := f.ByteOrder.Uint32(note[4:])
	if uint64(size) > uint64(len(note)-16) {
		return ""
	}
	return string(note[16 : 16+size])
}
