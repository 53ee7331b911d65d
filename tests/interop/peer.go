// The other side of test_go.py: opens and signs notes, and makes and checks proofs, with the Go project's own packages
// for notes and transparency logs. Only the framing of C2SP's cosignatures and proofs is written out here.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// cosigner verifies timestamped cosignatures (key type 4) for note.Open.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
	time uint64
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }
func (c *cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	c.time = binary.BigEndian.Uint64(signature)
	message := append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", c.time)), text...)
	return ed25519.Verify(c.key, message, signature[8:])
}

func newCosigner(vkey string) (*cosigner, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("no vkey")
	}
	data, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(data) != 1+ed25519.PublicKeySize || data[0] != 4 {
		return nil, errors.New("no key of type 4")
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), data...))
	if fmt.Sprintf("%x", sum[:4]) != parts[1] {
		return nil, errors.New("wrong hash")
	}
	return &cosigner{parts[0], binary.BigEndian.Uint32(sum[:4]), ed25519.PublicKey(data[1:]), 0}, nil
}

// open gives the text of a note that every one of the keys has signed.
func open(data []byte, vkeys []string) (string, error) {
	var verifiers []note.Verifier
	for _, vkey := range vkeys {
		if verifier, err := note.NewVerifier(vkey); err == nil {
			verifiers = append(verifiers, verifier)
		} else if verifier, err := newCosigner(vkey); err == nil {
			verifiers = append(verifiers, verifier)
		} else {
			return "", err
		}
	}
	opened, err := note.Open(data, note.VerifierList(verifiers...))
	if err != nil {
		return "", err
	}
	if len(opened.Sigs) != len(vkeys) {
		return "", fmt.Errorf("%d of %d keys signed", len(opened.Sigs), len(vkeys))
	}
	return opened.Text, nil
}

// prove checks a .tlog-proof of an entry.
func prove(data, entry []byte, vkeys []string) (string, error) {
	parts := bytes.SplitN(data, []byte("\n\n"), 2)
	rows := strings.Split(string(parts[0]), "\n")
	if rows[0] != "c2sp.org/tlog-proof@v1" {
		return "", errors.New("no proof")
	}
	rows = rows[1:]
	if strings.HasPrefix(rows[0], "extra ") {
		rows = rows[1:]
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(rows[0], "index "), 10, 64)
	if err != nil {
		return "", err
	}
	var path tlog.RecordProof
	for _, row := range rows[1:] {
		hash, err := tlog.ParseHash(row)
		if err != nil {
			return "", err
		}
		path = append(path, hash)
	}
	text, err := open(parts[1], vkeys)
	if err != nil {
		return "", err
	}
	head := strings.Split(text, "\n")
	size, err := strconv.ParseInt(head[1], 10, 64)
	if err != nil {
		return "", err
	}
	root, err := tlog.ParseHash(head[2])
	if err != nil {
		return "", err
	}
	return text, tlog.CheckRecord(path, size, root, index, tlog.RecordHash(entry))
}

// all gives one digest over every root, inclusion proof and consistency proof of trees up to a size.
func all(most int64) (string, error) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = stored[index]
		}
		return found, nil
	})
	sum := sha256.New()
	line := func(kind string, a, b int64, hashes []tlog.Hash) {
		fmt.Fprintf(sum, "%s %d %d", kind, a, b)
		for _, hash := range hashes {
			fmt.Fprintf(sum, " %x", hash[:])
		}
		fmt.Fprintln(sum)
	}
	for size := int64(1); size <= most; size++ {
		hashes, err := tlog.StoredHashes(size-1, []byte(fmt.Sprintf("entry %d", size-1)), reader)
		if err != nil {
			return "", err
		}
		stored = append(stored, hashes...)
		root, err := tlog.TreeHash(size, reader)
		if err != nil {
			return "", err
		}
		line("root", size, 0, []tlog.Hash{root})
		for n := int64(0); n < size; n++ {
			proof, err := tlog.ProveRecord(size, n, reader)
			if err != nil {
				return "", err
			}
			line("leaf", n, size, proof)
			tree, err := tlog.ProveTree(size, n+1, reader)
			if err != nil {
				return "", err
			}
			line("tree", n+1, size, tree)
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), nil
}

func run(words []string) (string, error) {
	data, err := io.ReadAll(os.Stdin)
	if err != nil {
		return "", err
	}
	switch words[0] {
	case "open":
		return open(data, words[1:])
	case "prove":
		return prove(data, []byte(words[1]), words[2:])
	case "sign":
		signer, err := note.NewSigner(words[1])
		if err != nil {
			return "", err
		}
		signed, err := note.Sign(&note.Note{Text: string(data)}, signer)
		return string(signed), err
	case "all":
		most, err := strconv.ParseInt(words[1], 10, 64)
		if err != nil {
			return "", err
		}
		return all(most)
	}
	return "", errors.New("open, prove, sign or all")
}

func main() {
	out, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Print(out)
}
