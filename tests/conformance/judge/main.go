// An independent judge of notes, cosignatures and proofs: golang.org/x/mod/sumdb decides.
//
//	judge open KEY...                      reads a note; prints its text and who signed it
//	judge include INDEX SIZE LEAF ROOT P…  checks an inclusion proof
//	judge consist OLD NEW ROOT ROOT P…     checks a consistency proof
//	judge sign NAME SEED TIME              reads a text; prints its note, and a cosignature of it
//	judge prove N                          prints root, inclusion and consistency of a small log
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"judge/note"
	"judge/tlog"
)

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func hash(digits string) (found tlog.Hash) {
	raw, err := hex.DecodeString(digits)
	check(err)
	if len(raw) != len(found) {
		check(errors.New("not 32 bytes"))
	}
	copy(found[:], raw)
	return
}

func hashes(digits []string) (found []tlog.Hash) {
	for _, one := range digits {
		found = append(found, hash(one))
	}
	return
}

func number(digits string) int64 {
	found, err := strconv.ParseInt(digits, 10, 64)
	check(err)
	return found
}

// witness is a note.Verifier and a note.Signer of timestamped cosignatures (type 0x04), which the
// library does not know.
type witness struct {
	name string
	id   uint32
	key  ed25519.PublicKey
	seed ed25519.PrivateKey
	time uint64
}

func keyID(name string, kind byte, key []byte) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), append([]byte{kind}, key...)...))
	return binary.BigEndian.Uint32(sum[:])
}

func message(time uint64, text []byte) []byte {
	return append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", time)), text...)
}

func (w witness) Name() string    { return w.name }
func (w witness) KeyHash() uint32 { return w.id }

func (w witness) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	return ed25519.Verify(w.key, message(binary.BigEndian.Uint64(signature), text), signature[8:])
}

func (w witness) Sign(text []byte) ([]byte, error) {
	stamp := binary.BigEndian.AppendUint64(nil, w.time)
	return append(stamp, ed25519.Sign(w.seed, message(w.time, text))...), nil
}

func verifier(line string) note.Verifier {
	parts := strings.SplitN(line, "+", 3)
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	check(err)
	if raw[0] == 0x04 {
		id := keyID(parts[0], 0x04, raw[1:])
		if fmt.Sprintf("%08x", id) != parts[1] {
			check(errors.New("malformed verifier id"))
		}
		return witness{name: parts[0], id: id, key: raw[1:]}
	}
	known, err := note.NewVerifier(line)
	check(err)
	return known
}

func open(keys []string) {
	var known []note.Verifier
	for _, line := range keys {
		known = append(known, verifier(line))
	}
	text, err := io.ReadAll(os.Stdin)
	check(err)
	opened, err := note.Open(text, note.VerifierList(known...))
	check(err)
	for _, one := range opened.Sigs {
		fmt.Println(one.Name)
	}
	fmt.Print("\n", opened.Text)
}

func sign(name, digits, time string) {
	text, err := io.ReadAll(os.Stdin)
	check(err)
	seed, err := hex.DecodeString(digits)
	check(err)
	private := ed25519.NewKeyFromSeed(seed)
	public := private.Public().(ed25519.PublicKey)
	secret := fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", name, keyID(name, 0x01, public),
		base64.StdEncoding.EncodeToString(append([]byte{0x01}, seed...)))
	operator, err := note.NewSigner(secret)
	check(err)
	cosigner := witness{"w/" + name, keyID("w/"+name, 0x04, public), public, private, uint64(number(time))}
	signed, err := note.Sign(&note.Note{Text: string(text)}, operator, cosigner)
	check(err)
	os.Stdout.Write(signed)
}

// prove prints, for the log of the entries "0" … "N-1", its root, the inclusion proof of each entry
// and the consistency proof from each smaller size.
func prove(count int64) {
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) (found []tlog.Hash, err error) {
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return
	})
	for n := int64(0); n < count; n++ {
		more, err := tlog.StoredHashes(n, []byte(strconv.FormatInt(n, 10)), reader)
		check(err)
		stored = append(stored, more...)
	}
	root, err := tlog.TreeHash(count, reader)
	check(err)
	fmt.Printf("root %x\n", root[:])
	for n := int64(0); n < count; n++ {
		path, err := tlog.ProveRecord(count, n, reader)
		check(err)
		fmt.Print("inclusion ", n)
		show(path)
		proof, err := tlog.ProveTree(count, n+1, reader)
		check(err)
		fmt.Print("consistency ", n+1)
		show(proof)
	}
}

func show(proof []tlog.Hash) {
	for _, one := range proof {
		fmt.Printf(" %x", one[:])
	}
	fmt.Println()
}

func main() {
	rest := os.Args[2:]
	switch os.Args[1] {
	case "open":
		open(rest)
	case "sign":
		sign(rest[0], rest[1], rest[2])
	case "prove":
		prove(number(rest[0]))
	case "include":
		index, size := number(rest[0]), number(rest[1])
		check(tlog.CheckRecord(hashes(rest[4:]), size, hash(rest[3]), index, hash(rest[2])))
	case "consist":
		old, size := number(rest[0]), number(rest[1])
		check(tlog.CheckTree(hashes(rest[4:]), size, hash(rest[3]), old, hash(rest[2])))
	}
}
