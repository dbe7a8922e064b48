// Verifies a log's directory with the stock client of golang.org/x/mod/sumdb/tlog, which knows nothing of this project.
//
//	go run . <directory> <vkey> <earlier size>
//
// Prints "ok <size>", or what is wrong, and then exits with 1.
package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// tiles reads the C2SP layout, whose paths leave out the tile height that Go's have: tile/8/0/000 is tile/0/000.
type tiles struct{ directory string }

func (t tiles) Height() int { return 8 }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(wanted))
	for i, tile := range wanted {
		path := "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		data, err := os.ReadFile(filepath.Join(t.directory, path))
		if err != nil {
			return nil, err
		}
		out[i] = data
	}
	return out, nil
}

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func entries(directory string, size int64) ([][]byte, error) {
	var all [][]byte
	for n := int64(0); n*256 < size; n++ {
		tile := tlog.Tile{H: 8, L: 0, N: n, W: int(min(256, size-n*256))}
		path := "tile/entries/" + strings.TrimPrefix(tile.Path(), "tile/8/0/")
		data, err := os.ReadFile(filepath.Join(directory, path))
		if err != nil {
			return nil, err
		}
		for len(data) > 0 {
			if len(data) < 2 || len(data) < 2+int(data[0])<<8+int(data[1]) {
				return nil, fmt.Errorf("%s is torn", path)
			}
			end := 2 + int(data[0])<<8 + int(data[1])
			all = append(all, data[2:end])
			data = data[end:]
		}
	}
	return all, nil
}

func check(directory, vkey string, earlier int64) (int64, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return 0, err
	}
	signed, err := os.ReadFile(filepath.Join(directory, "checkpoint"))
	if err != nil {
		return 0, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return 0, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return 0, fmt.Errorf("not a checkpoint of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return 0, err
	}
	decoded, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(decoded) != tlog.HashSize {
		return 0, fmt.Errorf("not a root: %q", lines[2])
	}
	root := tlog.Hash(decoded)
	reader := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, tiles{directory})

	old, err := tlog.TreeHash(earlier, reader)
	if err != nil {
		return 0, err
	}
	consistency, err := tlog.ProveTree(size, earlier, reader)
	if err != nil {
		return 0, err
	}
	if err := tlog.CheckTree(consistency, size, root, earlier, old); err != nil {
		return 0, err
	}
	all, err := entries(directory, size)
	if err != nil {
		return 0, err
	}
	if int64(len(all)) != size {
		return 0, fmt.Errorf("%d entries in a tree of %d", len(all), size)
	}
	// Every leaf of a small tree, some 5,000 of a large one, the last always.
	step := int(max(1, size/5000))
	for i, entry := range all {
		if i%step != 0 && i != len(all)-1 {
			continue
		}
		proof, err := tlog.ProveRecord(size, int64(i), reader)
		if err != nil {
			return 0, err
		}
		if err := tlog.CheckRecord(proof, size, root, int64(i), tlog.RecordHash(entry)); err != nil {
			return 0, fmt.Errorf("leaf %d: %w", i, err)
		}
	}
	return size, nil
}

func main() {
	earlier, err := strconv.ParseInt(os.Args[3], 10, 64)
	if err == nil {
		var size int64
		if size, err = check(os.Args[1], os.Args[2], earlier); err == nil {
			fmt.Println("ok", size)
			return
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
